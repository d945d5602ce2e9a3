"""Promises of `hf_toxspan.data.samples`."""

import pytest

from hf_toxspan.data.samples import cold_sample


@pytest.mark.parametrize(("split", "size"), [("train", 480), ("dev", 160)])
def test_half_of_a_split_is_toxic_and_most_of_that_has_spans(split: str, size: int) -> None:
    rows = cold_sample(split).to_list()

    toxic = [row for row in rows if row["toxic"]]
    assert (len(rows), len(toxic)) == (size, size // 2)
    assert sum(bool(row["spans"]) for row in toxic) >= len(toxic) / 2
    assert all(len(row["text"]) < 80 for row in rows)


def test_spans_say_where_they_come_from_and_clean_rows_have_none() -> None:
    for row in cold_sample("train"):
        assert (row["spans"] is None) == (row["spans_source"] is None)
        assert row["spans"] is None or row["toxic"]


def test_no_text_stands_in_both_splits() -> None:
    train, dev = cold_sample("train"), cold_sample("dev")

    assert len({*train["text"], *dev["text"]}) == len(train) + len(dev)


def test_an_unknown_split_is_told() -> None:
    with pytest.raises(ValueError, match="No split 'test' in the packaged sample; expected one of train, dev"):
        cold_sample("test")
