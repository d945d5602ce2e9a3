"""Two worlds in one model: a rationale model that learnt its spans from a classifier's gradients.

The teacher explains itself by a forward and a backward pass; the student tags in its only forward pass what the teacher
would have shown. Labels stay those of the data; only the spans are the teacher's.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from datasets import Dataset

from hf_toxspan.annotation.annotators import ClueAnnotator, annotate_rows
from hf_toxspan.core.span_scores import score_spans
from hf_toxspan.data.rows import ROW_FEATURES, to_dataset
from hf_toxspan.evaluation.report import Report
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL, load_classifier
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import by_gradient
from hf_toxspan.recipes import rated
from hf_toxspan.recipes.rated_rows import Preset, RatedOptions, Rows, load_rows

REPEATS = 3
"""Times that both models read all texts in turn, of which the median counts."""


@dataclass
class DistilOptions(RatedOptions):
    """What the recipe takes besides the options of `rated`; the student's encoder is the teacher's unless set."""

    teacher: str = field(
        default=PACKAGED_MODEL, metadata={"help": "Folder or Hub id of a classifier; its spans are learnt."}
    )
    output: str = field(default="runs/distilled", metadata={"help": "Folder for the student and report.json."})

    @property
    def settings(self) -> Preset:
        """The preset with the options that were set, and the teacher where no encoder was."""
        return super().settings._replace(model=self.model or self.teacher)


class Distilled(NamedTuple):
    """What a distillation brought.

    Attributes:
        report: Scores of teacher and student on the development data.
        agreement: Char F1 of the student's spans against the teacher's, on texts that both call toxic.
        speedup: Texts a second of the student's pipeline beside the teacher's, on the development texts.
    """

    report: Report
    agreement: float
    speedup: float


def teach(rows: Rows, teacher: SpanExtractor) -> Rows:
    """Put the teacher's spans in the place of the training rows' own.

    Args:
        rows: The rows.
        teacher: The classifier; it explains every toxic row, whatever label it gives itself.

    Returns:
        The rows; clean ones have no evidence, toxic ones in which the teacher shows none are not annotated.
    """

    def taught(part: Dataset) -> Dataset:
        bare = [{name: row[name] for name in ROW_FEATURES} | {"spans": None} for row in part]
        return to_dataset(annotate_rows(bare, ClueAnnotator(teacher, "teacher"), clean_as_empty=True), name="teacher")

    return replace(rows, train=taught(rows.train), tuning=taught(rows.tuning))


def compare(teacher: SpanExtractor, student: SpanExtractor, texts: Sequence[str]) -> tuple[float, float]:
    """Measure how far a student agrees with its teacher, and how much faster it is.

    Args:
        teacher: The classifier.
        student: The rationale model.
        texts: The texts.

    Returns:
        `agreement` and `speedup` of `Distilled`.
    """
    seconds: dict[SpanExtractor, list[float]] = {teacher: [], student: []}
    for _ in range(REPEATS):  # in turn, so that a busy moment of the machine meets both
        for extractor, own in seconds.items():
            own.append(_seconds(partial(extractor, texts)))
    pairs = [pair for pair in zip(student(texts), teacher(texts), strict=True) if pair[0].toxic and pair[1].toxic]
    scores = score_spans([own.spans for own, _ in pairs], [theirs.spans for _, theirs in pairs])
    return scores.char_f1, median(seconds[teacher]) / median(seconds[student])


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(options: DistilOptions) -> Distilled:
    """Run all steps; the student and ``report.json`` lie in the output folder.

    Args:
        options: The options.

    Returns:
        Quality and speed of the student beside the teacher.
    """
    rows = load_rows(options)
    network, own_tokenizer = load_classifier(options.teacher)
    teacher = SpanExtractor(network, own_tokenizer, config=by_gradient(network.config))
    taught = teach(rows, teacher)
    model, tokenizer = rated.load_model(options, taught)
    trainer = rated.build_trainer(options, taught, model, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)
    student = SpanExtractor(model, tokenizer, config=rated.tune_threshold(taught, SpanExtractor(model, tokenizer)))
    report = rated.report(options, rows, [("teacher", teacher), ("student", student)])
    result = Distilled(report, *compare(teacher, student, list(rows.dev["text"])))
    trainer.save_model(options.output)
    content = {**report.to_dict(), "agreement": result.agreement, "speedup": result.speedup}
    text = json.dumps(content, ensure_ascii=False, indent=2)
    Path(options.output, "report.json").write_text(text + "\n", encoding="utf-8")
    return result
