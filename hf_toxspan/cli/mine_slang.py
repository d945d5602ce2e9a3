"""`hf-toxspan mine-slang`: a glossary of slang from labelled texts and lexicons, for a judge to look things up in."""

import argparse
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hf_toxspan.core.slang import Glossary, Rules, SlangEntry

_DESCRIPTION = """Mine slang from labelled texts: words, and runs of characters where a script writes no blanks, that
are at home in toxic spans (in toxic texts, where nobody marked spans) rather than in clean text. Terms of given
lexicons are counted too and keep their definitions. Terms that often stand in clean text are marked as depending on
context."""

_EPILOG = """examples:
  hf-toxspan mine-slang --data hatexplain:dataset.json#train --output slang.jsonl
  hf-toxspan mine-slang --data vihos:train.csv --data mine=rows.jsonl --lexicon words.txt --output slang.jsonl --show 20
  hf-toxspan mine-slang --data state_toxicn:train.json --lexicon annotated_lexicon.json --output slang.jsonl

data: NAME=DATA or DATA alone, which is a file of rows, sample:train, or a set as its authors publish it:
  cold:FILE.csv, hatexplain:dataset.json#train, vihos:FILE.csv, semeval2021:FILE.csv, toxicn:FILE.csv, cntp:FILE.json,
  state_toxicn:FILE.json, toxirewritecn:FILE.json. Without NAME a source is named after its set and file: vihos:train.
  Take training parts, never a test part. Evidence is kept by source, so that a judge of vihos:dev can be given what
  the other sources say: KnowledgeBase.load("slang.jsonl").without("vihos:dev").

lexicons: a term a line (.txt); a table with the column term, perhaps definition and category (.csv, .jsonl); STATE-
  ToxiCN's annotated_lexicon.json

a line of the output, behind the first, which says from which texts and by which rules it was mined:
  term, origin (mined, given, both), context_dependent, z and log_odds (how telling it is), definition, categories,
  lexicons, counts (texts by source: where it is toxic, beside that, in clean texts), marks (hashes of the few texts
  that hold a rare term, so that a text is never judged by its own label)

The terms are what people wrote: look at them before you show them, and take out lines that should not be there.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "mine-slang",
        help="mine a glossary of slang",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("-d", "--data", action="append", default=[], metavar="[NAME=]DATA", help="labelled texts; repeat for more")
    add("-l", "--lexicon", action="append", default=[], metavar="FILE", help="terms that are entries anyway; repeat")
    add("-o", "--output", required=True, metavar="FILE", help="glossary to write (.jsonl), whole")
    add("--force", action="store_true", help="replace an output that exists")
    add("--data-toxic-label", action="append", metavar="LABEL", help="a toxic label, for rows without a column toxic")
    rules = parser.add_argument_group("what becomes an entry")
    rules.add_argument("--min-count", type=int, metavar="N", help="texts where it is toxic (default: 3)")
    rules.add_argument("--min-z", type=float, metavar="X", help="log-odds in standard errors (default: 1.5)")
    rules.add_argument("--min-log-odds", type=float, metavar="X", help="log-odds ratio (default: 0.5)")
    rules.add_argument("--max-units", type=int, metavar="N", help="words or characters of a term (default: 4)")
    rules.add_argument("--max-entries", type=int, metavar="N", help="mined ones, the most telling (default: all)")
    rules.add_argument(
        "--max-clean-share",
        type=float,
        metavar="X",
        help="with more of its texts where it is not toxic, a term depends on context (default: 0.2)",
    )
    shown = parser.add_argument_group("output")
    shown.add_argument("--show", type=int, default=0, metavar="N", help="print the N most telling entries, as written")
    shown.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no table")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ValueError: If an option is wrong, or the data or a lexicon can't be read.
        OSError: If a file can't be read or written.
    """
    from tqdm.auto import tqdm

    from hf_toxspan.data.slang_lexicons import read_slang_lexicon
    from hf_toxspan.data.sources import load_data
    from hf_toxspan.retrieval.knowledge import KnowledgeBase

    output, places, rules = _output(args), _sources(args.data, args.lexicon), _rules(args)
    given = [term for path in args.lexicon for term in read_slang_lexicon(Path(path).expanduser())]
    sources = {name: load_data(place, toxic_labels=args.data_toxic_label).to_list() for name, place in places.items()}
    steps = 2 * sum(map(len, sources.values()))
    with tqdm(total=steps, desc="Mining", unit=" rows", disable=True if args.quiet else None) as bar:
        knowledge = KnowledgeBase.mine(sources, given, rules=rules, advance=bar.update)
    knowledge.save(output)
    if not args.quiet:
        _report(knowledge.glossary, output)
    if args.show:
        _show_entries(knowledge.glossary.entries[: args.show])
    return 0


def _output(args: argparse.Namespace) -> Path:
    """Return the file to write, after saying what would stop the writing later."""
    from hf_toxspan.cli.writing import check_output

    output = Path(args.output).expanduser()
    if output.suffix.lower() != ".jsonl":
        raise ValueError(f"--output is {args.output}; expected a name in .jsonl: a glossary is written as JSONL")
    check_output(output, force=args.force)
    for place in (*args.data, *args.lexicon):
        source = Path(re.split("[=:]", place)[-1]).expanduser()
        if source.exists() and output.exists() and source.samefile(output):
            raise ValueError(f"{output} is an input and the output; pass another --output")
    return output


def _sources(places: Sequence[str], lexicons: Sequence[str]) -> dict[str, str]:
    """Name the data."""
    if not places and not lexicons:
        raise ValueError("there is nothing to mine; pass --data DATA, or --lexicon FILE")
    named: dict[str, str] = {}
    for place in places:
        given = re.fullmatch(r"([\w:.-]+)=(.+)", place)
        name, data = given.groups() if given else (_name_of(place), place)
        if name in named:
            raise ValueError(f"two sources are named {name}: {named[name]} and {data}; pass NAME={data} for one")
        named[name] = data
    return named


def _name_of(data: str) -> str:
    """Name a data set after what it is and its part.

    >>> _name_of("hatexplain:raw/dataset.json#train"), _name_of("vihos/train.jsonl.gz"), _name_of("sample:train")
    ('hatexplain:train', 'vihos:train', 'sample:train')
    """
    kind, colon, place = data.partition(":")
    path, _, split = (place if colon else data).partition("#")
    part = split or Path(path).name.split(".")[0]
    owner = kind if colon and kind != "rows" else Path(path).parent.name
    return f"{owner}:{part}" if owner else part


def _rules(args: argparse.Namespace) -> "Rules":
    from hf_toxspan.core.slang import Rules

    names = ("min_count", "min_z", "min_log_odds", "max_units", "max_entries", "max_clean_share")
    chosen = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    for name in ("min_count", "max_units"):
        if chosen.get(name, 1) < 1:
            raise ValueError(f"--{name.replace('_', '-')} is {chosen[name]}; expected at least 1")
    for name, value in (("max_entries", args.max_entries), ("show", args.show)):
        if value is not None and value < 0:
            raise ValueError(f"--{name.replace('_', '-')} is {value}; expected 0 or more")
    if not 0 <= chosen.get("max_clean_share", 0) <= 1:
        raise ValueError(f"--max-clean-share is {chosen['max_clean_share']}; expected a share from 0 to 1")
    return Rules(**chosen)


def _report(glossary: "Glossary", output: Path) -> None:
    """Say how many entries came from where, by script."""
    from hf_toxspan.cli.show import show

    for name, source in glossary.sources.items():
        copies = f", {source.copies:,} copies left out" if source.copies else ""
        sys.stdout.write(f"{name}: {source.rows:,} rows, {source.toxic_texts:,} with something toxic{copies}\n")
    sys.stdout.write(f"{len(glossary.entries):,} entries -> {output}\n")
    kinds = Counter((script_of(entry.term), entry.origin) for entry in glossary.entries)
    context = Counter((script_of(entry.term), entry.origin) for entry in glossary.entries if entry.context_dependent)
    rows = [
        (script, origin, f"{count:,}", f"{context[script, origin]:,}")
        for (script, origin), count in sorted(kinds.items())
    ]
    show(_table({"script": "left", "origin": "left", "entries": "right", "depend on context": "right"}, rows))


def _show_entries(entries: Sequence["SlangEntry"]) -> None:
    from hf_toxspan.cli.show import show
    from hf_toxspan.retrieval.knowledge import USES

    columns = {"term": "left", "z": "right", "toxic": "right", "beside": "right", "clean": "right", "use": "left"}
    rows = [
        (
            entry.term,
            "-" if entry.z is None else f"{entry.z:.1f}",
            *map(str, entry.counts),
            USES[entry.context_dependent],
        )
        for entry in entries
    ]
    show(_table(columns, rows))


def _table(columns: Mapping[str, Any], rows: Sequence[Sequence[str]]) -> Any:
    from rich import box
    from rich.table import Table

    from hf_toxspan.views.pieces import visible

    table = Table(box=box.SIMPLE, pad_edge=False)
    for name, justify in columns.items():
        table.add_column(name, justify=justify)
    for row in rows:
        table.add_row(*map(visible, row))
    return table


def script_of(term: str) -> str:
    """Name the script of a term's first letter, as Unicode does; emoji and digits have none.

    >>> script_of("đồ ngu"), script_of("傻b"), script_of("😀 1")
    ('Latin', 'Chinese', 'no letters')
    """
    letter = next(filter(str.isalpha, term), "")
    name = unicodedata.name(letter, "no letters").partition(" ")[0].capitalize() if letter else "no letters"
    return "Chinese" if name == "Cjk" else name
