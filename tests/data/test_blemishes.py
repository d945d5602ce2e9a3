"""Promises of `hf_toxspan.data.blemishes`."""

import logging
from pathlib import Path

import pytest

from hf_toxspan.data.blemishes import Blemishes


def test_one_line_tells_the_count_and_first_place_of_each_kind(caplog: pytest.LogCaptureFixture) -> None:
    blemishes = Blemishes()
    for kind, line in [("empty words", 3), ("odd tags", 4), ("empty words", 9)]:
        blemishes.note(kind, f"data/a.csv, line {line}")

    with caplog.at_level(logging.WARNING):
        blemishes.warn(Path("data/a.csv"))

    assert caplog.messages == ["data/a.csv: empty words: 2 (first: line 3); odd tags: 1 (first: line 4)."]


def test_nothing_is_told_of_a_flawless_file(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Blemishes().warn("a.csv")

    assert caplog.messages == []
