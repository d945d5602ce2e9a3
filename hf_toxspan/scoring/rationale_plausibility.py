"""`rationale_plausibility`: whether a model's evidence is what people would mark, by the rules of ERASER or RATeD."""

from collections.abc import Mapping
from typing import Any

from hf_toxspan.core.plausibility import check_rationale, tally_plausibility
from hf_toxspan.core.pooled_plausibility import PooledRanking, tally_pooled_plausibility
from hf_toxspan.core.spans import Span, to_mask
from hf_toxspan.core.tallies import Corpus, Together
from hf_toxspan.scoring.inputs import COUNT, NUMBERS, SHARE, TOKEN_SPANS, one_of
from hf_toxspan.scoring.metric import Input, Inputs, Metric, Option, Options
from hf_toxspan.scoring.trivial import systems


def _tally(inputs: Inputs, options: Options) -> Corpus:
    given = inputs["predictions"], inputs["references"], inputs["lengths"]
    threshold, scores = options["iou_threshold"], inputs.get("scores")
    if options["protocol"] == "eraser":
        return tally_plausibility(*given, scores=scores, iou_threshold=threshold)
    counted = tally_pooled_plausibility(*given, iou_threshold=threshold)
    return counted if scores is None else Together((counted, PooledRanking(scores, inputs["references"])))


def _check_text(text: Mapping[str, Any]) -> None:
    check_rationale(text["predictions"], text["references"], text["lengths"], text.get("scores"))


def _baselines(inputs: Inputs) -> dict[str, Inputs]:
    """Marks are scored 1 and the other tokens 0, where the system has scores too."""
    annotator = inputs.get("annotator")
    return systems(
        nothing=_marked(inputs, [[] for _ in inputs["lengths"]]),
        everything=_marked(inputs, [[Span(0, length)] if length else [] for length in inputs["lengths"]]),
        annotator=None if annotator is None else _marked(inputs, annotator),
    )


def _marked(inputs: Inputs, spans: list[list[Span]]) -> Inputs:
    if "scores" not in inputs:
        return {"predictions": spans}
    masks = [to_mask(marks, length) for marks, length in zip(spans, inputs["lengths"], strict=True)]
    return {"predictions": spans, "scores": [mask.astype(float).tolist() for mask in masks]}


RATIONALE_PLAUSIBILITY = Metric(
    name="rationale_plausibility",
    summary="Token spans against people's rationales: IoU F1, token F1 and ranking (ERASER, HateXplain, RATeD).",
    inputs={
        "predictions": Input(
            TOKEN_SPANS,
            "a system's token spans",
            by_system=True,
            columns=("predictions", "prediction", "spans"),
            nothing=(),
        ),
        "references": Input(TOKEN_SPANS, "gold token spans", columns=("references", "reference", "gold", "spans")),
        "lengths": Input(COUNT, "its number of tokens", columns=("length", "lengths", "tokens")),
        "scores": Input(NUMBERS, "a system's score of each token", by_system=True, required=False, columns=("scores",)),
        "annotator": Input(TOKEN_SPANS, "one annotator's token spans", required=False, columns=("annotator",)),
    },
    options={
        "protocol": Option("eraser", one_of("eraser", "rated"), "whose rules"),
        "iou_threshold": Option(0.5, SHARE, "lowest IoU of a hit"),
    },
    tally=_tally,
    baselines=_baselines,
    check_text=_check_text,
)
