"""Promises of `hf_toxspan.pipelines.cascade_judge`."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase, pipeline

from hf_toxspan.core.routing import EVERYTHING, NOTHING, Region
from hf_toxspan.core.verdicts import MergeRules
from hf_toxspan.llm.calls import Answer, CallError
from hf_toxspan.llm.pacing import Budget, Retries
from hf_toxspan.llm.store import AnswerStore
from hf_toxspan.pipelines.cascade_judge import CASCADE_TASK, CascadeJudgePipeline
from hf_toxspan.pipelines.toxic_span_extraction import TASK
from tests.judging.judges import WordJudge
from tests.llm.test_runner import Echo

TEXTS = ["hello world", "you stupid friend", "他真是个蠢货吧，滚！", "", "bạn rất ngu 😀"]
Act = Callable[[str], Answer | CallError]
Build = Callable[..., CascadeJudgePipeline]


@pytest.fixture
def build(taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase) -> Build:
    def make(act: Act = lambda _: Answer("clean"), region: Region = EVERYTHING, **given: Any) -> CascadeJudgePipeline:
        llm = given.pop("llm", None) or Echo(act)
        questions = given.pop("questions", 1)
        return pipeline(
            CASCADE_TASK,
            model=taught_model,
            tokenizer=tiny_tokenizer,
            judge=WordJudge(questions),
            llm=llm,
            region=region,
            **given,
        )

    return make


@pytest.fixture
def plain(taught_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerBase) -> Any:
    return pipeline(TASK, model=taught_model, tokenizer=tiny_tokenizer)


def test_outside_the_region_the_answer_is_the_plain_pipelines_and_nobody_is_asked(build: Build, plain: Any) -> None:
    llm = Echo()
    results = build(llm=llm, region=NOTHING)(TEXTS)
    for result, expected in zip(results, plain(TEXTS), strict=True):
        assert (result["path"], result["judge"]) == ("fast", None)
        assert result["confidence"] == pytest.approx(expected["score"])
        assert [span.pop("source") for span in result["spans"]] == ["backbone"] * len(expected["spans"])
        assert {name: result[name] for name in expected} == expected
    assert llm.asked == []


def test_the_judge_sees_the_text_alone(build: Build) -> None:
    llm = Echo(lambda _: Answer("clean"))
    build(llm=llm)(TEXTS)
    assert sorted(llm.asked) == sorted(TEXTS)


def test_a_judge_may_clear_a_text_and_condemn_another(build: Build) -> None:
    pipe = build(lambda text: Answer("clean 0.20" if "stupid" in text else "toxic 0.90: world"))
    condemned, cleared = pipe(["hello world", "you stupid friend"])
    assert (condemned["label"], condemned["score"]) == ("toxic", pytest.approx(0.9))
    assert condemned["spans"] == [{"start": 6, "end": 11, "text": "world", "score": 0.9, "source": "judge"}]
    assert (cleared["label"], cleared["score"], cleared["spans"]) == ("clean", pytest.approx(0.8), [])
    assert cleared["backbone"]["label"] == "toxic" and cleared["backbone"]["spans"] == [[4, 10]]
    judge = cleared["judge"]
    assert (judge["status"], judge["toxic"], judge["toxicity"], judge["rationale"]) == (
        "judged",
        False,
        0.2,
        "so it is",
    )
    assert (judge["raw"], judge["calls"], judge["cached"], cleared["path"]) == ("clean 0.20", 1, 0, "judge")


def test_evidence_of_both_is_joined(build: Build) -> None:
    (result,) = build(lambda _: Answer("toxic: stupid friend"))(["you stupid friend"])
    assert [(span["text"], span["source"]) for span in result["spans"]] == [("stupid friend", "both")]
    (result,) = build(lambda _: Answer("toxic: friend"))(["you stupid friend"])
    assert [(span["text"], span["source"]) for span in result["spans"]] == [("stupid", "backbone"), ("friend", "judge")]
    assert [span["score"] for span in result["spans"]] == [1.0, None]
    (limited,) = build(lambda _: Answer("toxic 0.70: friend"))(["you stupid friend"], max_spans=1)
    assert [(span["text"], span["score"]) for span in limited["spans"]] == [("stupid", 1.0)]


def test_a_condemned_text_without_quotes_is_explained_by_the_backbone(build: Build, plain: Any) -> None:
    (result,) = build(lambda _: Answer("toxic"))(["hello world"])
    (expected,) = plain(["hello world"], explain_all=True)
    assert [(span["start"], span["end"]) for span in result["spans"]] == [
        (span["start"], span["end"]) for span in expected["spans"]
    ]
    assert all(span["source"] == "backbone" for span in result["spans"])


def test_explain_all_shows_the_backbones_evidence_of_cleared_texts(build: Build) -> None:
    (result,) = build()(["you stupid friend"], explain_all=True)
    assert result["label"] == "clean"
    assert [(span["text"], span["source"]) for span in result["spans"]] == [("stupid", "backbone")]


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda _: Answer("SAFE"), "unparsed"),
        (lambda _: Answer(""), "unparsed"),
        (lambda _: Answer("clean, toxic"), "unparsed"),
        (lambda _: CallError("timeout", "late"), "failed"),
        (lambda _: CallError("request", "too long"), "failed"),
        (lambda _: CallError("refused", "HTTP 401"), "failed"),
    ],
)
def test_no_broken_judge_makes_a_text_clean(build: Build, act: Act, status: str) -> None:
    retries = Retries(attempts=2, first_wait=0.01)
    (result,) = build(act, retries=retries)(["you stupid friend"])
    assert (result["label"], result["path"], result["judge"]["status"]) == ("toxic", "judge", status)
    assert [span["text"] for span in result["spans"]] == ["stupid"]
    assert result["judge"]["toxic"] is None and result["judge"]["detail"]


def test_a_dead_server_is_asked_a_few_times_and_every_text_has_its_answer(build: Build, plain: Any) -> None:
    llm = Echo(lambda _: CallError("connection", "nobody there"), concurrency=2)
    pipe = build(llm=llm, retries=Retries(attempts=1, give_up_after=3, probe_every=60))
    texts = [f"you stupid friend {number}" for number in range(300)]
    results = pipe(texts)
    assert [result["label"] for result in results] == [result["label"] for result in plain(texts)]
    assert {result["judge"]["status"] for result in results} == {"failed", "stopped"}
    assert len(llm.asked) <= 4
    pipe(texts)
    assert len(llm.asked) <= 4


def test_safeguards_keep_a_sure_toxic_label(build: Build) -> None:
    (kept,) = build(rules=MergeRules(keep_toxic=0.85))(["you stupid friend"])
    assert (kept["label"], kept["judge"]["toxic"]) == ("toxic", False)
    assert [span["text"] for span in kept["spans"]] == ["stupid"]


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_order_is_kept_whatever_the_batch_and_however_answers_come(build: Build, batch_size: int) -> None:
    def act(text: str) -> Answer:
        time.sleep(0.02 * (len(text) % 3))
        return Answer("toxic" if len(text) % 2 else "clean")

    pipe = build(act)
    texts = ["a" * number for number in range(20)]
    results = pipe(texts, batch_size=batch_size)
    assert [result["label"] for result in results] == ["toxic" if number % 2 else "clean" for number in range(20)]
    assert list(pipe(iter(texts), batch_size=batch_size))[:3] != []
    assert [result["label"] for result in pipe(iter(texts))] == [result["label"] for result in results]


def test_fast_texts_are_handed_over_while_others_are_judged(build: Build) -> None:
    gate = threading.Event()

    def act(_: str) -> Answer:
        gate.wait(10)
        return Answer("clean")

    stream = build(act, Region(by_label={"toxic": (0, 1)}, low=0, high=0)).stream(TEXTS)
    first = [next(stream) for _ in range(2)]
    assert [place for place, _ in first] == [0, 3] and not gate.is_set()
    gate.set()
    rest = dict(stream)
    assert sorted(rest) == [1, 2, 4] and {result["path"] for result in rest.values()} == {"judge"}


def test_a_stream_left_early_asks_no_more(build: Build) -> None:
    llm = Echo(lambda _: Answer("clean"), concurrency=1)
    stream = build(llm=llm).stream(f"text {number}" for number in range(1000))
    next(stream)
    stream.close()
    count = len(llm.asked)
    time.sleep(0.05)
    assert len(llm.asked) == count < 1000


def test_an_endless_input_does_not_run_ahead(build: Build) -> None:
    drawn = 0

    def texts() -> Iterator[str]:
        nonlocal drawn
        while True:
            drawn += 1
            yield "hello"

    stream = build(region=NOTHING).stream(texts(), batch_size=1)
    for _ in range(3):
        next(stream)
    stream.close()
    assert drawn <= 8


def test_what_was_judged_is_not_judged_again(build: Build, tmp_path: Path) -> None:
    llm = Echo(lambda _: Answer("clean"))
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        first = build(llm=llm, store=store)(["hello", "hello", "world"])
        second = build(llm=llm, store=store)(["world", "hello"])
    assert len(llm.asked) == 2
    assert sorted((result["judge"]["calls"], result["judge"]["cached"]) for result in first) == [(0, 1), (1, 0), (1, 0)]
    assert [(result["judge"]["calls"], result["judge"]["cached"]) for result in second] == [(0, 1), (0, 1)]


def test_a_budget_leaves_the_backbones_answer(build: Build) -> None:
    results = build(budget=Budget(calls=1), llm=Echo(lambda _: Answer("clean"), concurrency=1))(TEXTS)
    assert [result["judge"]["status"] for result in results].count("judged") == 1
    assert {result["judge"]["status"] for result in results} == {"judged", "budget"}


def test_bad_input_is_named_and_an_empty_list_is_one(build: Build) -> None:
    assert build()([]) == []
    with pytest.raises(TypeError, match="text 1 is int"):
        build()(["a", 1])
    with pytest.raises(ValueError, match="other"):
        build(region=Region(by_label={"other": (0, 1)}))


def test_one_text_gives_one_dict(build: Build) -> None:
    assert build(questions=2)("you stupid friend")["label"] == "clean"
