"""Obfuscated copies of rows: spans move along, clean rows get some too, a seed decides."""

import logging
from random import Random

import pytest
from datasets import Dataset

from hf_toxspan.data.augmentation import augment, perturb_row
from hf_toxspan.data.rows import check_row, to_dataset
from hf_toxspan.obfuscation.normaliser import KINDS

TOXIC = [
    {"id": f"t{n}", "text": f"you fool number {n}", "label": "toxic", "toxic": True, "spans": [[4, 8]]}
    for n in range(8)
]
UNMARKED = {"id": "u", "text": "you fool", "label": "toxic", "toxic": True, "spans": None}
CLEAN = [{"id": f"c{n}", "text": "天气真好 friends", "label": "clean", "toxic": False, "spans": None} for n in range(6)]


@pytest.fixture
def rows() -> Dataset:
    return to_dataset([*TOXIC, UNMARKED, *CLEAN], name="test")


@pytest.mark.parametrize("kind", KINDS)
def test_the_spans_of_a_copy_quote_its_own_text(kind: str) -> None:
    row = {"id": "1", "text": "说你蠢货走狗, fool clown!", "spans": [[2, 4], [4, 6], [8, 18]], "source": "x"}
    copy = perturb_row(row, kind, Random(1))
    assert copy is not None
    assert (copy["id"], copy["source"]) == (f"1#{kind}", "x")
    if kind not in ("width", "homoglyph", "leet"):
        assert copy["spans"][0][1] == copy["spans"][1][0]
    rest = [row["text"][: spans[0][0]] + row["text"][spans[-1][1] :] for row in (row, copy) if (spans := row["spans"])]
    assert rest == ["说你!", "说你!"]
    assert check_row({"label": "toxic", "toxic": True, **copy}, where="copy") and copy["text"] != row["text"]


def test_the_spans_of_each_annotator_move_along() -> None:
    row = {
        "id": "1",
        "text": "you fool and you clown",
        "spans": [[4, 8]],
        "annotator_spans": [[[4, 8]], [[13, 22]], []],
    }
    copy = perturb_row(row, "spacing", Random(0))
    assert copy is not None and copy["text"] == "you f o o l and you clown"
    assert copy["annotator_spans"] == [[[4, 11]], [[16, 25]], []]
    assert perturb_row({**row, "annotator_spans": None}, "spacing", Random(0))["annotator_spans"] is None  # type: ignore[index]


def test_a_row_that_a_kind_can_not_change_has_no_copy() -> None:
    assert perturb_row({"id": "1", "text": "蠢货", "spans": [[0, 2]]}, "leet", Random(0)) is None
    assert perturb_row({"id": "1", "text": "fool", "spans": None}, "leet", Random(0)) is None


def test_a_share_of_the_marked_toxic_rows_and_as_many_clean_ones_get_a_copy(rows: Dataset) -> None:
    more = augment(rows, share=0.5, seed=1)
    assert more.features == rows.features
    assert more.select(range(len(rows))).to_list() == rows.to_list()
    copies = more.select(range(len(rows), len(more))).to_list()
    assert [copy["toxic"] for copy in copies] == [True] * 4 + [False] * 4
    assert "u" not in {copy["id"].split("#")[0] for copy in copies}
    originals = {row["id"]: row for row in rows.to_list()}
    for copy in copies:
        original = originals[copy["id"].split("#")[0]]
        assert copy["text"] != original["text"]
        if copy["toxic"]:
            ((start, end),) = copy["spans"]
            assert copy["text"][:start] + "fool" + copy["text"][end:] == original["text"]
        else:
            assert copy["spans"] is None


def test_replacing_keeps_the_number_of_rows(rows: Dataset) -> None:
    replaced = augment(rows, share=1.0, seed=1, replace=True)
    assert len(replaced) == len(rows)
    assert {identity.split("#")[0] for identity in replaced["id"]} == set(rows["id"])
    assert sum("#" in identity for identity in replaced["id"]) == len(TOXIC) + len(CLEAN)


def test_the_seed_decides(rows: Dataset) -> None:
    assert augment(rows, share=0.5, seed=3).to_list() == augment(rows, share=0.5, seed=3).to_list()
    assert augment(rows, share=0.5, seed=3)["text"] != augment(rows, share=0.5, seed=4)["text"]


def test_no_share_and_nothing_to_copy_give_the_data_set_back(rows: Dataset, caplog: pytest.LogCaptureFixture) -> None:
    assert augment(rows, share=0) is rows
    assert augment(rows.select([]), share=1) is not None and not caplog.records
    chinese = rows.select(range(9, 15)).map(lambda _: {"toxic": True, "text": "蠢货", "spans": [[0, 2]]})
    with caplog.at_level(logging.WARNING):
        assert augment(chinese, share=1, kinds=["leet"]) is chinese
    assert "6 of 6 rows have nothing to obfuscate by ['leet']" in caplog.text


@pytest.mark.parametrize(("options", "told"), [({"share": 1.5}, "share is 1.5"), ({"share": 0.5, "kinds": ["x"]}, "x")])
def test_wrong_options_are_told(rows: Dataset, options: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        augment(rows, **options)  # type: ignore[arg-type]
