"""Texts are voted on through a model: each draw paid once, each failure a status, always an end."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.generation.polls import Reading
from hf_toxspan.generation.prompts import write_prompts
from hf_toxspan.generation.quadruple_voter import QuadrupleVoter, Voted, Voting
from hf_toxspan.llm.calls import CallError, Parameters, Request
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.llm.pacing import Budget, Retries
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.server import ServerLLM
from hf_toxspan.llm.store import AnswerStore
from hf_toxspan.retrieval.demonstration_file import Demonstration
from hf_toxspan.retrieval.demonstrations import DemonstrationStore
from hf_toxspan.retrieval.embeddings import Vectors
from tests.chat_servers import Serve, cut, says
from tests.generation.conftest import BuildAsker, Scripted

SILLY, UGLY = "you | silly | others [END]", "you | ugly | others [END]"
FIXED = VoteRule("fixed", max_rounds=3, settle=False)
TEXTS = ["you silly goose", "you ugly duckling", "what a day"]


class Letters:
    """Makes of a text how often each letter stands in it."""

    fingerprint = "letters"

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        counts = np.array([[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])
        vectors = counts.reshape(len(texts), 26).astype(np.float32) + 1e-3
        made: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return made


SHOWN = [Demonstration(str(number), f"you {word} bird", f"you | {word} | others [END]") for number, word in
         enumerate(("silly", "ugly", "slow"))]  # fmt: skip


@pytest.fixture
def demonstrations() -> DemonstrationStore:
    return DemonstrationStore.build(SHOWN, Letters())


def question(request: Request) -> str:
    return request.messages[0]["content"]


def echo(request: Request) -> str:
    """Say what the demonstration says."""
    return next((shown.answer for shown in SHOWN if shown.text in question(request)), SILLY)


def model_of(asker: Asker) -> Scripted:
    assert isinstance(asker.llm, Scripted)
    return asker.llm


def test_each_demonstration_has_a_prompt_and_each_round_draws_each(
    build_asker: BuildAsker, demonstrations: DemonstrationStore
) -> None:
    asker = build_asker(echo, batch_size=64)
    voted = QuadrupleVoter(asker, demonstrations, Voting(FIXED, shots=2))(TEXTS)
    assert [own.status for own in voted] == ["voted"] * 3
    assert voted[0].demonstrations == ["2", "0"]  # "slow" shares more letters with "silly goose"
    assert voted[0].votes == [("you | slow | others [END]", 3), ("you | silly | others [END]", 3)]
    assert voted[0].result.tied and voted[0].result.stopped_by == "cap"
    assert len(model_of(asker).asked) == 3 * 2 * 3  # texts, prompts, rounds
    assert [len(call) for call in model_of(asker).calls] == [6, 6, 6]  # all texts of a round together


def test_targets_and_arguments_are_found_in_the_text(build_asker: BuildAsker) -> None:
    ((quadruple, target, argument),) = QuadrupleVoter(build_asker(echo), None, Voting(FIXED))(TEXTS)[0].quadruples
    assert quadruple.argument == "silly" and (target, argument) == ((0, 3), (4, 9))


def test_a_text_is_not_shown_itself(build_asker: BuildAsker, demonstrations: DemonstrationStore) -> None:
    (prompted,) = write_prompts(["You SILLY bird!!"], demonstrations, shots=3)
    assert prompted.demonstrations == ["2", "1"] or prompted.demonstrations == ["1", "2"]
    assert not any("you silly bird" in prompt[0]["content"] for prompt in prompted.prompts)


@pytest.mark.parametrize("shown", [None, DemonstrationStore.build([], Letters())])
def test_without_demonstrations_the_plain_prompt_is_drawn(
    build_asker: BuildAsker, shown: DemonstrationStore | None
) -> None:
    asker = build_asker(echo)
    (voted,) = QuadrupleVoter(asker, shown, Voting(FIXED))(TEXTS[:1])
    assert (voted.demonstrations, voted.result.generations) == ([], 3)
    assert {question(request) for request in model_of(asker).asked} == {
        "你是一个内容审查专家，请你分析我的句子并且从中提取出一个或者多个三元组:\nyou silly goose"
    }


def test_more_shots_than_examples_show_all_there_are(
    build_asker: BuildAsker, demonstrations: DemonstrationStore
) -> None:
    (voted,) = QuadrupleVoter(build_asker(echo), demonstrations, Voting(FIXED, shots=50))(TEXTS[:1])
    assert (len(voted.demonstrations), voted.result.generations) == (3, 9)


def test_a_second_run_pays_for_nothing(build_asker: BuildAsker, demonstrations: DemonstrationStore) -> None:
    first = QuadrupleVoter(build_asker(echo), demonstrations, Voting(FIXED))(TEXTS)
    asker = build_asker(echo)
    second = QuadrupleVoter(asker, demonstrations, Voting(FIXED))(TEXTS)
    assert model_of(asker).asked == []
    assert [replace(own.result) for own in second] == [own.result for own in first]
    assert [(own.cost["calls"], own.cost["cached"]) for own in second] == [(0, 9)] * 3
    assert first[0].cost == {"calls": 9, "cached": 0, "prompt_tokens": 63, "completion_tokens": 27}


def test_an_interrupted_vote_goes_on_where_it_stopped(
    build_asker: BuildAsker, demonstrations: DemonstrationStore
) -> None:
    short = QuadrupleVoter(build_asker(echo, budget=Budget(calls=13)), demonstrations, Voting(FIXED))(TEXTS)
    assert {own.status for own in short} >= {"budget"} and all(own.detail for own in short if own.status == "budget")
    asker = build_asker(echo)
    whole = QuadrupleVoter(asker, demonstrations, Voting(FIXED))(TEXTS)
    assert len(model_of(asker).asked) == 27 - 13
    assert [own.status for own in whole] == ["voted"] * 3


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("ahead", [1, 5])
def test_neither_batches_nor_draws_ahead_change_a_result(
    build_asker: BuildAsker, demonstrations: DemonstrationStore, concurrency: int, ahead: int
) -> None:
    def draw(request: Request) -> str:
        return (SILLY, UGLY, "nonsense")[(len(question(request)) + request.draw) % 3]

    rule = VoteRule("beta", confidence=0.8, max_rounds=12, least=2)
    voting = Voting(rule, shots=2, ahead=ahead)
    batch = 1 if concurrency > 1 else 3
    asker = build_asker(draw, batch_size=batch, concurrency=concurrency)
    found = QuadrupleVoter(asker, demonstrations, voting)(TEXTS)
    plain = QuadrupleVoter(build_asker(draw, batch_size=99), demonstrations, replace(voting, ahead=1))(TEXTS)
    assert [own.result for own in found] == [own.result for own in plain]
    assert [own.votes for own in found] == [own.votes for own in plain]


def test_a_prompt_longer_than_the_window_is_lost_and_the_others_vote(
    build_asker: BuildAsker, demonstrations: DemonstrationStore
) -> None:
    def some(request: Request) -> str | CallError:
        too_long = CallError("request", "900 tokens exceed the model's 512; shorten the text")
        return too_long if "slow" in question(request) else echo(request)

    asker = build_asker(some)
    (voted,) = QuadrupleVoter(asker, demonstrations, Voting(FIXED))(TEXTS[:1])
    assert (voted.status, voted.result.lost, voted.result.generations) == ("voted", 3, 6)
    assert sum("slow" in question(request) for request in model_of(asker).asked) == 1  # not asked for again


def test_where_every_prompt_is_too_long_the_text_has_failed_and_says_why(build_asker: BuildAsker) -> None:
    asker = build_asker(lambda request: CallError("request", "exceeds the window; shorten the text"))
    (voted,) = QuadrupleVoter(asker, None, Voting(FIXED))(TEXTS[:1])
    assert (voted.status, voted.quadruples, voted.result.stopped_by) == ("failed", [], "lost")
    assert "exceeds the window" in voted.detail and len(model_of(asker).asked) == 1


def test_nonsense_ends_at_the_cap_and_is_no_clean_text(build_asker: BuildAsker) -> None:
    asker = build_asker(lambda request: "I can't help with that.")
    (voted,) = QuadrupleVoter(asker, None, Voting(VoteRule("mav", tau=5, max_rounds=4, redraws=2)))(TEXTS[:1])
    assert (voted.status, voted.quadruples, voted.detail) == ("unparsed", [], "no answer could be read")
    assert voted.result.generations == 4 * 3 and voted.result.invalid == 12


def test_equal_texts_are_drawn_once(build_asker: BuildAsker, demonstrations: DemonstrationStore) -> None:
    asker = build_asker(echo, batch_size=64)
    first, second = QuadrupleVoter(asker, demonstrations, Voting(FIXED))([TEXTS[0], TEXTS[0]])
    assert len(model_of(asker).asked) == 9 and first.result == second.result


def test_endless_input_is_answered_while_it_comes(build_asker: BuildAsker) -> None:
    def endless() -> object:
        number = 0
        while True:
            yield f"you silly goose {number}"
            number += 1

    stream = QuadrupleVoter(build_asker(echo), None, Voting(FIXED)).stream(endless())  # type: ignore[arg-type]
    assert sorted(next(stream)[0] for _ in range(5)) == [0, 1, 2, 3, 4]
    stream.close()  # type: ignore[attr-defined]


def test_no_texts_are_no_results(build_asker: BuildAsker) -> None:
    assert QuadrupleVoter(build_asker(echo))([]) == []


def test_a_server_that_is_cut_in_the_middle_loses_nothing(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda number, body: cut if number in (3, 4, 5) else says(SILLY))
    llm = ServerLLM("m", base_url=server.url, concurrency=2)
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        asker = Asker(llm, store, retries=Retries(attempts=5, first_wait=0.0), quiet=True)
        voted = QuadrupleVoter(asker, None, Voting(FIXED))(TEXTS)
    assert [(own.status, own.result.generations, own.result.lost) for own in voted] == [("voted", 3, 0)] * 3
    assert len(server.calls) == 9 + 3


def test_a_server_that_dies_leaves_texts_that_wait(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda number, body: says(SILLY) if number < 4 else cut)
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        retries = Retries(attempts=2, first_wait=0.0, give_up_after=3)
        asker = Asker(ServerLLM("m", base_url=server.url, concurrency=1), store, retries=retries, quiet=True)
        voted = QuadrupleVoter(asker, None, Voting(replace(FIXED, max_rounds=4)))([f"text {n}" for n in range(12)])
    statuses = [own.status for own in voted]
    assert "stopped" in statuses and all(status in ("voted", "failed", "stopped") for status in statuses)
    assert all(own.detail for own in voted if own.status != "voted")


def test_a_model_in_this_process_draws_the_same_whatever_the_batch(chat_folder: Path, tmp_path: Path) -> None:
    reading, parameters = Reading(), Parameters(max_tokens=5, temperature=1.0)
    voting = Voting(VoteRule("fixed", max_rounds=3), reading, parameters)
    found: list[list[Voted]] = []
    for batch in (1, 50):
        with AnswerStore(tmp_path / f"{batch}.sqlite") as store:
            asker = Asker(LocalLLM.load(chat_folder, batch_size=batch), store, quiet=True)
            found.append(QuadrupleVoter(asker, None, voting)(TEXTS))
    assert json.dumps([own.answers for own in found[0]]) == json.dumps([own.answers for own in found[1]])
    assert len({answer for own in found[0] for prompt in own.answers for answer in prompt}) > 3


@pytest.mark.parametrize(("name", "value"), [("shots", -1), ("ahead", 0)])
def test_a_number_that_makes_no_sense_is_quoted(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        Voting(**{name: value})  # type: ignore[arg-type]
