"""Tests of lexicons of slang as files."""

import gzip
import json
from pathlib import Path

import pytest

from hf_toxspan.core.slang_mining import Given
from hf_toxspan.data.slang_lexicons import read_slang_lexicon

TWIT = {"term": "twit", "category": "mild", "definition": "a fool"}
EXPECTED = [Given("twit", "words", "a fool", ("mild",))]


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_the_authors_object_and_a_bare_list_are_read(tmp_path: Path) -> None:
    whole = {"title": "...", "categories": ["mild"], "terms": [TWIT]}
    assert read_slang_lexicon(write(tmp_path, "words.json", json.dumps(whole))) == EXPECTED
    assert read_slang_lexicon(write(tmp_path, "words.json", json.dumps([TWIT]))) == EXPECTED


def test_tables_are_read_whole_or_with_terms_alone(tmp_path: Path) -> None:
    assert read_slang_lexicon(write(tmp_path, "words.jsonl", json.dumps(TWIT))) == EXPECTED
    several = {"term": "twit", "categories": ["mild", "old"], "definition": None}
    assert read_slang_lexicon(write(tmp_path, "words.jsonl", json.dumps(several)))[0].categories == ("mild", "old")
    assert read_slang_lexicon(write(tmp_path, "words.csv", "term,category,definition\ntwit,mild,a fool\n")) == EXPECTED
    assert read_slang_lexicon(write(tmp_path, "words.csv", "term\ntwit\n")) == [Given("twit", "words")]


def test_a_plain_list_is_a_term_a_line(tmp_path: Path) -> None:
    path = tmp_path / "words.txt.gz"
    path.write_bytes(gzip.compress("# mine\r\ntwit\r\n\r\n đồ ngu \n".encode()))
    assert read_slang_lexicon(path) == [Given("twit", "words"), Given("đồ ngu", "words")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("words.jsonl", '{"word": "twit"}', r"words.jsonl, line 1: no column term; found word, expected term"),
        (
            "words.jsonl",
            '{"term": "twit"}\n{"term": 3}',
            r"words.jsonl, line 2: term 3, definition ''; expected strings",
        ),
        ("words.jsonl", '{"term": "twit", "category": [3]}', r"line 1: category \[3\]; expected a string or a list"),
        (
            "words.json",
            '{"words": []}',
            r"words.json: expected a list of terms, or an object that holds one as `terms`",
        ),
        ("words.json", '["twit"]', r"words.json: expected a list of terms"),
        ("words.txt", "\u200b", r"words.txt, line 1: term '\\u200b'; expected 1 to 100 characters"),
        ("words.txt", "x" * 101, r"words.txt, line 1: term 'xxx.*; expected 1 to 100 characters"),
        ("words.md", "twit", r"unknown suffix '.md'"),
    ],
)
def test_a_wrong_file_says_where_and_what(tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_slang_lexicon(write(tmp_path, name, content))


def test_the_lexicon_of_state_toxicn_is_read_whole(real_data: Path) -> None:
    given = read_slang_lexicon(real_data / "raw" / "state_toxicn" / "annotated_lexicon.json")
    assert len(given) == 829
    assert all(one.definition and one.categories and one.lexicon == "annotated_lexicon" for one in given)
