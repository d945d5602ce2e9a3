"""A server that is down is left alone, tried now and then, and used again at the first sign of life."""

import threading
import time

from hf_toxspan.llm.circuit import Circuit


def enters(circuit: Circuit) -> bool:
    return circuit.enter(time.sleep, lambda: False)


def test_a_row_of_failures_opens_it_and_a_sign_of_life_breaks_the_row() -> None:
    circuit = Circuit(give_up_after=2, patience=0, probe_every=60)
    for failure in ("cut", None, "cut"):
        circuit.book(failure)
    assert circuit.refusal is None and enters(circuit)
    circuit.book("refused")
    assert circuit.refusal == "2 calls in a row failed, the last one: refused"
    assert not enters(circuit)


def test_one_call_at_a_time_tries_a_server_that_is_down() -> None:
    circuit = Circuit(give_up_after=1, patience=0, probe_every=0.1)
    circuit.book("cut")
    assert not enters(circuit)
    time.sleep(0.11)
    assert circuit.refusal is None
    assert [enters(circuit), enters(circuit)] == [True, False]


def test_a_probe_that_fails_keeps_it_open_and_one_that_succeeds_lets_everybody_in() -> None:
    circuit = Circuit(give_up_after=1, patience=0, probe_every=0.05)
    circuit.book("cut")
    time.sleep(0.06)
    assert enters(circuit)
    circuit.book("cut again")
    assert circuit.refusal == "2 calls in a row failed, the last one: cut again"
    time.sleep(0.06)
    assert enters(circuit)
    circuit.book(None)
    assert [enters(circuit), enters(circuit)] == [True, True]


def test_callers_wait_as_long_as_patience_says_counted_from_the_failure() -> None:
    circuit = Circuit(give_up_after=1, patience=0.4, probe_every=60)
    begin = time.monotonic()
    circuit.book("cut")
    assert circuit.awaited and circuit.refusal is None
    assert not enters(circuit)
    assert 0.35 < time.monotonic() - begin < 2
    assert not circuit.awaited and circuit.refusal


def test_a_caller_who_waits_goes_on_when_another_call_has_brought_life_back() -> None:
    circuit = Circuit(give_up_after=1, patience=30, probe_every=60)
    circuit.book("cut")
    threading.Timer(0.1, circuit.book, [None]).start()
    assert enters(circuit)


def test_a_run_that_is_over_waits_for_nobody() -> None:
    circuit = Circuit(give_up_after=1, patience=60, probe_every=60)
    circuit.book("cut")
    assert not circuit.enter(time.sleep, lambda: True)
