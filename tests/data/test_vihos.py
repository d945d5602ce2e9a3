"""Promises of `hf_toxspan.data.vihos`."""

import csv
import logging
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.data.files import read_rows
from hf_toxspan.data.vihos import read_vihos

LETTERS = st.sampled_from("ađe\u0302\u0323傻😀\u200d")
WORDS = st.lists(st.tuples(st.text(LETTERS, min_size=1, max_size=4), st.sampled_from(["B-T", "I-T", "O"])), max_size=8)


def write(folder: Path, *lines: tuple[object, ...], name: str = "dev.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return path


def words(folder: Path, *tagged: tuple[str, str]) -> Path:
    lines = [(0, word, tag) for word, tag in tagged]
    return write(folder, ("sentence_id", "word", "tag"), *lines, name="dev_BIO_Word.csv")


def test_offsets_count_characters_of_the_raw_text_which_stays_as_it_is(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", "đồ 😀 ngốc")
    marked = list(range(text.index("n"), len(text)))

    rows = read_vihos(write(tmp_path, ("", "content", "index_spans"), (5, text, marked), (6, "chào", [])))

    assert rows.to_list() == [
        {
            "id": "dev-0",
            "text": text,
            "label": "hate/offensive",
            "toxic": True,
            "spans": [[7, 13]],
            "source_idx": "5",
        },
        {"id": "dev-1", "text": "chào", "label": "clean", "toxic": False, "spans": [], "source_idx": "6"},
    ]
    assert unicodedata.normalize("NFC", text[7:13]) == "ngốc"


def test_odd_offsets_are_counted_and_a_comment_without_a_usable_one_stays_toxic(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, ("content", "index_spans"), ("ngu", "[2, 1, 3]"), ("ngu", "[9]"))

    with caplog.at_level(logging.WARNING):
        rows = read_vihos(path)

    assert (rows["spans"], rows["toxic"]) == ([[[1, 3]], None], [True, True])
    assert caplog.messages == [
        f"{path}: lists with offsets outside the text, those left out: 2 (first: line 2); lists of offsets out of "
        "order or repeated, put in order: 1 (first: line 2)."
    ]


def test_tagged_words_are_joined_and_a_span_runs_over_its_blanks(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ("", "Sentence_ID", "Word", "Tag"),
        *[(0, 4, "đồ", "B-T"), (1, 4, "ngốc", "I-T"), (2, 4, "ngu", "B-T"), (3, 4, "😀", "O"), (4, 5, "chào", "O")],
        name="dev_BIO_syllable.csv",
    )

    first, second = read_vihos(path).to_list()

    assert first == {
        "id": "dev_BIO_syllable-4",
        "text": "đồ ngốc ngu 😀",
        "label": "hate/offensive",
        "toxic": True,
        "spans": [[0, 7], [8, 11]],
        "tokens": ["đồ", "ngốc", "ngu", "😀"],
        "tags": ["B-T", "I-T", "B-T", "O"],
    }
    assert (second["id"], second["label"], second["spans"]) == ("dev_BIO_syllable-5", "clean", [])


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_spans_quote_exactly_the_tagged_words_in_every_script(
    tmp_path_factory: pytest.TempPathFactory, tagged: list[tuple[str, str]]
) -> None:
    rows = read_vihos(words(tmp_path_factory.mktemp("words"), *tagged))

    quoted = [text[start:end] for text, spans in zip(rows["text"], rows["spans"], strict=True) for start, end in spans]
    assert " ".join(quoted).split() == [word for word, tag in tagged if tag != "O"]
    assert sum(len(quote.split()) > 1 for quote in quoted) <= sum(tag == "I-T" for _, tag in tagged)
    assert [row["text"].split(" ") for row in rows] == ([[word for word, _ in tagged]] if tagged else [])


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_underscores_inside_a_word_become_blanks_unless_kept(tmp_path: Path, form: str) -> None:
    text = unicodedata.normalize(form, "đồ_khờ")
    path = words(tmp_path, (text, "B-T"), ("^_^", "O"), ("_", "O"))

    assert read_vihos(path)["text"] == [f"{text.replace('_', ' ')} ^_^ _"]
    assert read_vihos(path, keep_underscores=True)["text"] == [f"{text} ^_^ _"]
    assert read_vihos(path)["spans"] == read_vihos(path, keep_underscores=True)["spans"] == [[[0, len(text)]]]


def test_broken_tags_and_empty_words_are_handled_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = words(tmp_path, ("bạn", "O"), ("ngu", "I-T"), ("", "I-T"), ("ngốc", "I-T"))

    with caplog.at_level(logging.WARNING):
        (row,) = read_vihos(path)

    assert (row["text"], row["spans"]) == ("bạn ngu ngốc", [[4, 12]])
    assert caplog.messages == [
        f"{path}: empty words, left out: 1 (first: line 4); tags I-T that continue no span, each begins one: 1 (first: "
        "line 3)."
    ]


def test_a_header_alone_gives_no_rows(tmp_path: Path) -> None:
    assert len(read_vihos(write(tmp_path, ("content", "index_spans")))) == 0


def test_another_file_is_told_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 2: found the columns text, spans; expected content, index_spans, or "):
        read_vihos(write(tmp_path, ("text", "spans"), ("a", "[]")))
    with pytest.raises(ValueError, match="line 2: the tag is 'X'; expected B-T, I-T or O"):
        read_vihos(words(tmp_path, ("ngu", "X")))


@pytest.mark.parametrize("split", ["train", "dev"])
def test_the_real_file_gives_the_normalised_rows_in_their_order(
    real_data: Path, split: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        rows = read_vihos(real_data / "raw" / "vihos" / f"{split}.csv")[:]
    expected = read_rows(real_data / "vihos" / f"{split}.jsonl.gz")[:]

    for column in ("id", "text", "label", "toxic", "spans"):
        assert rows[column] == expected[column]
    assert not caplog.messages
    assert any(not unicodedata.is_normalized("NFC", text) for text in rows["text"])
