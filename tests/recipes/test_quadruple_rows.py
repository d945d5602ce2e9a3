"""Promises of `hf_toxspan.recipes.quadruple_rows`."""

import logging
import random
from pathlib import Path

import pytest
from datasets import Dataset

from hf_toxspan.core.text import fingerprint
from hf_toxspan.data.state_toxicn import read_state_toxicn
from hf_toxspan.recipes.quadruple_rows import hold_back

ROWS = [{"id": str(number), "text": f"text {number}"} for number in range(20)]


def ids(rows: Dataset) -> list[str]:
    return list(rows["id"])


def test_those_with_the_least_sha256_are_held_back() -> None:
    train, held = hold_back(Dataset.from_list(ROWS), 3)

    assert ids(held) == ["9", "8", "13"]  # by sha256sum: 19581e..., 2c6242..., 3fdba3..., then "17" with 452354...
    assert ids(train) == [row["id"] for row in ROWS if row["id"] not in ("9", "8", "13")]


def test_the_order_of_the_rows_does_not_matter() -> None:
    shuffled = random.Random(1).sample(ROWS, len(ROWS))

    assert ids(hold_back(Dataset.from_list(shuffled), 5)[1]) == ids(hold_back(Dataset.from_list(ROWS), 5)[1])


def test_what_says_the_same_as_a_held_back_row_is_not_learnt() -> None:
    _, held = hold_back(Dataset.from_list(ROWS), 1)
    echo = {"id": "an echo", "text": held[0]["text"].upper() + "!"}

    train, again = hold_back(Dataset.from_list([*ROWS, echo]), 1)

    assert again.to_list() == held.to_list()
    assert "an echo" not in train["id"] and len(train) == len(ROWS) - 1


def test_texts_without_a_letter_are_not_all_the_same() -> None:
    train, _ = hold_back(Dataset.from_list([{"id": name, "text": name} for name in ("!", "?", "...")]), 1)

    assert len(train) == 2


@pytest.mark.parametrize("count", [0, 20, 21, -1])
def test_a_count_that_leaves_one_side_empty_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"count is {count}; expected at least 1 and fewer than the 20 rows"):
        hold_back(Dataset.from_list(ROWS), count)


def test_rows_that_all_say_the_same_are_refused() -> None:
    rows = Dataset.from_list([{"id": name, "text": "hello"} for name in "ab"])

    with pytest.raises(ValueError, match="all 2 rows say the same as the 1 held back"):
        hold_back(rows, 1)


def test_state_toxicns_training_rows_fall_apart(real_data: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        rows = read_state_toxicn(real_data / "raw" / "state_toxicn" / "train.json")

    train, held = hold_back(rows, 300)

    assert len(held) == 300
    assert not set(map(fingerprint, train["text"])) & set(map(fingerprint, held["text"]))
