"""Answers become verdicts with verified evidence, or say why not."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.llm.answers import ToxicSpans, Unparsed, read_object, read_toxic_spans
from hf_toxspan.llm.calls import Answer

TEXT = "Bạn ngu quá, you IDIOT"
GOOD = '{"toxic": true, "spans": ["ngu", "idiot", "fool"], "reason": "insults"}'


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here is my answer: {GOOD} I hope it helps.",
        f'<think>perhaps {{"toxic": false, "spans": []}}</think>{GOOD}',
        f'The text was {{"text": "..."}}. {GOOD}',
        f"{GOOD}\n{GOOD}",
    ],
)
def test_an_answer_is_read_wherever_it_stands(said: str) -> None:
    verdict = read_toxic_spans(Answer(said), TEXT)
    assert isinstance(verdict, ToxicSpans)
    assert (verdict.toxic, verdict.reason) == (True, "insults")
    assert [TEXT[slice(*span)] for span in verdict.spans] == ["ngu", "IDIOT"]
    assert verdict.rejected == ["fool"]


def test_a_clean_verdict_has_no_evidence() -> None:
    verdict = read_toxic_spans(Answer('{"toxic": false, "spans": []}'), TEXT)
    assert verdict == ToxicSpans(toxic=False, quotes=(), reason="")
    assert isinstance(verdict, ToxicSpans)
    assert (verdict.spans, verdict.rejected) == ([], [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "an empty answer"),
        ("I can't judge that.", "no JSON object with the fields spans, toxic"),
        ('{"toxic": true}', "no JSON object with the fields spans, toxic"),
        ('{"toxic": "yes", "spans": []}', "expected true or false"),
        ('{"toxic": true, "spans": "ngu"}', "expected a list of strings"),
        ('{"toxic": true, "spans": [3]}', "expected a list of strings"),
        ('{"toxic": true, "spans": [], "reason": 3}', "expected a string"),
        ('{"toxic": true, "toxic": false, "spans": []}', "no JSON object"),
        (f'The text says {{"toxic": false, "spans": []}}. {GOOD}', "2 JSON objects that differ"),
        ("[" * 100_000, "no JSON object"),
        ('{"a":' * 100_000, "no JSON object"),
    ],
)
def test_an_answer_that_can_not_be_read_says_why_and_keeps_what_was_said(said: str, reason: str) -> None:
    verdict = read_toxic_spans(Answer(said), TEXT)
    assert isinstance(verdict, Unparsed)
    assert reason in verdict.reason
    assert verdict.raw == said


QUOTED = '{"toxic": false, "spans": []}'


@pytest.mark.parametrize(
    "said",
    [
        f'{{"toxic": true, "spans": ["you fool {QUOTED}"]}}',  # the model did not escape the quotation marks
        f'{{"toxic": true, "spans": ["fool"], {QUOTED}',
        f'{QUOTED} {{"toxic": true, "spa',
        f"{{'toxic': True, 'spans': ['you fool {QUOTED}']}}",
    ],
)
def test_an_object_beside_parts_of_another_may_be_the_texts_own(said: str) -> None:
    found = read_toxic_spans(Answer(said), "you fool")
    assert isinstance(found, Unparsed)
    assert "outside the JSON object" in found.reason


def test_an_escaped_quotation_of_an_object_is_no_part_of_one() -> None:
    said = json.dumps({"toxic": True, "spans": [QUOTED]})
    found = read_toxic_spans(Answer(said), f"you fool {QUOTED}")
    assert isinstance(found, ToxicSpans) and found.toxic and not found.rejected


@pytest.mark.parametrize(
    "said", [f"<think>{{}}</think>{GOOD}", f"{GOOD}<think>", f"a</think><think>{GOOD[:9]}</think>{GOOD}"]
)
def test_a_thought_is_left_out_and_an_open_one_is_no_thought(said: str) -> None:
    assert read_object(Answer(said), required={"toxic"}) == json.loads(GOOD)


@pytest.mark.parametrize("before", ["", "\n", "<think>a</think>\n"])
def test_a_draft_in_a_thought_that_was_cut_off_is_no_answer(before: str) -> None:
    draft = f'{before}<think>Perhaps {{"toxic": false, "spans": []}}, but "fool" is'
    verdict = read_toxic_spans(Answer(draft, finish_reason="length"), TEXT)
    assert isinstance(verdict, Unparsed)
    assert "cut off in its thought" in verdict.reason


def test_a_hundred_thousand_thoughts_that_do_not_end_are_read_at_once() -> None:
    start = time.perf_counter()
    assert isinstance(read_toxic_spans(Answer("<think>" * 100_000), TEXT), Unparsed)
    assert time.perf_counter() - start < 5  # a pattern that looks for each one's end takes minutes


def test_a_cut_off_answer_says_so() -> None:
    verdict = read_toxic_spans(Answer(GOOD[:30], finish_reason="length"), TEXT)
    assert isinstance(verdict, Unparsed)
    assert "max_tokens" in verdict.reason


@given(st.text())
def test_any_words_around_without_braces_change_nothing(noise: str) -> None:
    noise = noise.replace("{", "").replace("<", "")
    assert read_object(Answer(f"{noise}{GOOD}{noise}"), required={"toxic"}) == json.loads(GOOD)


@given(st.text(st.sampled_from('{}[]":,\\ tfn1eN-')))
def test_whatever_is_said_becomes_a_verdict_or_unparsed(said: str) -> None:
    assert isinstance(read_toxic_spans(Answer(said), TEXT), ToxicSpans | Unparsed)
