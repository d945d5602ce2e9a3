"""`hf-toxspan judge`: a classifier answers every text, and asks a language model about the doubtful ones."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from hf_toxspan.cli import extract, inputs, language_model
from hf_toxspan.cli.labelling import INCOMPLETE

if TYPE_CHECKING:
    from hf_toxspan.cli.flow import Classify

_BATCHES = 4
"""Of a chunk: a judge takes longer than a classifier, and rows are written chunk by chunk."""

_DESCRIPTION = """Say of each text whether it is toxic, and which words made it so; where the classifier is in doubt, a
language model judges (RATeD-V's cascade). It sees the text and the slang found in it, never the classifier's answer.

A judge that fails, times out or answers nonsense never makes a text clean: the classifier's answer stands, and the row
says why. Every answer is kept, so that no text is judged twice."""

_EPILOG = f"""examples:
  hf-toxspan judge --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 "What a lemon."
  hf-toxspan judge --judge qwen3guard --llm Qwen/Qwen3Guard-Gen-4B --base-url http://127.0.0.1:8000/v1 \\
      --input comments.csv --text-column comment --output results.html --region region.json
  hf-toxspan judge --judge specialist --llm runs/judge --local --slang slang.jsonl --data hatexplain:dataset.json#dev \\
      --region all --output judged.jsonl                    # then: hf-toxspan calibrate --judged judged.jsonl ...

which texts are judged:
  --region 0.5:0.8    those whose most probable label has a probability in this range, both ends included
  --region FILE       what hf-toxspan calibrate wrote: ends, calibration, ends of single labels
  --region all, none  each, or none of them

a row of the output: that of hf-toxspan extract, with
  confidence  the classifier's, as the region measures it
  path        fast, or judge where the judge was asked
  backbone    label, score, toxicity, probabilities and spans of the classifier alone
  judge       null, or status (judged, unparsed, failed, budget, stopped), label, toxicity, spans, rationale, the raw
              answer, detail (why there is no verdict), calls, cached, prompt_tokens, completion_tokens
  spans       each with its source: backbone, judge or both

{language_model.SERVERS}

exit status: 0 done, 1 done, but some texts wait for the judge in another run (failed, budget, stopped), 2 an error,
130 interrupted
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "judge",
        help="find the toxic words of texts; a language model judges the doubtful ones",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="texts to look at")
    files = parser.add_argument_group("input and output")
    extract.add_files(files)
    files.add_argument("-d", "--data", metavar="DATA", help="rows of a data set, as hf-toxspan evaluate takes them")
    extract.add_model(parser.add_argument_group("classifier"))
    add_cascade(parser.add_argument_group("cascade"))
    language_model.add_options(parser)


def add_cascade(group: argparse._ArgumentGroup, *, patience: float = 300.0) -> None:
    """Add the options about which texts are judged, how, and what the verdict changes.

    Args:
        group: Where to.
        patience: Seconds that a server that is down is waited for, where nothing else is said.
    """
    group.add_argument(
        "--region", default="0.0:0.8", metavar="REGION", help="which texts are judged (default: 0.0:0.8)"
    )
    group.add_argument(
        "--judge",
        default="chat",
        metavar="NAME",
        help="how the model is asked: chat (any chat model; default), specialist (one that examples/train_judge.py "
        "trained), or a guard model's own format: qwen3guard, shieldgemma, llama-guard, granite-guardian-3.3, ...",
    )
    group.add_argument("--structured", action="store_true", help="chat: have the server hold the model to the format")
    group.add_argument(
        "--no-logprobs", action="store_true", help="chat, specialist: do not ask for probabilities, where a server errs"
    )
    group.add_argument(
        "--trusting",
        action="store_true",
        help='believe "clean" of a text that speaks to its judge too (orders, verdicts)',
    )
    group.add_argument("--slang", metavar="FILE", help="chat, specialist: a knowledge base of hf-toxspan mine-slang")
    group.add_argument(
        "--slang-without",
        action="append",
        default=[],
        metavar="SOURCE",
        help="leave out what it has from there; repeat",
    )
    group.add_argument(
        "--judge-weight",
        type=float,
        metavar="W",
        help="pool the probabilities; 1: the judge decides (default: the region file's, else 1)",
    )
    group.add_argument("--keep-toxic", type=float, metavar="P", help="keep a toxic label of at least P (RATeD-V: 0.85)")
    group.add_argument(
        "--patience",
        type=float,
        default=patience,
        metavar="S",
        help=f"seconds to wait for a server that is down ({patience:g})",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0, or 1 where texts wait for the judge.

    Raises:
        ValueError: If the options contradict each other or the input is bad.
        OSError: If a file can't be read or written.
        KeyboardInterrupt: When interrupted, with what to do next.
    """
    language_model.check(args, needed=True, otherwise="")
    source = inputs.find(args)
    output = extract.output_file(args, source)
    from hf_toxspan.cli import cascade, extract_to
    from hf_toxspan.llm.store import AnswerStore

    region, path = cascade.read_region(args.region), _store(args, output)
    tally = cascade.Tally()
    with ExitStack() as opened:
        found = opened.enter_context(source.open())
        if args.dry_run:
            texts = [record.text for record in found if record.error is None]
            nowhere = opened.enter_context(AnswerStore(":memory:"))
            requests = cascade.load(args, region, lambda: nowhere).questions(texts, args.batch_size)
            return language_model.show_plan(args, requests, output, rows=len(texts))

        def load() -> "Classify":
            from hf_toxspan.cli.classifier import classify_with

            pipe = cascade.load(args, region, lambda: opened.enter_context(AnswerStore(path)))
            return tally.counting(classify_with(pipe, **cascade.call_options(args)))

        settings = {**extract_to.settings(args), **cascade.settings(args, region)}
        work = extract_to.Work(load, settings, _BATCHES, tally.recall)
        if output is None:
            extract_to.stdout(args, source, found, work)
        else:
            extract_to.file(args, source, found, work, output)
    if not args.quiet:
        extract_to.say(tally.line())
    if tally.waiting:
        again = f"the same command with --force; the answers so far are in {path}" if output else "another run"
        extract_to.say(f"{tally.waiting:,} texts wait for the judge: {again}")
    return INCOMPLETE if tally.waiting else 0


def _store(args: argparse.Namespace, output: Path | None) -> str:
    if output is not None:
        return str(language_model.store_path(args, output))
    return str(Path(args.store).expanduser()) if args.store else ":memory:"
