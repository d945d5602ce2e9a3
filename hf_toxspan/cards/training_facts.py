"""What a training run says of itself, kept as JSON beside the weights: no pickle has to be opened to tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from hf_toxspan.cards.markdown import Markdown, table

FILE = "training.json"
"""Name of the file."""
_SKIPPED = ("runtime", "per_second", "_flos")
_LONGEST = 12
"""Lines of the table of evaluations; of more the last ones are shown."""


@dataclass(frozen=True)
class TrainingFacts:
    """A training run.

    Attributes:
        trainer: Name of the trainer.
        made_by: This package with its version.
        base_model: Hub id of the model that training began with; None where that was a local folder.
        arguments: Hyperparameters by name.
        texts: Texts by part: "train", "eval".
        epochs: Epochs trained; None where nobody counted.
        steps: Optimisation steps.
        seconds: Run time of the last call of ``train()``; None where it is not known.
        resumed: Whether that call went on from a checkpoint, so that `seconds` is not all of it.
        device: What it ran on.
        processes: How many.
        evaluations: What each evaluation logged.
        versions: Of the frameworks, by name.
    """

    trainer: str
    made_by: str
    base_model: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
    epochs: float | None = None
    steps: int | None = None
    seconds: float | None = None
    resumed: bool = False
    device: str | None = None
    processes: int = 1
    evaluations: Sequence[Mapping[str, float]] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"training": 1, **asdict(self)}

    @classmethod
    def from_dict(cls, stored: Any, *, where: str) -> Self:
        """Read what `to_dict` wrote.

        Args:
            stored: JSON values.
            where: Where they come from, for errors.

        Returns:
            The run.

        Raises:
            ValueError: If it is something else.
        """
        if (
            not isinstance(stored, Mapping)
            or stored.get("training") != 1
            or not {"trainer", "made_by"} <= stored.keys()
        ):
            raise ValueError(f"{where} is no record of a training run; expected what a trainer of hf_toxspan saved")
        known = {own.name for own in fields(cls)}
        unknown = stored.keys() - known - {"training"}
        if unknown:
            raise ValueError(f"{where} has {', '.join(sorted(unknown))}; this version knows {', '.join(sorted(known))}")
        return cls(**{name: stored[name] for name in known & stored.keys()})

    def time(self) -> str:
        """Say how long it took, and on what."""
        where = f" on {self.device}" if self.device else ""
        where += f", {self.processes} processes" if self.processes > 1 else ""
        if self.seconds is None:
            return f"not measured{where}"
        part = " for the last part of an interrupted run; what came before is not in it" if self.resumed else ""
        return f"{duration(self.seconds)}{where}{part}"

    def arguments_table(self) -> Markdown:
        """Lay out the hyperparameters."""
        return table(["argument", "value"], [[name, own] for name, own in self.arguments.items()], text_columns=2)

    def evaluations_table(self) -> Markdown:
        """Lay out what the evaluations logged, the last ones; scores as logged."""
        shown = self.evaluations[-_LONGEST:]
        names = [
            name
            for name in dict.fromkeys(name for own in shown for name in own)
            if not any(word in name for word in _SKIPPED) and name not in ("epoch", "step")
        ]
        rows = [[own.get("epoch"), own.get("step"), *(_rounded(own.get(name)) for name in names)] for own in shown]
        return table(["epoch", "step", *(name.removeprefix("eval_").replace("_", " ") for name in names)], rows)


def duration(seconds: float) -> str:
    """Say a time in the unit that suits it.

    >>> duration(42), duration(600), duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


def _rounded(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"
