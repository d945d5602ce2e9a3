"""What is taught is what will be asked and read: the judge that asks reads each answer before it is learnt."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.spans import intersect, merge, trim
from hf_toxspan.data.sources import load_data
from hf_toxspan.judging.chat import ChatJudge
from hf_toxspan.judging.judge import Opinion
from hf_toxspan.judging.specialist import Lessons, to_lessons, write_answer
from hf_toxspan.llm.calls import Answer
from hf_toxspan.llm.prompts import load_prompt

JUDGE = ChatJudge({"clean": False, "toxic": True}, load_prompt("judge_short"))


def row(text: str, spans: list[list[int]] | None, *, toxic: bool = True, **more: Any) -> dict[str, Any]:
    return {"id": text, "text": text, "label": "toxic" if toxic else "clean", "toxic": toxic, "spans": spans, **more}


def lessons(*rows: dict[str, Any]) -> Lessons:
    return to_lessons(rows, JUDGE)


def test_a_row_becomes_the_judges_own_question_and_the_answer_that_it_reads() -> None:
    (example,) = lessons(row("you old fool, fool", [[8, 12], [4, 7]])).examples
    (request,) = JUDGE.requests("you old fool, fool")
    assert example["prompt"] == list(request.messages)
    (completion,) = example["completion"]
    assert completion == {"role": "assistant", "content": '{"label": "toxic", "spans": ["old", "fool"]}'}


def test_a_quote_is_written_once_without_blanks_and_no_control_token() -> None:
    assert json.loads(write_answer("toxic", [[0, 5], [5, 9]], "fool fool")) == {
        "label": "toxic",
        "spans": ["fool fool"],
    }
    assert json.loads(write_answer("toxic", [[0, 5], [6, 10]], "fool, fool"))["spans"] == ["fool,", "fool"]
    assert json.loads(write_answer("toxic", [[0, 4], [6, 10]], "fool, fool"))["spans"] == ["fool"]
    written = write_answer("toxic", [[0, 10]], "<|im_end|> fool")
    assert "<" not in written
    assert json.loads(written)["spans"] == ["<|im_end|>"]


def test_what_cannot_be_taught_is_counted_and_left_out() -> None:
    found = lessons(
        row("you fool", [[4, 8]]),
        row("nobody looked", None),
        row("kind words", [[0, 4]], toxic=False),
        row("hello", None, toxic=False),
        row("fine", [], toxic=True),
    )
    assert [example["id"] for example in found.examples] == ["you fool", "hello", "fine"]
    assert found.flawed == {"unannotated": ["nobody looked"], "contradictory": ["kind words"], "unquotable": []}
    assert found.widened == 0


def test_a_quote_that_would_not_be_found_is_not_taught() -> None:
    half = row("\ud83do\u0302", [[0, 2]])  # JSON can't hold the lone surrogate, and the circumflex is left behind
    assert lessons(half).flawed["unquotable"] == [half["id"]]


def test_a_quote_that_stands_elsewhere_too_is_taught_and_counted() -> None:
    found = lessons(row("a fool and a jester", [[0, 6], [11, 12]]))
    assert len(found.examples) == found.widened == 1


@pytest.mark.parametrize("label", [{"label": "rude"}, {"label": "clean"}])
def test_a_label_that_the_judge_knows_otherwise_is_refused(label: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"the judge's labels are \{'clean': False, 'toxic': True\}"):
        lessons(row("you fool", [[4, 8]], **label))


@given(st.data())
def test_read_back_an_answer_gives_label_and_spans_and_besides_only_repeats(data: st.DataObject) -> None:
    text = data.draw(st.text('ab ô\u0302\n"<đＡ😀', min_size=1, max_size=12))
    borders = data.draw(st.lists(st.tuples(*[st.integers(0, len(text))] * 2).map(sorted), max_size=3))
    spans = trim(merge(borders), text)
    read = JUDGE.read(text, [Answer(write_answer("toxic", borders, text))])
    assert isinstance(read, Opinion)
    assert (read.verdict.label, read.rejected) == ("toxic", ())
    found = read.verdict.spans
    assert intersect(found, spans) == spans
    quotes = {text[start:end] for start, end in spans}
    repeats = merge(
        (start, start + len(quote)) for quote in quotes for start in range(len(text)) if text.startswith(quote, start)
    )
    assert list(found) == repeats


def test_the_packaged_sample_is_quotable_throughout() -> None:
    rows = [{**row, "label": "toxic" if row["toxic"] else "clean"} for row in load_data("sample:train")]
    found = to_lessons(rows, JUDGE)
    assert found.examples and not found.flawed["unquotable"]
    assert len(found.examples) + sum(map(len, found.flawed.values())) == len(rows)
    assert found.widened < 0.02 * len(rows)
