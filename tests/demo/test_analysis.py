"""What models say: each in the ways it can, the same as its pipeline says, errors kept in their place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.data.text_records import Record, from_texts
from hf_toxspan.demo.analysis import CASCADE, GRADIENT, RATIONALE, analyse, describe
from hf_toxspan.demo.words import Refused
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.pipelines.toxic_span_extraction import TASK, ToxicSpanExtractionPipeline

TEXTS = ["you stupid friend", "hello friend", "", "你这个笨蛋"]


@pytest.fixture
def build(tiny_tokenizer: PreTrainedTokenizerFast) -> Callable[[Any], ToxicSpanExtractionPipeline]:
    return lambda model: ToxicSpanExtractionPipeline(model=model, tokenizer=tiny_tokenizer, task=TASK, device="cpu")


@pytest.fixture
def plain(build: Any, taught_model: BertForSequenceClassification) -> ToxicSpanExtractionPipeline:
    return build(taught_model)


@pytest.fixture
def rationale(build: Any, taught_rationale_model: RationaleForToxicSpans) -> ToxicSpanExtractionPipeline:
    return build(taught_rationale_model)


def test_a_model_offers_what_it_can_do_and_its_own_way_first(plain: Any, rationale: Any) -> None:
    assert describe(plain, None).methods == (GRADIENT,)
    assert describe(rationale, None).methods == (RATIONALE, GRADIENT)


def test_a_folder_is_called_by_its_last_part_and_no_two_systems_alike(plain: Any, tmp_path: Path) -> None:
    assert describe(plain, str(tmp_path)).name == tmp_path.name
    assert describe(plain, "owner/model").name == "owner/model"
    assert describe(plain, None, taken=["toxspan-small"]).name == "toxspan-small (2)"


def test_results_are_the_pipelines_with_probabilities(plain: Any) -> None:
    rows = analyse(list(from_texts(TEXTS)), [describe(plain, None)], GRADIENT)
    for row, text, expected in zip(rows, TEXTS, plain(TEXTS, return_saliency=True), strict=True):
        (answer,) = row.answers
        assert row.text == text
        assert {name: answer.result[name] for name in expected} == expected
        assert answer.result["toxic"] == (expected["label"] == "toxic")
        assert sum(answer.result["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert answer.result["probabilities"][expected["label"]] == pytest.approx(expected["score"], abs=1e-6)


def test_a_rationale_model_explains_by_tags_and_by_gradient(rationale: Any) -> None:
    system = describe(rationale, None)
    (tagged,), (graded,) = (analyse(list(from_texts(TEXTS[:1])), [system], way) for way in (RATIONALE, GRADIENT))
    assert tagged.answers[0].result["spans"][0]["text"] == "stupid"
    assert graded.answers[0].method == GRADIENT
    assert tagged.answers[0].result["saliency"] != graded.answers[0].result["saliency"]
    assert tagged.answers[0].result["score"] == pytest.approx(graded.answers[0].result["score"], abs=1e-6)


def test_what_one_model_cannot_do_it_does_in_its_own_way(plain: Any, rationale: Any) -> None:
    systems = [describe(plain, "a/b"), describe(rationale, "c/d")]
    (row,) = analyse(list(from_texts(TEXTS[:1])), systems, RATIONALE)
    assert [(own.system, own.method) for own in row.answers] == [("a/b", GRADIENT), ("c/d", RATIONALE)]


def test_clean_texts_are_explained_on_demand(plain: Any) -> None:
    system = describe(plain, None)
    (silent,), (told,) = (
        analyse(list(from_texts(["hello"])), [system], GRADIENT, explain_all=own) for own in (False, True)
    )
    assert silent.answers[0].result["saliency"] is None and len(told.answers[0].result["saliency"]) == 5


def test_a_line_that_could_not_be_read_keeps_its_place(plain: Any) -> None:
    records = [Record(1, "you fool", {"id": "c1"}), Record(2, "", {}, "byte \udcff"), Record(3, "hi", {})]
    rows = analyse(records, [describe(plain, None)], GRADIENT)
    assert [(row.name, len(row.answers)) for row in rows] == [("c1", 1), ("2", 0), ("3", 1)]
    assert "\udcff" not in (rows[1].error or "")


def test_a_method_that_nobody_knows_is_refused(plain: Any) -> None:
    for method in (CASCADE, "../../etc/passwd", ""):
        with pytest.raises(Refused, match="does not have"):
            analyse(list(from_texts(["hi"])), [describe(plain, None)], method)
