"""Promises of `hf_toxspan.data.hatexplain`."""

import gzip
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.spans import from_mask
from hf_toxspan.data.files import read_rows
from hf_toxspan.data.hatexplain import read_hatexplain

LABELS = ("hatespeech", "offensive", "normal")
POST = ["you", "poor", "😀", "fool", "!"]
WORDS = st.text(st.sampled_from("aß傻đe\u0302\u0323😀\u200d<>"), min_size=1, max_size=4)


def post(
    *masks: Sequence[int],
    tokens: Sequence[str] = POST,
    labels: Sequence[str] = LABELS[:2] + LABELS[:1],
    targets: Sequence[Sequence[str]] = (["Women"], ["Women", "Other"], ["Other"]),
) -> dict[str, Any]:
    answers = zip(labels, targets, strict=True)
    return {
        "post_id": "7_gab",
        "annotators": [
            {"label": label, "annotator_id": number, "target": list(names)}
            for number, (label, names) in enumerate(answers, start=1)
        ],
        "rationales": [list(mask) for mask in masks],
        "post_tokens": list(tokens),
    }


def write(folder: Path, posts: Any, divisions: Mapping[str, Sequence[str]] | None = None) -> Path:
    path = folder / "dataset.json"
    path.write_text(json.dumps(posts))
    if divisions is not None:
        path.with_name("post_id_divisions.json").write_text(json.dumps(divisions))
    return path


def test_a_post_becomes_a_row_with_every_annotators_answer(tmp_path: Path) -> None:
    masks = [0, 1, 1, 1, 0], [0, 0, 0, 1, 0], [1, 0, 0, 1, 0]

    assert read_hatexplain(write(tmp_path, {"7_gab": post(*masks)})).to_list() == [
        {
            "id": "7_gab",
            "text": "you poor 😀 fool !",
            "label": "hatespeech",
            "toxic": True,
            "spans": [[0, 15]],
            "spans_majority": [[11, 15]],
            "annotator_spans": [[[4, 15]], [[11, 15]], [[0, 3], [11, 15]]],
            "tokens": POST,
            "rationales": [list(mask) for mask in masks],
            "target_groups": ["Women"],
            "targets": [["Women"], ["Women", "Other"], ["Other"]],
            "annotator_labels": ["hatespeech", "offensive", "hatespeech"],
            "annotator_ids": [1, 2, 3],
        }
    ]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.tuples(WORDS, st.sampled_from([0, 1])), min_size=1, max_size=8), min_size=1, max_size=20))
def test_a_span_quotes_exactly_a_run_of_marked_tokens_in_every_script(
    tmp_path_factory: pytest.TempPathFactory, marked: list[list[tuple[str, int]]]
) -> None:
    pairs = [tuple(zip(*words, strict=True)) for words in marked]
    posts = {str(number): post(mask, tokens=tokens) for number, (tokens, mask) in enumerate(pairs)}

    rows = read_hatexplain(write(tmp_path_factory.mktemp("posts"), posts)).to_list()

    for row, (tokens, mask) in zip(rows, pairs, strict=True):
        assert row["text"].split(" ") == list(tokens)
        quotes = [row["text"][start:end] for start, end in row["spans"]]
        assert quotes == [" ".join(tokens[start:end]) for start, end in from_mask([mark == 1 for mark in mask])]


def test_the_majority_is_half_of_those_who_marked(tmp_path: Path) -> None:
    two = post([1, 1, 0, 0, 0], [0, 1, 0, 0, 0])
    three = post([1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0])

    rows = read_hatexplain(write(tmp_path, {"two": two, "three": three}), rationale="majority")

    assert rows["spans"] == rows["spans_majority"] == [[[0, 8]], [[4, 8]]]


def test_a_normal_post_has_no_spans_though_somebody_marked_words(tmp_path: Path) -> None:
    normal = post([1, 0, 0, 0, 0], labels=["normal", "offensive", "normal"])

    (row,) = read_hatexplain(write(tmp_path, {"7": normal}))

    assert (row["label"], row["toxic"], row["spans"], row["spans_majority"]) == ("normal", False, [], [])
    assert row["annotator_spans"] == [[[0, 3]]]


def test_a_rationale_of_another_length_is_counted_and_marks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    posts = {"a": post([1, 0], [0, 1, 0, 0, 0]), "b": post([1], [1] * 6)}

    with caplog.at_level(logging.WARNING):
        rows = read_hatexplain(write(tmp_path, posts))

    assert rows["spans"] == [[[4, 8]], None]
    assert rows["annotator_spans"] == [[[[4, 8]]], []]
    assert rows["rationales"][1] == [[1], [1] * 6]
    assert "rationales of another length than their post, which mark nothing: 3 (first: post a)" in caplog.text


def test_posts_without_a_majority_are_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    posts = {"a": post([1, 0, 0, 0, 0], labels=LABELS), "b": post()}

    with caplog.at_level(logging.WARNING):
        assert read_hatexplain(write(tmp_path, posts))["id"] == ["b"]

    assert "posts without a label of two annotators, left out: 1 (first: post a)" in caplog.text


def test_a_split_has_its_posts_in_its_order_and_dev_is_val(tmp_path: Path) -> None:
    path = write(tmp_path, {name: post() for name in "abc"}, {"train": ["c", "a"], "val": ["b"]})

    assert read_hatexplain(path, split="train")["id"] == ["c", "a"]
    assert read_hatexplain(path, split="dev")["id"] == read_hatexplain(path, split="val")["id"] == ["b"]
    assert read_hatexplain(path)["id"] == ["a", "b", "c"]


def test_the_divisions_may_be_packed_or_lie_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path, {name: post() for name in "ab"})
    packed = tmp_path / "post_id_divisions.json.gz"
    packed.write_bytes(gzip.compress(b'{"train": ["a"]}'))
    elsewhere = tmp_path / "mine.json"
    elsewhere.write_text('{"train": ["b"]}')

    assert read_hatexplain(path, split="train")["id"] == ["a"]
    assert read_hatexplain(path, split="train", divisions=elsewhere)["id"] == ["b"]


def test_an_unknown_split_is_told_with_those_found(tmp_path: Path) -> None:
    path = write(tmp_path, {"a": post()}, {"train": ["a"], "val": []})

    with pytest.raises(ValueError, match=r"No split 'test' in .*post_id_divisions\.json; found train, val"):
        read_hatexplain(path, split="test")


def test_a_split_of_which_posts_are_missing_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, {"a": post()}, {"train": ["a", "b", "c"]})

    with pytest.raises(ValueError, match=r"2 of 3 posts of the split 'train' .* are not in the data, the first is 'b'"):
        read_hatexplain(path, split="train")


@pytest.mark.parametrize(
    ("posts", "told"),
    [
        ([1], r"dataset\.json: holds \[1\]; expected a JSON object"),
        ({"a": 1}, r"dataset\.json, post a: holds 1; expected a JSON object"),
        ({"a": {"text": "b"}}, "post a: no column post_tokens, annotators, rationales; found text"),
        ({"a": {**post(), "post_tokens": "a b"}}, "post a: `post_tokens` is 'a b'; expected a list of strings"),
        ({"a": post(labels=["1", "1", "1"])}, "post a: `annotators` is .* a `label` of hatespeech, normal, offensive"),
        ({"a": post([0, 2, 0, 0, 0])}, r"post a: `rationales` is \[\[0, 2, 0, 0, 0\]\]; expected lists of 0 and 1"),
    ],
)
def test_another_file_is_told_with_what_was_expected(tmp_path: Path, posts: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_hatexplain(write(tmp_path, posts))


def test_an_unknown_rationale_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rationale is 'soft'; expected one of union, majority"):
        read_hatexplain(write(tmp_path, {}), rationale="soft")  # type: ignore[arg-type]


@pytest.mark.parametrize("split", ["train", "dev"])
def test_the_real_file_gives_the_normalised_rows_in_their_order(real_data: Path, split: str) -> None:
    rows = read_hatexplain(real_data / "raw" / "hatexplain" / "dataset.json.gz", split=split)[:]
    expected = read_rows(real_data / "hatexplain" / f"{split}.jsonl.gz")[:]

    for column in ("id", "text", "label", "toxic", "spans", "tokens"):
        assert rows[column] == expected[column]
    if split == "dev":  # of train, only the union was published; the raw file has it in place of each rationale
        assert rows["spans_majority"] == expected["spans_majority"]
        assert rows["rationales"] == expected["rationales"]
        everyone = [sorted({name for names in targets for name in names} - {"None"}) for targets in rows["targets"]]
        assert everyone == expected["target_groups"]  # named by anyone; ours by two
