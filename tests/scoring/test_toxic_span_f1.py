"""Promises of `toxic_span_f1` as people call it."""

import pytest

from hf_toxspan.scoring.metric import compute
from hf_toxspan.scoring.toxic_span_f1 import TOXIC_SPAN_F1


@pytest.mark.parametrize("side", ["predictions", "references"])
def test_a_span_outside_its_text_is_named_where_texts_are_given(side: str) -> None:
    spans = {"predictions": [[], []], "references": [[], []], side: [[], [[2, 9]]]}

    assert compute(TOXIC_SPAN_F1, spans)["char_f1"] == 0
    with pytest.raises(ValueError, match=r"predictions\[1\]: span 0 is \[2, 9\); expected .* <= 5, the length"):
        compute(TOXIC_SPAN_F1, {**spans, "texts": ["a", "hello"]})


def test_an_empty_corpus_scores_zero() -> None:
    assert set(compute(TOXIC_SPAN_F1, {"predictions": [], "references": []}).values()) == {0.0}
