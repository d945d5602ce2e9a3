"""`hf-toxspan vote-study`: what more generations buy, and what cheaper votes save, from one recording of answers."""

import argparse
import csv
import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hf_toxspan.evaluation.recorded_votes import RecordedVotes
    from hf_toxspan.evaluation.vote_study import VoteStudy

_DESCRIPTION = """Find out how many answers of a language model a vote on quadruples needs. All votes are held again on
recorded answers, so no model is asked: SRAG-MAV's rule for many thresholds tau, and rules that stop earlier."""

_EPILOG = """examples:
  hf-toxspan vote-study --votes votes.jsonl --data state_toxicn:train.json
  hf-toxspan vote-study --votes votes.jsonl --data state_toxicn:train.json --plot tau.png --table study.md
  hf-toxspan vote-study --votes votes.jsonl --data gold.jsonl --taus 1,10,50,200 --count canonical --table study.csv

a line of the recording: a text, each distinct answer to it, and for each prompt the places of its answers in the order
they were drawn in, -1 where none came:
  {"id": "7", "text": "...", "form": "triples", "answers": ["you | are silly | others [END]", "no idea"],
   "draws": [[0, 0, 1], [0, -1, 0]]}
data: gold quadruples of at least these texts, matched by id: a set with a column quads.

the rules (after each round, which is one draw of each prompt):
  tau N            an answer has N votes (SRAG-MAV); "settled": or its lead is larger than what is still to come
  esc              all votes of a round agree
  beta C           probability C that the leader is the more probable of the first two (Adaptive-Consistency)
  stratified C     the same where each prompt mostly repeats itself (ours)
  certified E      stops for a wrong leader with probability E at most, at any number of looks; prompts by lot (ours)
  elements         no vote on whole answers: each statement that half of the answers make (ours)
An answer that can't be read is drawn again, up to ten times.

how to read it:
  Record as many rounds as the largest tau may need: a vote that wants more ends with the recording, and the column
  "decided" falls below 100. "over" is paired, answer by answer, so its interval is narrower than that of a
  score: an interval that holds 0 shows no difference. A rule with nearly all answers the same saves what the column of
  generations says, whatever the scores.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "vote-study",
        help="find out how many answers a vote needs",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("-v", "--votes", required=True, metavar="FILE", help="recorded answers (.jsonl), see below")
    parser.add_argument(
        "-d", "--data", required=True, metavar="DATA", help="gold quadruples, as for hf-toxspan evaluate"
    )
    parser.add_argument(
        "--taus", type=_numbers, metavar="N,N", help="thresholds of SRAG-MAV's rule (default: 1,2,5,10 ... 150,200)"
    )
    parser.add_argument(
        "--count",
        choices=("raw", "canonical"),
        default="raw",
        help="what counts as one answer: equal strings, as SRAG-MAV counts, or equal statements (default: raw)",
    )
    parser.add_argument(
        "--form", choices=("triples", "quadruples"), help="read the answers in this form (default: as each line says)"
    )
    written = parser.add_argument_group("output")
    written.add_argument("--plot", metavar="FILE", help="draw F1 against generations (.png, .svg, .pdf)")
    written.add_argument("--table", metavar="FILE", help="write the table (.md, .csv)")
    written.add_argument("--force", action="store_true", help="replace outputs that exist")
    trust = parser.add_argument_group("trust")
    trust.add_argument("--n-resamples", type=int, default=1000, metavar="N", help="bootstrap samples (default: 1000)")
    trust.add_argument("--seed", type=int, default=0, metavar="N", help="of samples and lots (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ValueError: If a file can't be read, a text has no gold, or an option is out of range.
        OSError: If a file can't be read or written.
    """
    from hf_toxspan.cli.show import show
    from hf_toxspan.cli.writing import write_whole
    from hf_toxspan.evaluation.recorded_votes import read_votes
    from hf_toxspan.evaluation.vote_study import TAUS, study_votes
    from hf_toxspan.evaluation.vote_tables import to_markdown, to_tables

    files = _files(args)
    records = read_votes(Path(args.votes).expanduser())
    if args.form:
        records = [replace(record, form=args.form) for record in records]
    gold = _gold(args, records)
    with _watching() as watch:
        study = study_votes(
            records,
            gold,
            taus=args.taus or TAUS,
            votes=args.count,
            n_resamples=args.n_resamples,
            seed=args.seed,
            watch=watch,
        )
    if "table" in files:
        path = files["table"]
        write_whole(path, (to_markdown(study) if path.suffix.lower() == ".md" else _csv(study)).encode())
    if "plot" in files:
        _plot(files["plot"], study)
    show(to_tables(study))
    return 0


def _numbers(value: str) -> list[int]:
    try:
        return [int(number) for number in value.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r}; expected whole numbers with commas, such as 1,10,200") from None


def _files(args: argparse.Namespace) -> dict[str, Path]:
    """Return the outputs by their option's name, after saying what would stop the run later."""
    from hf_toxspan.cli.writing import check_output

    suffixes = {"plot": (".png", ".svg", ".pdf"), "table": (".md", ".csv")}
    files = {name: Path(getattr(args, name)).expanduser() for name in suffixes if getattr(args, name) is not None}
    for name, path in files.items():
        if path.suffix.lower() not in suffixes[name]:
            raise ValueError(f"--{name} is {path}; expected a name in {', '.join(suffixes[name])}")
        check_output(path, force=args.force)
    if "plot" in files:
        from hf_toxspan.views.plots import check_matplotlib

        check_matplotlib()
    return files


def _gold(args: argparse.Namespace, records: Sequence["RecordedVotes"]) -> dict[str, str]:
    """Return the gold strings of the recorded texts by their ids."""
    from hf_toxspan.data.quadruples import gold_string
    from hf_toxspan.data.sources import load_data

    rows = {str(row["id"]): row for row in load_data(args.data).to_list()}
    gold = {}
    for record in records:
        row = rows.get(record.id)
        if row is None:
            raise ValueError(f"the text {record.id!r} of {args.votes} is not in {args.data}; expected the same ids")
        if row["text"] != record.text:
            raise ValueError(
                f"the text {record.id!r} is {record.text!r:.60} in {args.votes} and {row['text']!r:.60} in "
                f"{args.data}; expected the data that the answers were recorded on"
            )
        gold[record.id] = gold_string(row)
    return gold


@contextmanager
def _watching() -> Iterator[Callable[[str], None]]:
    """Say on standard error which line is done, where that is a terminal."""
    from rich.console import Console

    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield lambda name: None
        return
    with console.status("holding votes") as status:
        yield lambda name: status.update(f"holding votes: {name} done")


def _csv(study: "VoteStudy") -> str:
    from hf_toxspan.evaluation.vote_tables import to_rows

    rows = to_rows(study)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _plot(path: Path, study: "VoteStudy") -> None:
    from hf_toxspan.views.plots import plot_votes

    taus = [line for line in study.lines if line.tau is not None]
    found = [line.scores["average_f1"] for line in taus]
    others: dict[str, list[tuple[float, float]]] = {}
    for line in study.lines:
        if line.tau is None:
            rule = re.sub(r" [\d.]+$", "", line.name)  # "beta" of "beta 0.95"
            others.setdefault(rule, []).append((line.generations, line.scores["average_f1"].value))
    plot_votes(
        path,
        [line.generations for line in taus],
        [own.value for own in found],
        band=([own.low for own in found], [own.high for own in found]),
        names=[str(line.tau) for line in taus],
        others=others,
        label="average F1",
    )
