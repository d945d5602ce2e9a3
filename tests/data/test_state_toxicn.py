"""Promises of `hf_toxspan.data.state_toxicn`."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.data.files import read_rows
from hf_toxspan.data.state_toxicn import read_state_toxicn

FIELDS = ("Target", "Argument", "Group", "hateful")


def post(text: Any, *quads: tuple[Any, ...], **changes: Any) -> dict[str, Any]:
    named = {f"Q{n} {name}": value for n, quad in enumerate(quads, 1) for name, value in zip(FIELDS, quad, strict=True)}
    return {"id": 7, "content": text, "platform": "tieba", "topic": "gender", "sen_hate": "1", **named, **changes}


def read(folder: Path, *posts: dict[str, Any]) -> list[dict[str, Any]]:
    path = folder / "train.json"
    path.write_text(json.dumps(posts))
    return read_state_toxicn(path).to_list()


def test_quadruples_are_located_and_the_hateful_ones_become_spans(tmp_path: Path) -> None:
    text = "😀他们真懒，你说得好"
    quads = ("他们", "真懒", "Region, others", "hate"), ("你", "说得好", "non-hate", "non-hate")

    assert read(tmp_path, post(text, *quads)) == [
        {
            "id": "7",
            "text": text,
            "label": "hate",
            "toxic": True,
            "spans": [[1, 5]],
            "platform": "tieba",
            "topic": "gender",
            "quads": [
                {
                    "target": "他们",
                    "argument": "真懒",
                    "group": ["Region", "others"],
                    "hateful": True,
                    "target_span": [1, 3],
                    "argument_span": [3, 5],
                },
                {
                    "target": "你",
                    "argument": "说得好",
                    "group": [],
                    "hateful": False,
                    "target_span": [6, 7],
                    "argument_span": [7, 10],
                },
            ],
            "target_spans": [[1, 3]],
            "argument_spans": [[3, 5]],
        }
    ]


@pytest.mark.parametrize(
    ("text", "target", "argument", "places"),
    [
        ("你好，你懒", "你", "懒", ([3, 4], [4, 5])),  # the nearest
        ("懒人真懒，他很勤", "他", "懒", ([5, 6], [3, 4])),  # the argument's nearest
        ("你懒，你懒", "你", "懒", ([0, 1], [1, 2])),  # of equals the first
        ("你说你这你人", "你", "说你这你人", ([2, 3], [1, 6])),  # inside rather than beside, well inside first
        ("你好你好", "你", None, ([0, 1], None)),
        ("你好你好", "他", "好", (None, [1, 2])),
    ],
)
def test_of_several_places_the_pair_that_lies_closest_counts(
    tmp_path: Path, text: str, target: str, argument: str | None, places: tuple[Any, Any]
) -> None:
    (row,) = read(tmp_path, post(text, (target, argument, "others", "hate")))

    assert (row["quads"][0]["target_span"], row["quads"][0]["argument_span"]) == places


def test_a_clean_post_has_no_spans(tmp_path: Path) -> None:
    (row,) = read(tmp_path, post("你好", ("你", "好", "non-hate", "non-hate"), sen_hate="0"))

    assert (row["label"], row["toxic"], row["spans"], row["target_spans"]) == ("non-hate", False, [], [])


def told(folder: Path, caplog: pytest.LogCaptureFixture, *posts: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    with caplog.at_level(logging.WARNING):
        rows = read(folder, *posts)
    (message,) = caplog.messages
    return rows, message


def test_a_string_is_looked_for_without_its_blanks_and_a_number_as_its_digits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    quads = ("你 ", " 414 ", "others", "hate"), ("你", 414, "others", "hate")
    (row,), message = told(tmp_path, caplog, post("你 414", *quads))

    assert [(quad["target"], quad["argument"], quad["argument_span"]) for quad in row["quads"]] == [
        ("你 ", "414", [2, 5]),
        ("你", "414", [2, 5]),
    ]
    assert "targets or arguments that occur without their outer blanks, taken off: 1 (first: record 1)" in message
    assert "targets or arguments that are no strings, read as written: 1 (first: record 1)" in message


def test_null_and_strings_that_do_not_occur_have_no_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    posts = post("真懒", ("NULL", "很懒", "others", "hate")), post("真懒", ("NULL", "真懒", "others", "hate"))
    (lost, found), message = told(tmp_path, caplog, *posts)

    assert (lost["spans"], lost["target_spans"], lost["argument_spans"]) == (None, [], [])
    assert (lost["quads"][0]["target"], lost["quads"][0]["argument"]) == (None, "很懒")
    assert found["spans"] == [[0, 2]]
    assert "NULL as target or argument, None here: 2 (first: record 1)" in message
    assert "targets or arguments that do not occur in their post and have no span: 1 (first: record 1)" in message


@pytest.mark.parametrize("hateful", [None, "NULL"])
def test_whether_a_quadruple_is_hateful_follows_from_its_group_where_it_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, hateful: str | None
) -> None:
    quads = ("你", "懒", "others", hateful), ("你", "好", "non-hate", hateful)
    (row,), message = told(tmp_path, caplog, post("你懒你好", *quads))

    assert [quad["hateful"] for quad in row["quads"]] == [True, False]
    assert "quadruples without `hateful`, told from their group: 2 (first: record 1)" in message


def test_a_misspelt_group_is_corrected_and_an_unknown_one_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (row,), message = told(tmp_path, caplog, post("你懒", ("你", "懒", "Sexis, Racism ,age", "hate")))

    assert row["quads"][0]["group"] == ["Sexism", "Racism", "age"]
    assert "groups misspelt Sexis, Sexism here: 1" in message
    assert "groups other than Racism, Region, LGBTQ, Sexism, others, kept as written: 1" in message


def test_a_skipped_number_and_missing_fields_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    third = {"Q3 Argument": "懒", "Q3 Group": "others", "Q3 hateful": "hate"}
    (row,), message = told(tmp_path, caplog, post("你懒", ("你", "懒", "others", "hate"), **third))

    assert [quad["target"] for quad in row["quads"]] == ["你", None]
    assert "posts that skip the number of a quadruple, the others keep their order: 1" in message
    assert "targets or arguments left out, None here: 1" in message


def test_the_posts_own_label_decides_against_its_quadruples(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    quad = ("你", "懒", "others", "hate")
    (clean, toxic), message = told(tmp_path, caplog, post("你懒", quad, sen_hate="0"), post("你懒"))

    assert (clean["toxic"], clean["spans"]) == (False, [[0, 2]])
    assert (toxic["toxic"], toxic["spans"], toxic["quads"]) == (True, [], [])
    assert "posts whose `sen_hate` contradicts their quadruples, it decides `toxic`: 2 (first: record 1)" in message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text": "a"}, "record 1: no column id, content, sen_hate; found text, expected id, content, sen_hate"),
        (post(5), "record 1: `content` is 5 .* expected a string and 0 or 1"),
        (post("a", sen_hate="hate"), "record 1: .* `sen_hate` 'hate'; expected a string and 0 or 1"),
    ],
)
def test_another_file_is_told_with_what_was_expected(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, wrong)


def test_the_real_file_gives_the_normalised_rows_in_their_order(
    real_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        rows = read_state_toxicn(real_data / "raw" / "state_toxicn" / "train.json")[:]
    expected = read_rows(real_data / "state_toxicn" / "train.jsonl.gz")[:]

    for column in ("id", "text", "label", "toxic", "platform", "topic", "quads", "target_spans", "argument_spans"):
        assert rows[column] == expected[column]
    # Two posts have a hateful quadruple of which nothing occurs: not annotated here, [] in the normalised rows.
    assert [spans or [] for spans in rows["spans"]] == expected["spans"]
    assert rows["spans"].count(None) == 2
    quads = [quad for row in rows["quads"] for quad in row]
    assert f"NULL as target or argument, None here: {sum(quad['target'] is None for quad in quads)} " in caplog.text
    assert len(caplog.messages) == 1
