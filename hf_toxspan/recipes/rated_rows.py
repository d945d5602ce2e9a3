"""What RATeD-V's recipe takes: options with the paper's presets, and the rows that they name."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from datasets import Dataset

from hf_toxspan.data.sources import load_all
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL
from hf_toxspan.tensor.rationale_losses import Sides


class Preset(NamedTuple):
    """How RATeD-V ran one data set; a field that the options leave open takes its value from here.

    Attributes:
        model: The paper's encoder; the one inside the package for your own data.
        epochs: Epochs; the best of them is kept.
        learning_rate: Peak learning rate.
        batch_size: Texts of a step.
        max_length: Tokens of a training text.
        lambda_tag: The paper's alpha.
    """

    model: str = PACKAGED_MODEL
    epochs: float = 10.0
    learning_rate: float = 2e-5
    batch_size: int = 16
    max_length: int = 128
    lambda_tag: float = 2.0


PRESETS = {
    "own": Preset(),
    "hatexplain": Preset(model="FacebookAI/roberta-base"),
    "vihos": Preset(model="FacebookAI/xlm-roberta-base", max_length=256, lambda_tag=5.0),
}
"""RATeD-V's two settings (its published code), and one for your own data; the labels are those of the rows."""


@dataclass
class RatedOptions:
    """What the recipe takes; every field is an option of the example and of ``hf-toxspan train rated``."""

    preset: str = field(default="own", metadata={"help": "own, hatexplain (3 classes) or vihos (binary)."})
    model: str | None = field(
        default=None, metadata={"help": "Folder or Hub id of an encoder; the preset's if not set."}
    )
    train: list[str] = field(
        default_factory=lambda: ["sample:train"],
        metadata={"help": "Training data, such as 'hatexplain:folder/train', 'vihos:train.csv' or file.jsonl."},
    )
    dev: list[str] = field(
        default_factory=lambda: ["sample:dev"], metadata={"help": "Development data that the table is about."}
    )
    output: str = field(default="runs/rated", metadata={"help": "Folder for the checkpoint and report.json."})
    epochs: float | None = field(default=None, metadata={"help": "Epochs; the preset's if not set."})
    learning_rate: float | None = field(default=None, metadata={"help": "Peak learning rate; the preset's if not set."})
    batch_size: int | None = field(default=None, metadata={"help": "Texts of a step; the preset's if not set."})
    accumulate: int = field(default=1, metadata={"help": "Batches of an optimisation step."})
    max_length: int | None = field(
        default=None, metadata={"help": "Tokens of a training text, longer ones are cut; the preset's if not set."}
    )
    lambda_tag: float | None = field(
        default=None, metadata={"help": "Weight of the tags, the paper's alpha; 0 leaves them unsupervised."}
    )
    lambda_cons: float = field(default=0.1, metadata={"help": "Weight of the consistency of tags and label."})
    consistency: Sides = field(default="two_sided", metadata={"help": "two_sided, or one_sided as in the paper."})
    lambda_grad: float = field(default=0.0, metadata={"help": "Weight of ToxiTrace's gradient constraints on top."})
    fusion: str = field(
        default="pooler_rationale",
        metadata={"help": "What the classifier sees: pooler_rationale, rationale, pooler, published."},
    )
    soft: bool = field(
        default=False, metadata={"help": "Learn each annotator's rationale, where rows have them, not their union."}
    )
    balanced: bool = field(default=False, metadata={"help": "Weigh the labels by how rare they are."})
    tune_share: float = field(
        default=0.1, metadata={"help": "Share of the training rows held out to choose the epoch and the threshold."}
    )
    bf16: bool = field(default=False, metadata={"help": "Train in bfloat16 autocast: 2 to 3 times faster on new CPUs."})
    seed: int = field(default=42, metadata={"help": "Seed of the split, the order, the heads and dropout."})
    resume: bool = field(default=False, metadata={"help": "Go on from the last checkpoint in the output folder."})

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        if self.preset not in PRESETS:
            raise ValueError(f"preset is {self.preset!r}; expected one of {', '.join(PRESETS)}")
        if not 0 < self.tune_share < 1:
            raise ValueError(f"tune_share is {self.tune_share!r}; expected a share in (0, 1)")

    @property
    def settings(self) -> Preset:
        """The preset, with the options that were set in place of its values."""
        given = {name: getattr(self, name) for name in Preset._fields}
        return PRESETS[self.preset]._replace(**{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True)
class Rows:
    """The rows of a run: `train` to learn from, `tuning` to choose the epoch and the threshold, `dev` to report.

    Attributes:
        train: Rows with all columns of their sources.
        tuning: Held out of the training data.
        dev: The development data.
        labels: Names of the labels, sorted.
        toxic_labels: Those of toxic rows.
    """

    train: Dataset
    tuning: Dataset
    dev: Dataset
    labels: list[str]
    toxic_labels: list[str]


def load_rows(options: RatedOptions) -> Rows:
    """Step 1: read the data and hold out some training rows.

    Args:
        options: The options.

    Returns:
        Three sets of rows, and the labels that they know.

    Raises:
        ValueError: If the training rows have one label only, or a label is toxic in one row and clean in another.
    """
    train, dev = load_all(options.train), load_all(options.dev)
    places = list(range(len(train)))
    random.Random(options.seed).shuffle(places)
    held_out = int(len(places) * options.tune_share)
    toxic = {label for label, own in zip(train["label"], train["toxic"], strict=True) if own}
    clean = {label for label, own in zip(train["label"], train["toxic"], strict=True) if not own}
    if not toxic or not clean or toxic & clean:
        raise ValueError(
            f"labels of toxic training rows: {sorted(toxic)}, of clean ones: {sorted(clean)}; expected some of each, "
            "and none that is both"
        )
    tuning = train.select(sorted(places[:held_out]))
    return Rows(train.select(sorted(places[held_out:])), tuning, dev, sorted(toxic | clean), sorted(toxic))


def class_weights(rows: Rows) -> list[float]:
    """Return how much each label weighs: rows by labels by rows of the label, as HateXplain's authors set them.

    Args:
        rows: The rows; those to learn from count.

    Returns:
        One weight a label, in the order of `rows.labels`.
    """
    counts = Counter(rows.train["label"])
    return [len(rows.train) / (len(rows.labels) * max(counts[label], 1)) for label in rows.labels]
