"""Promises of `hf_toxspan.data.sources`."""

from pathlib import Path

import pytest

from hf_toxspan.data.sources import load_data


def test_a_path_is_read_as_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "toxic": true}')

    assert load_data(str(path))["text"] == load_data(f"rows:{path}")["text"] == ["a"]


def test_a_name_chooses_the_loader(tmp_path: Path) -> None:
    cold = tmp_path / "dev.csv"
    cold.write_text(",split,topic,label,TEXT\n0,dev,race,1,a\n")
    rewrite = tmp_path / "data.json"
    rewrite.write_text('[{"toxic": "b", "toxic_words": ["b"]}]')

    assert load_data(f"cold:{cold}")["label"] == ["offensive"]
    assert load_data(f"toxirewritecn:{rewrite}")["spans"] == [[[0, 1]]]
    assert len(load_data("sample:dev")) == 160


def test_toxic_labels_reach_a_file_of_rows_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,hate\n")

    assert load_data(str(path), toxic_labels=["hate"])["toxic"] == [True]
    with pytest.raises(ValueError, match="which says itself what is toxic"):
        load_data("sample:dev", toxic_labels=["hate"])


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"Unknown data set 'gold' .* known: cold, toxirewritecn, sample, rows"):
        load_data("gold:dev.csv")


@pytest.mark.parametrize("source", ["cold", "cold:", "sample"])
def test_a_name_without_a_place_is_told_with_an_example(source: str) -> None:
    with pytest.raises(ValueError, match=f"{source!r} names a data set but not where it is; .*'{source.rstrip(':')}:"):
        load_data(source)


def test_a_file_whose_name_has_a_colon_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("2026:dev.jsonl").write_text('{"text": "a", "toxic": true}')

    assert load_data("2026:dev.jsonl")["id"] == ["2026:dev-0"]


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.jsonl"):
        load_data("none.jsonl")
