"""Trivial systems that every score stands beside."""

import pytest

from hf_toxspan.core.spans import Span
from hf_toxspan.evaluation import baselines

ROWS = [
    {"text": "you fool", "toxic": True, "spans": [[4, 8]]},
    {"text": "a nice day", "toxic": False, "spans": []},
]


def test_everything_marks_all_but_the_blanks_at_the_ends() -> None:
    assert baselines.everything(" a b ") == [Span(1, 4)]
    assert baselines.everything(" ") == []


def test_a_trivial_system_calls_a_text_toxic_where_it_marks_something() -> None:
    marked, free = baselines.explain(baselines.lexicon(["fool"]), ["you FOOL", "a nice day"])
    assert (marked.toxic, marked.spans, marked.toxicity) == (True, [Span(4, 8)], 1.0)
    assert (free.toxic, free.spans, free.toxicity) == (False, [], 0.0)


def test_the_lexicon_is_mined_from_gold_spans_where_there_are_any() -> None:
    terms = baselines.mine_lexicon(ROWS * 50)
    assert "fool" in terms
    assert "you" not in terms


def test_the_lexicon_is_mined_from_labels_where_nothing_is_annotated() -> None:
    frames = ["you {}", "what a {}", "{} again", "my {} said so", "this {} is late", "ask the {} there"] * 4
    rows = [{"text": text.format("fool"), "toxic": True, "spans": None} for text in frames]
    rows += [{"text": text.format("friend"), "toxic": False, "spans": None} for text in frames]
    assert list(baselines.mine_lexicon(rows)) == ["fool"]


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[1:]])
def test_one_sided_or_missing_rows_give_a_lexicon_without_errors(rows: list[dict]) -> None:
    assert isinstance(baselines.mine_lexicon(rows), dict)
