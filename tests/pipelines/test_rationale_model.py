"""The pipeline with a rationale model; and that no model ever splits what a reader sees as one character.

The tokenizer of the second half has a token for each code point, so that what models with lively weights mark, as good
as drawn by lot, begins and ends inside of grapheme clusters all the time.
"""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerBase, PreTrainedTokenizerFast
from transformers import pipeline as load

from hf_toxspan.core.spans import check, merge
from hf_toxspan.modeling.extraction_config import TAGS, ExtractionConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.obfuscation.normaliser import build_normaliser
from hf_toxspan.pipelines.toxic_span_extraction import TASK, ToxicSpanExtractionPipeline

Build = Callable[..., RationaleForToxicSpans]

CLUSTERS = [
    "e\u0301", unicodedata.normalize("NFD", "ế"), "Z\u0351\u036b\u0343\u036a\u0302", "👩\u200d👩\u200d👧", "👍🏿", "🇻🇳",
    "✈\ufe0f", "1\ufe0f\u20e3", "\u1112\u1161\u11ab", "कि", "\r\n", "a\u200d", "s\u200bt", "貨", "f.o.o.l", "f00l ",
]  # fmt: skip
PIECES = [*CLUSTERS, "蠢", "x", " ", "\u0301", "\u200d", "\u200b", "🇻", "\ud83d", "\0"]
MIXED = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@pytest.fixture
def folder(
    tmp_path: Path, taught_rationale_model: RationaleForToxicSpans, tiny_tokenizer: PreTrainedTokenizerBase
) -> Path:
    taught_rationale_model.config.span_extraction = ExtractionConfig(TAGS, threshold=0.4).to_dict()
    taught_rationale_model.save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    return tmp_path


def test_a_saved_rationale_model_is_loaded_by_its_folder_alone(folder: Path) -> None:
    pipe = load(TASK, model=str(folder))

    result = pipe("you are a stupid idiot, thank you", return_saliency=True)

    assert isinstance(pipe.model, RationaleForToxicSpans)
    assert pipe.extractor.config == ExtractionConfig(TAGS, threshold=0.4)
    assert (result["label"], [span["text"] for span in result["spans"]]) == ("toxic", ["stupid", "idiot"])
    assert 0.4 <= result["spans"][0]["score"] <= 1
    assert len(result["saliency"]) == 33 and max(result["saliency"]) <= 1
    assert pipe("hello")["spans"] == [] == pipe("hello", explain_all=True)["spans"]


def test_a_saved_pipeline_needs_no_remote_code(folder: Path) -> None:
    pipe = load(TASK, model=str(folder))

    pipe.save_pretrained(folder / "again")

    texts = ["you are a stupid idiot", "他真是个蠢货吧，滚！", "", "hello " * 200]
    assert load(TASK, model=str(folder / "again"))(texts) == pipe(texts)
    assert not list((folder / "again").glob("*.py"))
    config = (folder / "again" / "config.json").read_text(encoding="utf-8")
    assert "auto_map" not in config and "custom_pipelines" not in config


def test_the_strongest_spans_are_kept_in_text_order(folder: Path) -> None:
    pipe = load(TASK, model=str(folder))
    text = "you idiot and they are stupid and trash"
    spans = pipe(text)["spans"]
    assert len(spans) == 3

    (strongest,) = pipe(text, max_spans=1)["spans"]

    assert strongest == max(spans, key=lambda span: span["score"])
    assert pipe(text, max_spans=0)["spans"] == []
    assert pipe(text, max_spans=3)["spans"] == spans


def test_a_second_reading_finds_what_was_disguised(folder: Path) -> None:
    pipe = load(TASK, model=str(folder), second_reading=build_normaliser(["invisible", "spacing"]))

    result = pipe("hello you s.t.u.p.i.d")

    assert [(span["text"], span["read_as"]) for span in result["spans"]] == [("s.t.u.p.i.d", "stupid")]


@pytest.fixture(scope="module")
def characters() -> PreTrainedTokenizerFast:
    """One token a code point."""
    known = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"".join(PIECES).replace("\ud83d", "")])
    tokenizer = Tokenizer(WordLevel({piece: place for place, piece in enumerate(known)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=16, **special)


@pytest.fixture(scope="module", params=["tags", "gradient of a classifier", "gradient of a rationale model"])
def pipe(
    request: pytest.FixtureRequest, build_rationale: Build, characters: PreTrainedTokenizerFast
) -> ToxicSpanExtractionPipeline:
    model = build_rationale(lively=True)
    if request.param == "gradient of a classifier":
        config = BertConfig(**{**model.config.text_config.to_dict(), "id2label": model.config.id2label})
        classifier = BertForSequenceClassification(config)
        classifier.bert.load_state_dict(model.encoder.state_dict(), strict=False)
        classifier.classifier.weight.data.mul_(8)
        return load(TASK, model=classifier, tokenizer=characters, toxic_labels=["toxic"])
    extraction = ExtractionConfig() if "gradient" in request.param else ExtractionConfig(TAGS)
    return load(TASK, model=model, tokenizer=characters, extraction=extraction)


def assert_spans_quote_whole_clusters(pipe: ToxicSpanExtractionPipeline, text: str) -> None:
    spans = pipe(text, explain_all=True)["spans"]

    borders = {0, *(cluster.end() for cluster in regex.finditer(r"\X", text))}
    pairs = [(span["start"], span["end"]) for span in spans]
    assert all({start, end} <= borders for start, end in pairs)
    assert pairs == merge(check(pairs, length=len(text)))
    assert [span["text"] for span in spans] == [text[start:end] for start, end in pairs]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=MIXED | st.text(max_size=20))
def test_a_span_never_splits_a_grapheme_cluster(pipe: ToxicSpanExtractionPipeline, text: str) -> None:
    assert_spans_quote_whole_clusters(pipe, text)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=MIXED)
def test_nor_does_one_of_the_second_reading(pipe: ToxicSpanExtractionPipeline, text: str) -> None:
    normalise = build_normaliser(["width", "invisible", "traditional", "spacing", "leet"])
    twice = load(TASK, model=pipe.model, tokenizer=pipe.tokenizer, second_reading=normalise, toxic_labels=["toxic"])

    assert_spans_quote_whole_clusters(twice, text)


def test_lively_models_mark_parts_of_clusters_and_neither_all_nor_nothing(pipe: ToxicSpanExtractionPipeline) -> None:
    """What the two tests above rest on."""
    text = "".join(CLUSTERS)
    saliency = pipe(text, explain_all=True, return_saliency=True)["saliency"]

    assert max(saliency) > 0.5 > min(saliency)
    apart = [saliency[cluster.start()] != saliency[cluster.end() - 1] for cluster in regex.finditer(r"\X", text)]
    assert sum(apart) > 5
