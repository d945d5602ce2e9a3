"""Promises of `hf_toxspan.data.sources`."""

import gzip
import json
from pathlib import Path

import pytest

from hf_toxspan.data.sources import load_all, load_data


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
    with pytest.raises(ValueError, match=r"Unknown data set 'gold' .* known: cold, .*hatexplain, .*, rows"):
        load_data("gold:dev.csv")


MINIMAL = {
    "toxicn:a.csv": "content,toxic,toxic_type,expression,target\nidle fool,1,1,0,[]\n",
    "cntp:a.json": '[{"sentence_id": 1, "original_text": "idle fool", "is_toxic": 1, "toxic_entity": ["fool"]}]',
    "state_toxicn:a.json": '[{"id": 1, "content": "idle fool", "sen_hate": "0"}]',
    "semeval2021:a.csv": 'spans,text\n"[5, 6, 7, 8]",idle fool\n',
    "vihos:a.csv": 'content,index_spans\nidle fool,"[5, 6, 7, 8]"\n',
}


@pytest.mark.parametrize("source", MINIMAL)
@pytest.mark.parametrize("packed", [False, True])
def test_every_published_file_can_be_named_and_packed(tmp_path: Path, source: str, packed: bool) -> None:
    name, file = source.split(":")
    path = tmp_path / (f"{file}.gz" if packed else file)
    content = MINIMAL[source].encode()
    path.write_bytes(gzip.compress(content) if packed else content)

    assert load_data(f"{name}:{path}")["text"] == ["idle fool"]


def test_a_split_of_hatexplain_stands_after_a_hash(tmp_path: Path) -> None:
    path = tmp_path / "data#1" / "dataset.json"
    path.parent.mkdir()
    answer = {"label": "normal", "annotator_id": 1, "target": ["None"]}
    post = {"post_tokens": ["kind", "words"], "annotators": [answer] * 3, "rationales": []}
    path.write_text(json.dumps({"a": post, "b": post}))
    path.with_name("post_id_divisions.json").write_text('{"train": ["a"], "val": ["b"]}')

    assert load_data(f"hatexplain:{path}#dev")["id"] == ["b"]
    with pytest.raises(ValueError, match=r"No split 'test' in .*; found train, val"):
        load_data(f"hatexplain:{path}#test")


def test_hatexplain_without_a_split_is_told_which_there_are(tmp_path: Path) -> None:
    path = tmp_path / "dataset.json"
    path.write_text("{}")
    path.with_name("post_id_divisions.json").write_text('{"train": [], "val": []}')

    with pytest.raises(ValueError, match=r"No split '' in .*; found train, val"):
        load_data(f"hatexplain:{path}")


@pytest.mark.parametrize("source", ["cold", "cold:", "sample", "hatexplain"])
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


def test_of_several_sources_the_shared_columns_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a", "toxic": true, "topic": "x"}\n')
    (tmp_path / "b.jsonl").write_text('{"text": "b", "toxic": false}\n')
    both = load_all([str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")])
    assert both["text"] == ["a", "b"] and "topic" not in both.column_names
    assert "topic" in load_all([str(tmp_path / "a.jsonl")]).column_names
