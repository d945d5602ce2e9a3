"""Promises of `hf_toxspan.data.offset_cells`."""

import logging
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.offset_cells import read_offset_cell

TEXTS = st.text(st.sampled_from("ab đe\u0302\u0323傻😀\U0001f468\u200d\U0001f469\u3000ß"), max_size=20)


def read(cell: str, text: str, blemishes: Blemishes | None = None) -> list[list[int]] | None:
    return read_offset_cell(cell, text, where="a.csv, line 2", blemishes=blemishes or Blemishes())


@given(TEXTS, st.data())
def test_spans_quote_exactly_the_listed_characters_in_every_script(text: str, data: st.DataObject) -> None:
    marked = data.draw(st.lists(st.integers(0, max(len(text) - 1, 0)), unique=True).map(sorted)) if text else []

    spans = read(str(marked), text) or []

    assert [offset for start, end in spans for offset in range(start, end)] == marked
    assert "".join(text[start:end] for start, end in spans) == "".join(text[offset] for offset in marked)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("cell", ["[4, 5, 6, 7]", " [4,5,6,7] ", "'[4, 5, 6, 7]'", '"[4 5 6 7]"', "4 5 6 7", "4,5,6,7"])
def test_the_list_is_read_in_each_of_its_notations(cell: str) -> None:
    assert read(cell, "you fool") == [[4, 8]]


@pytest.mark.parametrize("cell", ["[]", "", " [ ] ", "''"])
def test_an_empty_list_marks_nothing(cell: str) -> None:
    assert read(cell, "you") == []


@pytest.mark.parametrize(
    ("cell", "spans", "told"),
    [
        ("[6, 7, 8, 9]", [[6, 8]], "lists with offsets outside the text, those left out: 1 (first: line 2)."),
        ("[-1, 0]", [[0, 1]], "lists with offsets outside the text, those left out: 1 (first: line 2)."),
        ("[8]", None, "lists with offsets outside the text, those left out: 1 (first: line 2)."),
        ("[5, 4, 0]", [[0, 1], [4, 6]], "lists of offsets out of order or repeated, put in order: 1 (first: line 2)."),
        ("[4, 4, 5]", [[4, 6]], "lists of offsets out of order or repeated, put in order: 1 (first: line 2)."),
    ],
)
def test_odd_offsets_are_handled_and_counted(
    cell: str, spans: list[list[int]] | None, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    blemishes = Blemishes()

    with caplog.at_level(logging.WARNING):
        assert read(cell, "you fool", blemishes) == spans
        blemishes.warn("a.csv")

    assert caplog.messages == [f"a.csv: {told}"]


@pytest.mark.parametrize("cell", ["[a]", "[1.5]", "[[4, 8]]", "[4, 5", "[4] [5]", "null"])
def test_a_cell_of_another_kind_is_named(cell: str) -> None:
    with pytest.raises(ValueError, match=r"a\.csv, line 2: the offsets are .*; expected whole numbers such as"):
        read(cell, "you fool")
