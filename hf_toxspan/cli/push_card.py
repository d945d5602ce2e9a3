"""From the options of `hf-toxspan push model` to what a card says: reports, comparisons, what the author states."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hf_toxspan.cards.emissions import Emissions
    from hf_toxspan.cards.model_card import Statement
    from hf_toxspan.cards.reports import ReadReport
    from hf_toxspan.cards.training_facts import TrainingFacts


def add_card_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a model's card."""
    measured = parser.add_argument_group("card: what was measured")
    add = measured.add_argument
    add("--report", action="append", default=[], metavar="[NAME=]FILE", help="scores on one data set; repeat for more")
    add("--compare", action="append", default=[], metavar="SYSTEM=FILE", help="another model's on the same; repeat")
    add("--system", metavar="NAME", help="the system of the reports that is this model (default: the last one)")
    add("--emissions", metavar="FILE", help="codecarbon's emissions.csv of the training run")
    stated = parser.add_argument_group("card: what you state")
    add = stated.add_argument
    add("--name", metavar="NAME", help="what the model is called (default: the name in --repo, or the folder's)")
    add("--base-model", metavar="ID", help="Hub id of the model that training began with")
    add("--data", action="append", default=[], metavar="DATA", help="what it learnt from, as recipes name it; repeat")
    add("--dataset", action="append", default=[], metavar="ID", help="the same, if it lies on the Hub; repeat")
    add("--watts", type=float, metavar="W", help="mean power of the machine in training; with --grid")
    add("--grid", type=float, metavar="KG", help="kg of CO2e that a kWh gives off where it stands; with --watts")
    add("--hours", type=float, metavar="H", help="training time, where the run recorded none")
    readme = parser.add_mutually_exclusive_group()
    readme.add_argument("--keep-readme", action="store_true", help="publish the folder's own README.md as it is")
    readme.add_argument(
        "--replace-readme", action="store_true", help="publish a card, though someone wrote a README.md"
    )


def read_reports(args: argparse.Namespace) -> "list[ReadReport]":
    """Read the reports, each with the models that it is compared with.

    Args:
        args: The parsed options.

    Returns:
        A report a data set.

    Raises:
        FileNotFoundError: If a file does not exist.
        ValueError: If one is no report, or two do not belong together.
    """
    from hf_toxspan.cards.reports import compare, read_report
    from hf_toxspan.hub.files import read_json

    reports = []
    for given in args.report:
        name, path = _named(given)
        reports.append(read_report(read_json(path), where=str(path), name=name, system=args.system))
    for given in args.compare:
        name, path = _named(given)
        if name is None:
            raise ValueError(f"--compare is {given!r}; expected SYSTEM=FILE, such as teacher=teacher_cold.json")
        reports = compare(reports, read_report(read_json(path), where=str(path)), name=name, where=str(path))
    return reports


def _named(given: str) -> tuple[str | None, Path]:
    """Split NAME=FILE; a file whose own name holds a = is no name."""
    name, _, file = given.rpartition("=")
    whole = Path(given).expanduser()
    return (None, whole) if not name or whole.is_file() else (name, Path(file).expanduser())


def read_statement(args: argparse.Namespace, training: "TrainingFacts | None") -> "Statement":
    """Collect what the author states.

    Args:
        args: The parsed options.
        training: The record of the run, for its time.

    Returns:
        The statement.

    Raises:
        OSError: If a file can't be read.
        ValueError: If options do not fit together.
    """
    from hf_toxspan.cards.data_sources import Source
    from hf_toxspan.cards.model_card import Statement

    folder = Path(args.folder).expanduser().resolve().name
    return Statement(
        args.name or (args.repo.rpartition("/")[2] if args.repo else folder),
        repo=args.repo,
        licence=args.license,
        languages=args.language,
        base_model=args.base_model,
        sources=[Source(own) for own in args.data],
        notes=read_notes(args.notes),
        emissions=_emissions(args, training),
        hub_datasets=args.dataset,
    )


def read_notes(path: str | None) -> str:
    """Read the author's own text.

    Args:
        path: The file; None for none.

    Returns:
        Markdown.

    Raises:
        ValueError: If it begins with a header of its own.
    """
    if path is None:
        return ""
    notes = Path(path).expanduser().read_text(encoding="utf-8")
    if notes.startswith("---\n"):
        raise ValueError(f"{path} begins with a header of its own; expected Markdown for the middle of a card")
    return notes


def _emissions(args: argparse.Namespace, training: "TrainingFacts | None") -> "Emissions | None":
    from hf_toxspan.cards.emissions import estimate, read_codecarbon

    if args.emissions is not None:
        return read_codecarbon(Path(args.emissions).expanduser())
    if (args.watts is None) != (args.grid is None):
        raise ValueError("--watts and --grid belong together: pass both, or neither")
    if args.watts is None:
        return None
    recorded = None if training is None else training.seconds
    seconds = recorded if args.hours is None else 3600 * args.hours
    if seconds is None:
        raise ValueError("--watts needs a training time, and the run recorded none; pass --hours H")
    return estimate(seconds, watts=args.watts, kilograms_per_kwh=args.grid)
