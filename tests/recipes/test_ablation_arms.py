"""Promises of `hf_toxspan.recipes.ablation_arms`."""

from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.recipes.ablation_arms import ARMS, annotate, give_reasons, read_texts, run_arm, warm_up
from hf_toxspan.recipes.ablation_rows import AblationOptions, Rows, load_rows


def row(text: str, spans: list[list[int]] | None, **fields: Any) -> dict[str, Any]:
    toxic = spans is None or bool(spans)
    return {"id": text, "text": text, "label": "toxic" if toxic else "clean", "toxic": toxic, "spans": spans, **fields}


TEXTS = [row("you are a fool", [[10, 14]]), row("they are trash", [[9, 14]]), row("hello world", [])]


def test_the_data_set_itself_can_be_the_annotator() -> None:
    rows = Rows(TEXTS, [], [], [], [])

    assert annotate("gold", rows, extractor=None) == TEXTS


def test_clues_are_what_the_warm_model_marks(
    taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    unmarked = [{**one, "spans": None} if one["toxic"] else one for one in TEXTS]

    found = annotate("clue", Rows(unmarked, [], [], [], []), SpanExtractor(taught_model, tiny_tokenizer))

    assert [one["spans"] for one in found] == [[[10, 14]], [[9, 14]], []]


def test_a_lexicon_is_mined_from_labels_alone() -> None:
    toxic = [row(f"you {word} fool", None) for word in ("are a", "silly", "big", "old", "such a", "poor")]
    clean = [row(f"you {word} friend", []) for word in ("are a", "silly", "big", "old", "such a", "poor")]

    found = annotate("lexicon", Rows([*toxic, row("have a nice day", None), *clean], [], [], [], []), extractor=None)

    quoted = [[one["text"][start:end] for start, end in one["spans"]] for one in found[:6]]
    assert quoted == [["fool"]] * 6
    assert found[6]["spans"] is None  # nothing found is not "nothing toxic"
    assert [one["spans"] for one in found[7:]] == [[]] * 6


def test_only_toxic_rows_with_spans_get_reasons() -> None:
    rows = [row("you fool", [[4, 8]], neutral="I disagree"), row("you fool", None), row("hello", [])]

    give_reasons(rows, "neutral")

    assert [(one["reason_toxic"], one["reason_clean"]) for one in rows] == [("fool", "I disagree"), *[(None, None)] * 2]


@pytest.mark.parametrize("arm", ARMS[-1:], ids=lambda arm: arm.name)
def test_an_arm_goes_on_from_the_warm_model_and_reads_every_test_text(
    ablation_options: AblationOptions, tmp_path: Path, arm: Any
) -> None:
    rows = load_rows(ablation_options)
    warm_up(ablation_options, rows, 1, tmp_path / "warm")

    result = run_arm(ablation_options, arm, rows, 1, tmp_path / "warm")

    assert {len(found) for found in result["spans"].values()} == {len(rows.test)}
    assert [len(values) for values in result["saliency"]] == [len(one["text"]) for one in rows.test]
    assert 0 <= result["macro_f1"] <= 1
    assert len(result["predicted"]) == len(rows.dev)


def test_a_model_that_knows_the_words_finds_them_with_either_extractor(
    taught_model: PreTrainedModel, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    texts = TEXTS[:2]

    found = read_texts(SpanExtractor(taught_model, tiny_tokenizer), Rows([], [], texts, texts, TEXTS))

    assert found["macro_f1"] == 1
    assert found["k"] == 1
    assert found["spans"]["BiCSE"] == found["spans"]["top-k"] == [[(10, 14)], [(9, 14)]]
