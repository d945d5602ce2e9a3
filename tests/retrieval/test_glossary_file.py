"""Tests of a glossary as a file: nothing is lost, and a wrong line is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hf_toxspan.core.slang import Counts, Evidence, Glossary, Rules, SlangEntry, Source
from hf_toxspan.core.terms import normal_form
from hf_toxspan.retrieval.glossary_file import read_glossary, write_glossary

WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
FEW = st.lists(WORDS, max_size=2).map(tuple)
NUMBERS = st.none() | st.floats(-9, 9)
EVIDENCE = st.builds(
    lambda counts, marked: Evidence(counts, {"clean": ("00c0ffee",) * counts.clean} if marked else {}),
    st.builds(Counts, *[st.integers(0, 3)] * 3),
    st.booleans(),
)
ENTRIES = st.builds(
    SlangEntry,
    term=WORDS.map(normal_form).filter(bool),
    definition=WORDS | st.just("\ud83d"),
    categories=FEW,
    lexicons=FEW,
    evidence=st.dictionaries(st.sampled_from(["a", "b:train"]), EVIDENCE),
    log_odds=NUMBERS,
    z=NUMBERS,
    mined=st.booleans(),
    context_dependent=st.none() | st.booleans(),
).filter(lambda entry: entry.mined or entry.lexicons)
SOURCES = {"a": Source(1, 2, 3, 0, "c0ffee"), "b:train": Source(4, 5)}


@given(st.lists(ENTRIES, max_size=4, unique_by=lambda entry: entry.term))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_what_is_written_is_read_back(tmp_path: Path, entries: list[SlangEntry]) -> None:
    glossary = Glossary(tuple(entries), SOURCES, Rules(min_z=0.1))
    write_glossary(glossary, tmp_path / "slang.jsonl")
    assert read_glossary(tmp_path / "slang.jsonl") == glossary
    assert (tmp_path / "slang.jsonl").read_bytes().count(b"\n") == 1 + len(entries)


ENTRY = SlangEntry("twit", mined=True, evidence={"a": Evidence(Counts(2, 0, 1), {"clean": ("00c0ffee",)})})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda line: line.update(term=3), r"line 2: `term` is 3; expected str"),
        (lambda line: line.update(z="high"), r"line 2: `z` is 'high'; expected int or float or null"),
        (lambda line: line.update(term=" TWIT"), r"line 2: `term` is ' TWIT'; expected it as texts are read: 'twit'"),
        (lambda line: line.pop("lexicons"), r"line 2: holds term, origin, .*; expected an entry: term, origin"),
        (lambda line: line.update(counts={"c": {}}, marks={}), r"line 2: counts 'c', which is none of the sources"),
        (lambda line: line["counts"].update(a={"toxic": 1}), r"line 2: counts are \{'toxic': 1\}; expected whole"),
        (lambda line: line["counts"]["a"].update(clean=-1), r"line 2: counts are .*; expected whole numbers"),
        (lambda line: line["marks"]["a"].update(clean=[]), r"line 2: 0 marks of 'clean' texts; expected .* 1"),
        (lambda line: line["marks"].update(a=[3]), r"line 2: .*no attribute 'items'"),
        (lambda line: line["marks"]["a"].update(odd=["x"]), r"line 2: 1 marks of 'odd' texts"),
        (lambda line: line.update(origin="heard"), r"line 2: `origin` is 'heard'; expected mined, given, both"),
        (lambda line: line.update(origin="given"), r"line 2: `origin` is 'given', but `lexicons` names none"),
    ],
)
def test_a_wrong_entry_is_named_by_its_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    path = tmp_path / "slang.jsonl"
    write_glossary(Glossary((ENTRY,), SOURCES), path)
    header, line = path.read_text().splitlines()
    fields = json.loads(line)
    change(fields)
    path.write_text(f"{header}\n{json.dumps(fields)}\n")
    with pytest.raises(ValueError, match=message):
        read_glossary(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"slang.jsonl is empty; expected a glossary"),
        ("{}", r"slang.jsonl, line 1: holds nothing; expected the first line of a glossary"),
        ("[1]", r"line 1: holds \[1\]; expected the first line"),
        ("{", r"line 1: Expecting .*Correct the line, or mine again"),
        ('{"glossary": 2, "made_by": "", "rules": {}, "sources": {}}', r"line 1: is a glossary of format 2; this .* 1"),
        ('{"glossary": 1, "made_by": "", "rules": {"a": 1}, "sources": {}}', r"line 1: Rules has a; expected max_"),
    ],
)
def test_a_wrong_first_line_is_told(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "slang.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_glossary(path)


def test_a_term_listed_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "slang.jsonl"
    write_glossary(Glossary((ENTRY, ENTRY), SOURCES), path)
    with pytest.raises(ValueError, match=r"line 3: lists 'twit' again"):
        read_glossary(path)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "slang.jsonl"
    write_glossary(Glossary((ENTRY,), SOURCES), path)
    path.write_bytes(path.read_bytes() + b"\xff")
    with pytest.raises(ValueError, match=r"slang.jsonl, line 3: 'utf-8' codec can't decode byte 0xff"):
        read_glossary(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"looked for a glossary at .*slang.jsonl and found no file"):
        read_glossary(tmp_path / "slang.jsonl")
