"""`toxic_span_f1`: character spans against gold spans."""

from collections.abc import Mapping
from typing import Any

from hf_toxspan.core.span_scores import tally_spans
from hf_toxspan.core.spans import check
from hf_toxspan.scoring.inputs import SPANS, TEXT
from hf_toxspan.scoring.metric import Input, Metric
from hf_toxspan.scoring.trivial import for_spans


def _check_text(text: Mapping[str, Any]) -> None:
    """Find the span outside its text, where the text is given."""
    if "texts" in text:
        for name in ("predictions", "references"):
            check(text[name], length=len(text["texts"]))


TOXIC_SPAN_F1 = Metric(
    name="toxic_span_f1",
    summary="Character spans against gold spans: spans that touch, characters pooled, means over texts.",
    inputs={
        "predictions": Input(
            SPANS, "a system's spans", by_system=True, columns=("predictions", "prediction", "spans"), nothing=()
        ),
        "references": Input(SPANS, "gold spans", columns=("references", "reference", "gold", "spans")),
        "texts": Input(TEXT, "the texts, for mark everything and to check ends", required=False, columns=("text",)),
        "annotator": Input(SPANS, "one annotator's spans", required=False, columns=("annotator",)),
    },
    options={},
    tally=lambda inputs, options: tally_spans(inputs["predictions"], inputs["references"]),
    baselines=for_spans,
    check_text=_check_text,
)
