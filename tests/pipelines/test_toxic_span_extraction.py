"""Promises of `hf_toxspan.pipelines.toxic_span_extraction`."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import BertForSequenceClassification, ByT5Tokenizer, PreTrainedTokenizerBase, pipeline

import hf_toxspan
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.extraction import Explanation
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.modeling.labels import UnknownToxicLabelsError
from hf_toxspan.obfuscation.normaliser import build_normaliser
from hf_toxspan.pipelines.text_pipeline import CHUNK
from hf_toxspan.pipelines.toxic_span_extraction import TASK, ToxicSpanExtractionPipeline, as_dict

TEXTS = ["hello world", "you stupid friend", "他真是个蠢货吧，滚！", "", "bạn rất ngu 😀"]


@pytest.fixture
def pipe(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> ToxicSpanExtractionPipeline:
    return pipeline(TASK, model=taught_model, tokenizer=tiny_tokenizer)


def labels_and_spans(results: list[dict[str, Any]]) -> list[Any]:
    return [(result["label"], [(span["start"], span["end"]) for span in result["spans"]]) for result in results]


def test_one_text_gives_one_dict(pipe: ToxicSpanExtractionPipeline) -> None:
    result = pipe("you stupid friend")

    assert result.keys() == {"label", "score", "spans"}
    assert result["label"] == "toxic"
    assert 0.9 < result["score"] <= 1
    assert result["spans"] == [{"start": 4, "end": 10, "text": "stupid", "score": 1.0}]


@pytest.mark.parametrize("kind", [list, tuple, lambda texts: Dataset.from_dict({"text": texts})["text"], np.array])
def test_anything_with_a_length_gives_a_list(pipe: ToxicSpanExtractionPipeline, kind: Any) -> None:
    results = pipe(kind(TEXTS))

    assert isinstance(results, list)
    assert labels_and_spans(results) == [
        ("clean", []),
        ("toxic", [(4, 10)]),
        ("toxic", [(4, 5), (8, 9)]),
        ("clean", []),
        ("toxic", [(8, 11)]),
    ]
    assert pipe(kind(TEXTS[:1])) == results[:1]


def test_nothing_gives_nothing(pipe: ToxicSpanExtractionPipeline) -> None:
    assert pipe([]) == []
    assert list(pipe(iter([]))) == []


def test_an_endless_generator_is_read_as_results_are_asked_for(pipe: ToxicSpanExtractionPipeline) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for text in itertools.cycle(TEXTS):
            read += 1
            yield text

    results = pipe(endless(), batch_size=2)
    assert read == 0

    assert labels_and_spans(list(itertools.islice(results, 200))) == labels_and_spans(pipe(TEXTS * 40))
    assert read <= 4 * CHUNK


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.lists(st.sampled_from([*"蠢滚吧😀", "ngu ", "hello ", "\0", "\ud83d", "fool "]), max_size=9), max_size=8
    ),
    batch_size=st.integers(1, 7),
)
def test_batch_size_never_changes_a_result(
    pipe: ToxicSpanExtractionPipeline, words: list[list[str]], batch_size: int
) -> None:
    texts = ["".join(own) for own in words]
    alone = [pipe(text) for text in texts]

    together = pipe(texts, batch_size=batch_size)

    assert labels_and_spans(together) == labels_and_spans(alone)
    assert [result["score"] for result in together] == pytest.approx([result["score"] for result in alone], abs=1e-5)
    for result, text in zip(together, texts, strict=True):
        assert all(span["text"] == text[span["start"] : span["end"]] for span in result["spans"])
        assert result["label"] == "toxic" or not result["spans"]


def test_spans_of_clean_texts_are_given_on_request_only(pipe: ToxicSpanExtractionPipeline) -> None:
    assert pipe("hello world")["spans"] == []
    assert pipe("hello world", explain_all=True)["spans"] != []
    assert pipe("hello world", explain_all=True)["label"] == "clean"


def test_saliency_has_one_value_a_character_or_is_none(pipe: ToxicSpanExtractionPipeline) -> None:
    toxic, clean, blank = pipe(["you 😀 fool", "hello", " "], return_saliency=True)

    assert len(toxic["saliency"]) == len("you 😀 fool")
    assert all(isinstance(value, float) and 0 <= value <= 1 for value in toxic["saliency"])
    assert max(toxic["saliency"]) == 1
    assert (clean["saliency"], blank["saliency"]) == (None, None)
    assert pipe(" ", return_saliency=True, explain_all=True)["saliency"] == [0.0]


def explanation() -> Explanation:
    saliency = np.array([0.5, 0.7, 0.0, 0.9, 0.0, 1.0, 0.8])
    return Explanation("toxic", 0.75, True, 0.75, saliency, [Span(0, 2), Span(3, 4), Span(5, 7)])


@pytest.mark.parametrize(
    ("most", "kept"), [(None, ["ab", "d", "fg"]), (9, ["ab", "d", "fg"]), (2, ["d", "fg"]), (1, ["d"]), (0, [])]
)
def test_max_spans_keeps_the_strongest_in_text_order(most: int | None, kept: list[str]) -> None:
    """The means are 0.6, 0.9 and 0.9: the first of equals is stronger."""
    result = as_dict(explanation(), "ab d fg", max_spans=most)

    assert [span["text"] for span in result["spans"]] == kept


def test_the_score_of_a_span_is_its_mean_saliency_without_gaps() -> None:
    gaps = Explanation("toxic", 0.75, True, 0.75, np.array([0.5, 0.0, 1.0]), [Span(0, 3)])

    assert as_dict(gaps, "a b") == {
        "label": "toxic",
        "score": 0.75,
        "spans": [{"start": 0, "end": 3, "text": "a b", "score": 0.75}],
    }
    assert [span["score"] for span in as_dict(explanation(), "ab d fg")["spans"]] == [0.6, 0.9, 0.9]


def test_a_second_reading_is_reported_for_each_span_and_off_by_default(
    pipe: ToxicSpanExtractionPipeline,
    taught_model: BertForSequenceClassification,
    tiny_tokenizer: PreTrainedTokenizerBase,
) -> None:
    twice = pipeline(
        TASK, model=taught_model, tokenizer=tiny_tokenizer, second_reading=build_normaliser(["spacing", "leet"])
    )
    texts = ["hello you f.0.0.l, fool", *TEXTS]

    disguised, *others = twice(texts)

    assert disguised["read_as"] == "hello you fool, fool"
    assert [(span["text"], span["read_as"], span["reading"]) for span in disguised["spans"]] == [
        ("f.0.0.l", "fool", ["spacing", "leet"]),
        ("fool", "fool", []),
    ]
    assert others == [{**result, "read_as": None} for result in pipe(TEXTS)]


def test_max_spans_0_gives_no_spans(pipe: ToxicSpanExtractionPipeline) -> None:
    assert pipe("you fool", max_spans=0)["spans"] == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"max_spans": -1}, "max_spans is -1; expected at least 0, or None"),
        ({"batch_size": 0}, "batch_size is 0; expected at least 1"),
        ({"batch_size": -2}, "batch_size is -2; expected at least 1"),
    ],
)
def test_options_out_of_range_are_told(
    pipe: ToxicSpanExtractionPipeline,
    taught_model: BertForSequenceClassification,
    tiny_tokenizer: PreTrainedTokenizerBase,
    options: dict[str, int],
    told: str,
) -> None:
    for inputs in ("you fool", ["you fool"], iter(["you fool"])):
        with pytest.raises(ValueError, match=told):
            pipe(inputs, **options)
    with pytest.raises(ValueError, match=told):
        pipeline(TASK, model=taught_model, tokenizer=tiny_tokenizer, **options)("you fool")


def test_an_unknown_option_is_told(pipe: ToxicSpanExtractionPipeline) -> None:
    with pytest.raises(TypeError, match="explain_everything"):
        pipe("you fool", explain_everything=True)


def test_options_may_be_set_once_for_all_calls(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    pipe = pipeline(
        TASK, model=taught_model, tokenizer=tiny_tokenizer, return_saliency=True, explain_all=True, batch_size=2
    )

    assert len(pipe("hello")["saliency"]) == 5
    assert pipe("hello", explain_all=False)["saliency"] is None


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        (None, "got NoneType; expected a text"),
        (3, "got int; expected a text"),
        (b"you fool", "got bytes; expected a text"),
        ({"text": "you fool"}, "got dict; expected a text"),
        (["you", "fool", None], r"text 2 is NoneType \('None'\); expected str"),
        (["you", 4], r"text 1 is int \('4'\); expected str"),
        (iter([b"you"]), "text 0 is bytes"),
        (["you"] * 200 + [1.5], "text 200 is float"),
    ],
)
def test_what_is_no_text_is_named(pipe: ToxicSpanExtractionPipeline, inputs: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        list(pipe(inputs, batch_size=1))


@pytest.mark.parametrize("strange", ["\0", "\0\0 fool \0", "\ud83d fool", "fool\udc00", "\U0010ffff fool", "\u200b"])
def test_strange_characters_keep_their_places(pipe: ToxicSpanExtractionPipeline, strange: str) -> None:
    result = pipe(strange, return_saliency=True, explain_all=True)

    assert len(result["saliency"]) == len(strange)
    assert ("fool" in strange) == any("fool" in span["text"] for span in result["spans"])


def test_a_float16_checkpoint_runs_in_float32_on_the_cpu(folder: Path, pipe: ToxicSpanExtractionPipeline) -> None:
    BertForSequenceClassification.from_pretrained(folder).half().save_pretrained(folder)

    loaded = pipeline(TASK, model=str(folder), device="cpu")

    assert loaded.model.dtype == torch.float32
    assert labels_and_spans(loaded(TEXTS)) == labels_and_spans(pipe(TEXTS))


def test_a_saved_checkpoint_needs_no_remote_code(folder: Path) -> None:
    loaded = pipeline(TASK, model=str(folder))

    assert isinstance(loaded, hf_toxspan.ToxicSpanExtractionPipeline)
    loaded.save_pretrained(folder / "again")
    assert "custom_pipelines" not in (folder / "again" / "config.json").read_text(encoding="utf-8")
    assert labels_and_spans(pipeline(TASK, model=str(folder / "again"))(TEXTS)) == labels_and_spans(loaded(TEXTS))
    assert not list((folder / "again").glob("*.py"))


def test_the_model_stays_untouched(pipe: ToxicSpanExtractionPipeline, taught_weights: dict[str, torch.Tensor]) -> None:
    pipe(TEXTS, explain_all=True)

    assert all(parameter.grad is None and parameter.requires_grad for parameter in pipe.model.parameters())
    assert all(torch.equal(weight, taught_weights[name]) for name, weight in pipe.model.state_dict().items())


def test_a_tokenizer_without_offsets_is_refused(taught_model: BertForSequenceClassification) -> None:
    with pytest.raises(ValueError, match="ByT5Tokenizer gives no character offsets; expected a fast tokenizer"):
        pipeline(TASK, model=taught_model, tokenizer=ByT5Tokenizer())


def test_toxic_labels_can_be_named(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    del taught_model.config.toxic_labels
    taught_model.config.id2label = {0: "LABEL_0", 1: "LABEL_1"}

    with pytest.raises(UnknownToxicLabelsError, match=r"\['LABEL_0', 'LABEL_1'\]"):
        pipeline(TASK, model=taught_model, tokenizer=tiny_tokenizer)
    named = pipeline(TASK, model=taught_model, tokenizer=tiny_tokenizer, toxic_labels=["LABEL_1"])

    assert labels_and_spans([named("you fool")]) == [("LABEL_1", [(4, 8)])]


def test_the_way_to_read_spans_can_be_given(
    taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase
) -> None:
    chosen = ExtractionConfig("integrated_gradients")

    pipe = pipeline(TASK, model=taught_model, tokenizer=tiny_tokenizer, extraction=chosen)

    assert pipe.extractor.config == chosen
    assert pipe("you fool")["label"] == "toxic"
