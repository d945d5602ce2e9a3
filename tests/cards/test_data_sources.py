"""Promises about training data in a card."""

from hf_toxspan.cards.data_sources import KNOWN, Source, count_table, data_table
from hf_toxspan.data.sources import LOADERS


def test_every_set_that_can_be_loaded_by_name_has_its_licence() -> None:
    assert set(KNOWN) == set(LOADERS) - {"rows"}


def test_a_known_set_brings_licence_and_citation() -> None:
    line = data_table([Source("vihos:/home/me/train.csv", 8844)]).splitlines()[-1]
    assert line == "| ViHOS (vihos:train.csv) | MIT | Hoang et al., EACL 2023 | 8,844 |"


def test_what_nobody_states_is_said_to_be_so() -> None:
    assert data_table([Source("mine.jsonl")]).splitlines()[-1] == "| mine.jsonl | not stated |  | not stated |"
    assert "| mine | mit |" in data_table([Source("mine", 3, "mit")])
    assert data_table([]) == ""


def test_counts_have_a_column_each() -> None:
    found = count_table({"train": {"texts": 1000, "toxic": 3}, "dev": {"texts": 2}})
    assert found.splitlines()[2:] == ["| train | 1,000 | 3 |", "| dev | 2 |  |"]
    assert count_table({}) == ""
