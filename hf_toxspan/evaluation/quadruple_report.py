"""Systems that find quadruples beside trivial ones: hard, soft and average F1 by the rules of both official scorers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from rich import box
from rich.console import Group
from rich.table import Table

from hf_toxspan.core.quadruple_scores import Protocol, tally_quadruples
from hf_toxspan.data.quadruples import gold_quadruples, gold_string
from hf_toxspan.evaluation.boards import Measured
from hf_toxspan.scoring.hard_soft_quad_f1 import HARD_SOFT_QUAD_F1

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
COLUMNS = {"average F1": "average_f1", "hard F1": "hard_f1", "soft F1": "soft_f1"}
COMMONEST = "commonest of train"
READING = (
    "hard: equal quadruples; soft: equal group and hateful, target and argument similar; average: their mean. F1 pools "
    "the quadruples of all texts; in brackets the 95 % bootstrap interval over texts. ccl25: similar above 0.5, pieces "
    "without four fields are forgiven; state: similar from 0.5 on, they count."
)
TRIVIAL = (
    "mark everything: the whole text is target and argument, with the group that gold has most; "
    f"{COMMONEST}: the commonest target with its group, the whole text as argument."
)

Rows = Sequence[Mapping[str, Any]]


@dataclass
class QuadrupleReport:
    """Scores of several systems on the same rows.

    Attributes:
        data: Name of the data set.
        references: The gold string of each row.
        systems: Scores by the system's name and the protocol, in the order they were added.
        notes: What else is to be known, for the end of the tables.
    """

    data: str
    references: list[str]
    systems: dict[str, dict[Protocol, Measured]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, predictions: Sequence[str]) -> dict[Protocol, Measured]:
        """Score a system and add it.

        Args:
            name: Of the system.
            predictions: One string a row, ``T | A | G | H [SEP] ... [END]``.

        Returns:
            Its scores by protocol.

        Raises:
            ValueError: If there is not one string a row.
        """
        measured = {}
        for protocol in PROTOCOLS:
            tally = tally_quadruples(predictions, self.references, protocol=protocol)
            measured[protocol] = Measured.of(tally, HARD_SOFT_QUAD_F1.details(tally))
        self.systems[name] = measured
        return measured

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain JSON values, in [0, 1]."""
        return {
            "data": self.data,
            "rows": len(self.references),
            "systems": {
                name: {protocol: own.to_dict() for protocol, own in measured.items()}
                for name, measured in self.systems.items()
            },
            "notes": self.notes,
        }

    def to_tables(self) -> Group:
        """Return the tables that people read, in 80 columns: scores x 100, a line a system, a table a protocol."""
        parts: list[Table | str] = [f"{self.data}: {len(self.references)} texts", ""]
        for protocol in PROTOCOLS:
            table = Table(title=f"Quadruples ({protocol})", title_justify="left", box=box.SIMPLE, pad_edge=False)
            table.add_column("system", max_width=24)
            for heading in COLUMNS:
                table.add_column(heading, justify="right", no_wrap=True)
            for name, measured in self.systems.items():
                table.add_row(name, *(_cell(measured[protocol], score) for score in COLUMNS.values()))
            parts.append(table)
        return Group(*parts, READING, TRIVIAL, *self.notes)


def start_quadruple_report(train: Iterable[Mapping[str, Any]], rows: Rows, *, data: str) -> QuadrupleReport:
    """Score the trivial systems.

    Args:
        train: Rows with ``quads`` from which the commonest target and group come.
        rows: Rows with ``text`` and ``quads`` to score.
        data: Name of the data set, for the heading.

    Returns:
        A report to which systems can be added.

    Raises:
        ValueError: If there are no rows on one of both sides.
    """
    if not len(rows):
        raise ValueError(f"{data} has no rows; expected at least one text to score")
    texts, references = [row["text"] for row in rows], [*map(gold_string, rows)]
    found = QuadrupleReport(data, references)
    trivial = HARD_SOFT_QUAD_F1.baselines({"references": references, "texts": texts})
    for name, brought in trivial.items():
        found.add(name, brought["predictions"])
    found.add(COMMONEST, commonest(train, texts))
    return found


def commonest(train: Iterable[Mapping[str, Any]], texts: Sequence[str]) -> list[str]:
    """Say of every text that its whole is said of the commonest target, which is attacked as mostly in training rows.

    Args:
        train: Rows with ``quads``.
        texts: The texts.

    Returns:
        One string a text.

    Raises:
        ValueError: If no training row has quadruples.
    """
    counts = Counter(
        (quad.target, quad.group, "hate" if quad.hateful else "non-hate")
        for row in train
        if row["quads"]
        for quad in gold_quadruples(row)
    )
    if not counts:
        raise ValueError("the training rows have no quadruples; expected at least one")
    (target, group, hateful), _ = counts.most_common(1)[0]
    # a bar or a bracket inside a field could start another one
    wholes = [text.translate(str.maketrans("|[]", "/()")).strip() for text in texts]
    return [f"{target} | {whole} | {group} | {hateful} [END]" for whole in wholes]


def _cell(measured: Measured, score: str) -> str:
    low, high, _ = measured.intervals[score]
    return f"{100 * measured.scores[score]:.1f} ({100 * low:.1f}, {100 * high:.1f})"
