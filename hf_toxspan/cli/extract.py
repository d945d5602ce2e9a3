"""`hf-toxspan extract`: label, score and toxic spans of texts from the command line, a file or a pipe."""

import argparse
from pathlib import Path

from hf_toxspan.cli import inputs, obfuscation
from hf_toxspan.cli.inputs import Input
from hf_toxspan.data.text_records import FORMATS, STDIN

_DESCRIPTION = """Say of each text whether it is toxic, and which words made it so.

Texts are arguments, or come from a file (.txt: a text a line; .csv; .jsonl) or a pipe. Results go to a coloured view
in a terminal, to JSONL in a pipe, or to a file (.jsonl, .csv, .html). A run into a file that was interrupted goes on
where it stopped when the same command is given again."""

_EPILOG = """examples:
  hf-toxspan extract "What a stupid idea, you fool."
  hf-toxspan extract --input comments.csv --text-column comment --output results.csv
  hf-toxspan extract --input comments.jsonl --output results.html --on-error skip
  cat comments.txt | hf-toxspan extract --model ./my-model | jq .spans
  hf-toxspan extract --second-reading all --terms insults.txt "you f.0.0.l"
  hf-toxspan extract -- "-a text that begins with a dash"

a row of the output:
  {"id": 1, "text": "you fool", "label": "toxic", "score": 0.97, "toxic": true,
   "spans": [{"start": 4, "end": 8, "text": "fool", "score": 0.91}], ...the input's other columns}
  start and end count Unicode characters of the text; a column named like one of ours becomes input_<name>.
  With --second-reading: "read_as" is the text without disguise where that reading decided, else null; its spans then
  have "read_as" and "reading" (["spacing", "leet"]) too.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "extract",
        help="find the toxic words of texts",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="texts to look at")
    add_files(parser.add_argument_group("input and output"))
    add_model(parser.add_argument_group("model"))


def add_files(group: argparse._ArgumentGroup) -> None:
    """Add the options about where texts come from and results go."""
    group.add_argument("-i", "--input", metavar="FILE", help="file of texts (.txt, .csv, .jsonl); - is standard input")
    group.add_argument("--input-format", choices=FORMATS, help="default: by suffix; txt for standard input")
    group.add_argument("--text-column", default="text", metavar="NAME", help="column of the text (default: text)")
    group.add_argument("-o", "--output", metavar="FILE", help="file to write (.jsonl, .csv, .html)")
    group.add_argument(
        "--format",
        choices=("terminal", "jsonl", "csv", "html"),
        help="default: by suffix of the output; without one: terminal, or jsonl in a pipe",
    )
    group.add_argument("--on-error", choices=("stop", "skip"), default="stop", help="at a bad line (default: stop)")
    group.add_argument("--restart", action="store_true", help="begin anew instead of going on with an interrupted run")
    group.add_argument("--force", action="store_true", help="replace an output that exists")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no summary")


def add_model(group: argparse._ArgumentGroup) -> None:
    """Add the options about the classifier."""
    group.add_argument("-m", "--model", metavar="MODEL", help="folder or Hub id (default: the small one that ships)")
    group.add_argument("--batch-size", type=positive, default=32, metavar="N", help="default: 32; same spans for any")
    group.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    group.add_argument(
        "--dtype", choices=("auto", "float32", "bfloat16", "float16"), default="float32", help="default: float32"
    )
    group.add_argument(
        "--toxic-label", action="append", metavar="LABEL", help="a toxic label, where the model does not say; repeat"
    )
    group.add_argument("--explain-all", action="store_true", help="spans for clean texts too")
    group.add_argument("--max-spans", type=positive, metavar="N", help="keep the N strongest spans of a text")
    group.add_argument("--saliency", action="store_true", help="add one value a character; HTML shades it")
    obfuscation.add_options(group)


def positive(value: str) -> int:
    """Read a whole number of at least 1; an error of the option otherwise."""
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no whole number of at least 1")
    return number


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0 when every record has its row.

    Raises:
        ValueError: If the options contradict each other or the input is bad.
        OSError: If a file can't be read or written.
    """
    source = inputs.find(args)
    output = output_file(args, source)
    from hf_toxspan.cli import extract_to

    work = extract_to.Work(lambda: extract_to.load(args), extract_to.settings(args))
    with source.open() as found:
        if output is None:
            return extract_to.stdout(args, source, found, work)
        return extract_to.file(args, source, found, work, output)


def output_file(args: argparse.Namespace, source: Input) -> Path | None:
    """Return the file to write, or None for standard output.

    Args:
        args: The parsed options.
        source: The input.

    Returns:
        The file.

    Raises:
        ValueError: If the options contradict each other, or it is the input.
    """
    if args.output is None or args.output == STDIN:
        if args.restart or args.force:
            raise ValueError("--restart and --force are about an output file; pass --output FILE too")
        return None
    if args.format == "terminal":
        raise ValueError("--format terminal is a view, not a file; leave --output away, or pass jsonl, csv or html")
    output = Path(args.output).expanduser()
    if source.path is not None and _same_file(output, source.path):
        raise ValueError(f"{output} is the input and the output; pass another --output")
    return output


def _same_file(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)
