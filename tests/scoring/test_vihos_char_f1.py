"""Promises of `vihos_char_f1` as people call it."""

import pytest

from hf_toxspan.scoring.metric import compute
from hf_toxspan.scoring.vihos_char_f1 import VIHOS_CHAR_F1

INPUTS = {"texts": ["đồ ngu", "hello"], "predictions": [[[3, 6]], []], "references": [[[3, 6]], []]}


def test_marking_nothing_is_no_bad_system_where_many_texts_are_clean() -> None:
    baselines = compute(VIHOS_CHAR_F1, {**INPUTS, "baselines": True})["baselines"]

    assert baselines["mark nothing"]["accuracy"] == pytest.approx((3 / 6 + 1) / 2)
    assert baselines["mark everything"]["accuracy"] == pytest.approx((3 / 6 + 0) / 2)


def test_the_protocols_part_where_composing_marks_shortens_the_text() -> None:
    """Of d + two marks + " ngu" (7 code points) the composed form has 6: RATeD's vector ends before the last letter."""
    inputs = {"texts": ["o\u0302\u0300 ngu"], "predictions": [[[4, 7]]], "references": [[[4, 6]]]}

    raw, composed = (compute(VIHOS_CHAR_F1, {**inputs, "protocol": name})["accuracy"] for name in ("vihatet5", "rated"))
    assert raw == pytest.approx(6 / 7)
    assert composed == 1.0


def test_an_unknown_protocol_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="protocol is 'vihos'; expected one of vihatet5, rated"):
        compute(VIHOS_CHAR_F1, {**INPUTS, "protocol": "vihos"})
