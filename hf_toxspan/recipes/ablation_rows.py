"""The options and the texts of the ablation of ToxiTrace: what is trained on, what tunes, what is tested."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hf_toxspan.core.text import fingerprint
from hf_toxspan.data.sources import load_data
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL

CLEAN, TOXIC = "clean", "toxic"
Row = dict[str, Any]


@dataclass
class AblationOptions:
    """What the ablation takes; every field is an option of the example."""

    model: str = field(default=PACKAGED_MODEL, metadata={"help": "Folder or Hub id of an encoder or classifier."})
    spans: list[str] = field(
        default_factory=lambda: ["sample:train"],
        metadata={"help": "Data with gold spans; a part of it, by a hash of the id, is held out to test the spans on."},
    )
    labels: list[str] = field(
        default_factory=list, metadata={"help": "More training data, of which only the labels are used."}
    )
    dev: list[str] = field(
        default_factory=list, metadata={"help": "Data to test the labels on; the held-out texts when not given."}
    )
    output: str = field(default="runs/ablation", metadata={"help": "Folder for the results, the table and the plot."})
    seeds: list[int] = field(default_factory=lambda: [1, 2, 3], metadata={"help": "One run of all arms each."})
    warmup_epochs: float = field(default=1.0, metadata={"help": "Epochs of cross entropy that all arms share."})
    epochs: float = field(default=3.0, metadata={"help": "Epochs of each arm after the warm-up."})
    max_rows: int = field(default=3000, metadata={"help": "Most texts of `spans`, and of `dev`."})
    max_labels: int = field(default=3000, metadata={"help": "Most texts of `labels`, all of them in the warm-up."})
    lambda_grad: float = field(default=1.0, metadata={"help": "Weight of PGR + PPT where they are on."})
    lambda_sem: float = field(default=0.02, metadata={"help": "Weight of the contrast where it is on."})
    constraint_share: float = field(default=1.0, metadata={"help": "Share of the sentences constrained at each step."})
    learning_rate: float = field(default=5e-5, metadata={"help": "Peak learning rate."})
    batch_size: int = field(default=32, metadata={"help": "Texts of a step."})
    max_length: int = field(default=96, metadata={"help": "Tokens of a training text; longer ones are cut."})
    test_share: float = field(default=0.2, metadata={"help": "Share of `spans` held out for the test."})
    tune_share: float = field(default=0.15, metadata={"help": "Share of the rest that tunes the extractors."})
    rewrite_field: str = field(default="neutral", metadata={"help": "Field with a clean rewrite, where there is one."})
    bf16: bool = field(default=False, metadata={"help": "Train in bfloat16 autocast: 2 to 3 times faster on new CPUs."})
    only: list[str] = field(default_factory=list, metadata={"help": "Names of the arms to run; all when not given."})


@dataclass(frozen=True)
class Rows:
    """The texts of a run.

    Attributes:
        spans: Training rows with gold spans.
        labels: Training rows without.
        tuning: Annotated toxic rows on which every arm tunes its extractors.
        test: Rows whose spans are tested: toxic, with spans.
        dev: Rows whose labels are tested.
    """

    spans: list[Row]
    labels: list[Row]
    tuning: list[Row]
    test: list[Row]
    dev: list[Row]


def load_rows(options: AblationOptions) -> Rows:
    """Read and split the data, the same for every seed; no text that is tested stays in what is trained on.

    Args:
        options: The options.

    Returns:
        The rows.
    """
    chosen = _sample(_read(options.spans), options.max_rows)
    held = [row for row in chosen if _share_of(row["id"]) < options.test_share]
    dev = _sample(_read(options.dev), options.max_rows) if options.dev else held
    tested = {fingerprint(row["text"]) for row in held + dev}
    known = [row for row in chosen if fingerprint(row["text"]) not in tested]
    labels = [row | {"spans": None} for row in _sample(_read(options.labels), options.max_labels)]
    labels = [row for row in labels if fingerprint(row["text"]) not in tested]
    annotated = [row for row in known if row["toxic"] and row["spans"]]
    tuning = random.Random(0).sample(annotated, int(len(annotated) * options.tune_share))
    ids = {row["id"] for row in tuning}
    test = [row for row in held if row["toxic"] and row["spans"]]
    return Rows([row for row in known if row["id"] not in ids], labels, tuning, test, dev)


def _read(sources: Sequence[str]) -> list[Row]:
    rows = [row for source in sources for row in load_data(source)]
    return [row | {"label": TOXIC if row["toxic"] else CLEAN} for row in rows]


def _sample(rows: list[Row], most: int) -> list[Row]:
    return rows if len(rows) <= most else random.Random(0).sample(rows, most)


def _share_of(text_id: str) -> float:
    """Return a number in [0, 1) that depends on the id alone, so that a row stays on its side when others join."""
    return int(hashlib.sha256(text_id.encode()).hexdigest()[:12], 16) / 16**12
