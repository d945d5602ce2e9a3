"""Waiting, spending and giving up."""

import threading
import time

import pytest

from hf_toxspan.llm.calls import Answer, CallError, ErrorKind, Parameters, Request
from hf_toxspan.llm.pacing import OUT_OF_CALLS, OUT_OF_TOKENS, Budget, Pace, Retries

REQUEST = Request((), Parameters(max_tokens=10))
BUSY = CallError("server", "busy")


def paced(budget: Budget, retries: Retries) -> Pace:
    return Pace(budget, retries, retries.circuit())


@pytest.mark.parametrize("kind", ["request", "refused"])
def test_an_error_that_stays_is_not_tried_again(kind: ErrorKind) -> None:
    assert Retries().wait(CallError(kind, ""), 1) is None


def test_waits_double_up_to_the_longest_and_end_with_the_attempts() -> None:
    retries = Retries(attempts=4, first_wait=1, longest_wait=3)
    longest = [max(retries.wait(BUSY, attempt) or 0 for _ in range(500)) for attempt in (1, 2, 3)]
    assert longest == [pytest.approx(1, abs=0.1), pytest.approx(2, abs=0.2), pytest.approx(3, abs=0.3)]
    assert retries.wait(BUSY, 4) is None


def test_any_number_of_attempts_has_a_wait() -> None:
    assert 0 <= (Retries(attempts=5000).wait(BUSY, 4000) or 0) <= 120


def test_a_limit_that_lets_nobody_in_ends_the_run_and_an_answer_opens_it_again() -> None:
    pace, limit = paced(Budget(), Retries(give_up_after=3)), CallError("rate limit", "quota")
    for _ in range(2):
        pace.give_up(limit)
    pace.settle(REQUEST, Answer("well"))
    for _ in range(2):
        pace.give_up(limit)
        pace.give_up(CallError("request", "too long"))
    assert pace.stopped is None
    pace.give_up(limit)
    assert pace.stopped == "3 requests in a row met the rate limit to the end, the last one: quota"


def test_the_server_is_not_asked_before_it_wants_to_be() -> None:
    retries = Retries(first_wait=1, longest_wait=60)
    assert retries.wait(CallError("rate limit", "", retry_after=30), 1) == 30
    assert retries.wait(CallError("rate limit", "", retry_after=61), 1) is None


def test_a_budget_of_calls_counts_every_call() -> None:
    pace = paced(Budget(calls=3), Retries())
    assert [pace.reserve([REQUEST, REQUEST]), pace.reserve([REQUEST, REQUEST]), pace.reserve([REQUEST])] == [2, 1, 0]
    assert (pace.calls, pace.stopped) == (3, OUT_OF_CALLS)


def test_a_budget_of_tokens_keeps_room_for_the_answers_under_way() -> None:
    pace = paced(Budget(tokens=25), Retries())
    assert pace.reserve([REQUEST, REQUEST, REQUEST]) == 2
    for _ in range(2):
        pace.settle(REQUEST, Answer("", prompt_tokens=4, completion_tokens=1))
    assert pace.reserve([REQUEST]) == 1
    pace.settle(REQUEST, Answer("", prompt_tokens=5, completion_tokens=3))
    assert pace.reserve([REQUEST]) == 0
    assert (pace.prompt_tokens, pace.completion_tokens, pace.stopped) == (13, 5, OUT_OF_TOKENS)


def test_a_call_that_may_fit_later_waits_for_those_under_way() -> None:
    pace = paced(Budget(tokens=15), Retries())
    assert pace.reserve([REQUEST]) == 1
    allowed: list[int] = []
    thread = threading.Thread(target=lambda: allowed.append(pace.reserve([REQUEST])))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    pace.settle(REQUEST, Answer("", prompt_tokens=1, completion_tokens=1))
    thread.join(5)
    assert allowed == [1]


def test_an_answer_without_counts_is_charged_its_most() -> None:
    pace = paced(Budget(tokens=100), Retries())
    pace.reserve([REQUEST])
    pace.settle(REQUEST, Answer("well"))
    assert pace.completion_tokens == 10


def test_a_row_of_failures_brings_the_server_down_and_an_answer_breaks_the_row() -> None:
    pace = paced(Budget(), Retries(give_up_after=2))
    for result in (BUSY, Answer(""), BUSY, CallError("rate limit", ""), CallError("request", "too long")):
        pace.settle(REQUEST, result)
    assert pace.refusal is None
    pace.settle(REQUEST, BUSY)
    pace.settle(REQUEST, BUSY)
    assert (pace.stopped, pace.refusal) == (None, "2 calls in a row failed, the last one: busy")
    assert pace.reserve([REQUEST]) == 0


def test_a_refusal_stops_the_run_at_once() -> None:
    pace = paced(Budget(), Retries())
    pace.settle(REQUEST, CallError("refused", "HTTP 401"))
    assert pace.stopped == "the server refuses: HTTP 401"


def test_a_pause_holds_for_every_caller_and_one_too_long_stops_the_run() -> None:
    pace = paced(Budget(), Retries(longest_wait=5))
    pace.settle(REQUEST, CallError("rate limit", "", retry_after=0.1))
    begin = time.monotonic()
    assert pace.reserve([REQUEST]) == 1
    assert time.monotonic() - begin >= 0.09
    pace.settle(REQUEST, CallError("rate limit", "tomorrow", retry_after=3600))
    assert pace.stopped == "the server asks to wait 3600 s, longer than 5 s: tomorrow"


def test_the_first_reason_to_stop_counts_and_wakes_sleepers() -> None:
    pace = paced(Budget(), Retries())
    pace.stop("first")
    pace.stop("second")
    pace.sleep(60)
    assert pace.stopped == "first"


def test_impossible_limits_are_named() -> None:
    with pytest.raises(ValueError, match="budget of calls is -1"):
        Budget(calls=-1)
    with pytest.raises(ValueError, match="attempts is 0"):
        Retries(attempts=0)
