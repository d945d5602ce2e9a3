"""Cutting a text at its spans, and making unsafe characters visible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.views.pieces import clip, error_message, heading, is_toxic, judge_line, kind, pieces, visible


def span(start: int, end: int, score: float = 0.9) -> dict[str, float]:
    return {"start": start, "end": end, "score": score}


def test_pieces_of_an_empty_text_are_none() -> None:
    assert list(pieces("", [])) == []


def test_pieces_show_the_higher_score_where_spans_overlap() -> None:
    assert [tuple(piece) for piece in pieces("abcdef", [span(0, 4, 0.9), span(2, 6, 0.5)])] == [
        (0, 4, 0.9),
        (4, 6, 0.5),
    ]


def test_pieces_keep_touching_spans_apart() -> None:
    assert [piece.score for piece in pieces("abcd", [span(0, 2), span(2, 4)])] == [0.9, 0.9]


def test_pieces_show_a_span_without_a_score_in_full() -> None:
    assert next(pieces("ab", [{"start": 0, "end": 2}])).score == 1.0


def test_pieces_count_code_points_beyond_the_surrogate_range() -> None:
    text = "😡🤬 ngu"
    assert [text[piece.start : piece.end] for piece in pieces(text, [span(1, 2)])] == ["😡", "🤬", " ngu"]


@pytest.mark.parametrize("bad", [span(0, 9), span(-1, 1), span(2, 2)])
def test_pieces_refuse_a_span_outside_the_text(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="span 0"):
        list(pieces("abc", [bad]))


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.floats(0, 1)), max_size=6),
)
def test_pieces_give_every_character_once(text: str, ranges: list[tuple[int, int, float]]) -> None:
    spans = [span(start, end, score) for start, end, score in ranges if start < end <= len(text)]
    assert "".join(text[piece.start : piece.end] for piece in pieces(text, spans)) == text


def test_visible_names_what_a_screen_would_obey() -> None:
    assert visible("\x1b[31m\x9b\0\r\u202e\u2066\ud83d\u2028") == (
        "<U+001B>[31m<U+009B><U+0000><U+000D><U+202E><U+2066><U+D83D><U+2028>"
    )


def test_visible_keeps_what_ordinary_text_needs() -> None:
    ordinary = "tab\t line\n می\u200cروم 👨\u200d👩\u200d👧 שלום\u200f! 你好"
    assert visible(ordinary) == ordinary


def test_toxic_field_decides_before_label_and_spans() -> None:
    assert not is_toxic({"label": "toxic", "toxic": False, "spans": [span(0, 1)]})
    assert is_toxic({"label": "offensive", "toxic": True, "spans": []})
    assert is_toxic({"label": "toxic", "spans": []})
    assert not is_toxic({"label": "normal", "spans": []})


def test_kind_of_a_bad_record_is_error() -> None:
    assert kind({"line": 3, "error": "invalid JSON"}) == "error"
    assert error_message({"error": "no line known"}) == "no line known"


def test_a_text_without_a_decision_is_undecided_and_shows_its_status() -> None:
    waiting = {"label": None, "score": None, "spans": [], "status": "fail\x1bed"}
    assert kind(waiting) == "undecided"
    assert heading(waiting) == ("undecided: fail<U+001B>ed", "")
    assert heading({"label": None, "score": None, "spans": []}) == ("undecided", "")


def test_a_judge_that_writes_lines_and_controls_gets_one_harmless_line() -> None:
    judge = {"status": "judged", "label": "clean", "toxic": False, "toxicity": None, "rationale": "a\nb\x1b[2J"}
    shown = judge_line({"judge": judge, "backbone": {"label": "toxic", "score": 0.61}})
    assert shown == "judge: clean; backbone: toxic 0.61; a b<U+001B>[2J"


def test_a_judge_without_an_answer_says_so_whatever_it_tells() -> None:
    judge = {"status": "unparsed", "detail": "", "toxic": None}
    assert "the backbone decides: toxic 0.61" in judge_line(
        {"judge": judge, "backbone": {"label": "toxic", "score": 0.61}}
    )


def test_clip_cuts_text_spans_and_saliency_alike_and_counts_what_is_left_out() -> None:
    result = {"text": "abcdef", "label": "x", "score": 1, "spans": [span(0, 1), span(2, 5), span(4, 6)]}
    cut, note = clip({**result, "saliency": [0.5] * 6}, 3)
    assert (cut["text"], cut["saliency"]) == ("abc", [0.5] * 3)
    assert [(own["start"], own["end"]) for own in cut["spans"]] == [(0, 1), (2, 3)]
    assert note == "... 3 more characters, of 2 spans"
    assert clip({"line": 1, "error": "x" * 9}, 3) == ({"line": 1, "error": "x" * 9}, "")
