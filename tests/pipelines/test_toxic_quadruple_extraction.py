"""The pipeline of quadruples: a chat model that votes, or the encoder; one contract."""

import json
from pathlib import Path

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from transformers import PreTrainedTokenizerFast, pipeline

from hf_toxspan.core.quadruple_places import LocatedQuadruple, locate_quadruples
from hf_toxspan.core.quadruples import Quadruple
from hf_toxspan.core.spans import Span
from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.core.voting import Ballot
from hf_toxspan.generation.quadruple_voter import Voted, Voting
from hf_toxspan.llm.calls import Parameters
from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.pipelines.toxic_quadruple_extraction import (
    QUADRUPLE_TASK,
    ToxicQuadrupleExtractionPipeline,
    voted_dict,
)

KEYS = {"label", "score", "spans", "quadruples", "votes", "agreement", "generations", "stopped_by", "status"}
TEXT = "what a fool you are , fool"


def voted(*quadruples: Quadruple, status: str = "voted", detail: str = "") -> Voted:
    ballot = Ballot(VoteRule("fixed", max_rounds=2, settle=False), 2)
    for vote in ("a", "a", "a", "b"):
        ballot.cast(ballot.wanted()[0], vote)
    located = locate_quadruples(quadruples, TEXT)
    cost = {"calls": 4, "cached": 0, "prompt_tokens": 9, "completion_tokens": 9}
    return Voted(located, status, detail, ballot.result(), [("a", 3), ("b", 1)], [], ["7"], cost)  # type: ignore[arg-type]


def test_a_vote_becomes_the_dict_of_the_contract() -> None:
    found = voted_dict(voted(Quadruple("you", "fool", "others, Region", True)), TEXT)
    assert found["quadruples"] == [
        {
            "target": "you",
            "argument": "fool",
            "groups": ["others", "Region"],
            "hateful": True,
            "target_span": [12, 15],
            "argument_span": [7, 11],
        }
    ]
    assert (found["label"], found["score"], found["agreement"]) == ("hate", 0.75, 0.75)
    assert [span["text"] for span in found["spans"]] == ["fool", "you"]
    assert found["votes"] == [{"answer": "a", "votes": 3}, {"answer": "b", "votes": 1}]
    assert (found["generations"], found["stopped_by"], found["status"]) == (4, "cap", "voted")
    assert json.loads(json.dumps(found)) == found


def test_what_is_not_hateful_is_a_quadruple_and_no_span() -> None:
    found = voted_dict(voted(Quadruple("NULL", "fool", "non-hate", False)), TEXT)
    assert (found["label"], found["spans"]) == ("non-hate", [])
    (quadruple,) = found["quadruples"]
    assert (quadruple["target"], quadruple["groups"], quadruple["target_span"]) == (None, [], None)
    assert quadruple["argument_span"] == [7, 11]


def test_a_vote_without_a_decision_is_no_clean_text() -> None:
    found = voted_dict(voted(status="failed", detail="the server was down"), TEXT)
    assert (found["label"], found["score"], found["quadruples"]) == (None, None, [])
    assert (found["status"], found["detail"]) == ("failed", "the server was down")


@given(st.text(max_size=30), st.data())
def test_spans_quote_the_text_in_any_script(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text))
    pieces = [sorted((data.draw(places), data.draw(places))) for _ in range(4)]
    quotes = [text[start:end] for start, end in pieces]
    rows = [Quadruple(quotes[0], quotes[1], "others", True), Quadruple(quotes[2], quotes[3], "non-hate", False)]
    for quadruple, target, argument in locate_quadruples(rows, text):
        for quote, span in ((quadruple.target, target), (quadruple.argument, argument)):
            if quote.strip() and quote != "NULL":
                assert span is not None and text[slice(*span)] == quote.strip()
            else:
                assert span is None


def test_overlapping_evidence_is_one_span() -> None:
    places = [LocatedQuadruple(Quadruple("a", "b", "others", True), Span(0, 6), Span(5, 11))]
    found = voted_dict(voted()._replace(quadruples=places), TEXT)
    assert [(span["start"], span["end"], span["text"]) for span in found["spans"]] == [(0, 11, "what a fool")]


@pytest.fixture
def encoder_folder(tiny_tokenizer: PreTrainedTokenizerFast, tiny_model: torch.nn.Module, tmp_path: Path) -> Path:
    tiny_model.save_pretrained(tmp_path / "bert")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        QuadrupleEncoder.from_encoder(str(tmp_path / "bert")).save_pretrained(tmp_path / "encoder")
    tiny_tokenizer.save_pretrained(tmp_path / "encoder")
    return tmp_path / "encoder"


def test_an_encoder_answers_in_the_same_shape(encoder_folder: Path) -> None:
    pipe = pipeline(QUADRUPLE_TASK, model=str(encoder_folder))
    assert isinstance(pipe, ToxicQuadrupleExtractionPipeline)
    one, many = pipe(TEXT), pipe([TEXT, "", "你好 world"], batch_size=2)
    assert many[0] == one and set(one) == KEYS and many[1]["quadruples"] == []
    for result, text in zip(many, [TEXT, "", "你好 world"], strict=True):
        for quadruple in result["quadruples"]:
            start, end = quadruple["argument_span"]
            assert text[start:end] == quadruple["argument"]
    assert list(pipe(iter([TEXT]))) == [one]
    with pytest.raises(TypeError, match="text 1 is int"):
        pipe([TEXT, 3])


def test_an_encoder_takes_no_options_of_a_vote(encoder_folder: Path) -> None:
    with pytest.raises(ValueError, match="the model is an encoder"):
        pipeline(QUADRUPLE_TASK, model=str(encoder_folder), rule=VoteRule("esc"))


def test_a_chat_model_votes_and_batches_change_nothing(chat_folder: Path) -> None:
    voting = Voting(parameters=Parameters(max_tokens=4, temperature=1.0))
    rule = VoteRule("fixed", max_rounds=3)
    pipe = pipeline(QUADRUPLE_TASK, model=str(chat_folder), rule=rule, voting=voting)
    results = pipe([TEXT, "hello"])
    assert [result["generations"] for result in results] == [3, 3] and set(results[0]) > KEYS
    assert all(result["status"] in ("voted", "unparsed") for result in results)
    assert pipe([TEXT, "hello"], batch_size=1)[0]["votes"] == results[0]["votes"]


def test_a_model_that_is_neither_is_named(tiny_model: torch.nn.Module, tiny_tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ValueError, match="BertForSequenceClassification without a chat template"):
        ToxicQuadrupleExtractionPipeline(model=tiny_model, tokenizer=tiny_tokenizer, task=QUADRUPLE_TASK)


def test_without_a_model_the_error_says_that_none_ships() -> None:
    with pytest.raises(ValueError, match="none ships with the package: pass model="):
        pipeline(QUADRUPLE_TASK)
