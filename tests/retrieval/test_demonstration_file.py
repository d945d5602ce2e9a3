"""Tests of a store of demonstrations as a folder: whole or refused, and never stale."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hf_toxspan.retrieval import embeddings
from hf_toxspan.retrieval.demonstration_file import Demonstration, read_demonstrations, write_demonstrations
from hf_toxspan.retrieval.embeddings import SentenceEmbedder, Vectors
from tests.retrieval.bigrams import BigramEmbedder

EXAMPLES = [
    Demonstration("1", "you fool", "you | fool | others [END]", "train"),
    Demonstration("2", "line\u2028one\r\nline two", "NULL | one | non-hate [END]"),
    Demonstration("3", "傻", "NULL | 傻 | others [END]", "test"),
]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    folder, embedder = tmp_path / "deep" / "store", BigramEmbedder()
    vectors = write_demonstrations(EXAMPLES, embedder, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["examples.jsonl", "meta.json", "vectors.safetensors"]
    examples, read_vectors, read_by = read_demonstrations(folder, embedder)
    assert (examples, read_by) == (EXAMPLES, embedder)
    assert np.array_equal(read_vectors, vectors)
    assert embedder.asked == [example.text for example in EXAMPLES]


def test_no_demonstrations_are_kept_too(tmp_path: Path) -> None:
    write_demonstrations([], BigramEmbedder(), tmp_path)
    examples, vectors, _ = read_demonstrations(tmp_path, BigramEmbedder())
    assert examples == [] and len(vectors) == 0


def test_the_folder_says_which_model_is_to_be_loaded(encoder_folder: str, tmp_path: Path) -> None:
    embedder = SentenceEmbedder(encoder_folder, query_prompt="you ", prompt="hello ", device="cpu")
    write_demonstrations(EXAMPLES, embedder, tmp_path)
    _, _, loaded = read_demonstrations(tmp_path)
    assert isinstance(loaded, SentenceEmbedder)
    assert loaded.fingerprint == embedder.fingerprint
    meta = json.loads((tmp_path / "meta.json").read_text())
    assert (meta["model"], meta["query_prompt"], meta["prompt"], meta["examples"]) == (
        encoder_folder,
        "you ",
        "hello ",
        3,
    )


def test_a_model_that_is_gone_or_has_no_name_must_be_passed(tmp_path: Path) -> None:
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    with pytest.raises(ValueError, match="vectors has no name; pass the embedder"):
        read_demonstrations(tmp_path)
    meta = json.loads((tmp_path / "meta.json").read_text())
    (tmp_path / "meta.json").write_text(json.dumps(meta | {"model": str(tmp_path / "model")}))
    with pytest.raises(FileNotFoundError, match=r"is no longer at .*model; pass the embedder"):
        read_demonstrations(tmp_path)


def test_vectors_by_another_model_are_refused(tmp_path: Path) -> None:
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    with pytest.raises(ValueError, match=r"\(bigrams of 256, .* at hand is bigrams of 64; .* or build the store again"):
        read_demonstrations(tmp_path, BigramEmbedder(64))


@pytest.mark.parametrize("content", [None, "", '{"id": "1", "text": "you fool!", "answer": "", "split": null}\n'])
def test_other_examples_than_the_vectors_were_made_of_are_refused(tmp_path: Path, content: str | None) -> None:
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    (tmp_path / "examples.jsonl").unlink()
    if content is not None:
        (tmp_path / "examples.jsonl").write_text(content)
    with pytest.raises(ValueError, match=r"does not hold the 3 examples that meta.json describes.*build the store aga"):
        read_demonstrations(tmp_path, BigramEmbedder())


def test_vectors_of_another_store_are_refused(tmp_path: Path) -> None:
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path / "one")
    write_demonstrations(EXAMPLES[::-1], BigramEmbedder(), tmp_path / "other")
    (tmp_path / "other" / "vectors.safetensors").replace(tmp_path / "one" / "vectors.safetensors")
    with pytest.raises(ValueError, match=r"vectors.safetensors holds the vectors of other texts or by another model"):
        read_demonstrations(tmp_path / "one", BigramEmbedder())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"meta.json: Expecting .*; build the store again"),
        ("[]", r"meta.json describes no store of demonstrations of format 1; build the store again"),
        ('{"demonstrations": 1}', r"meta.json describes no store of demonstrations of format 1"),
    ],
)
def test_a_wrong_description_is_told(tmp_path: Path, content: str, message: str) -> None:
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    (tmp_path / "meta.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_demonstrations(tmp_path, BigramEmbedder())
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    assert read_demonstrations(tmp_path, BigramEmbedder())[0] == EXAMPLES


def test_a_folder_without_a_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"found no .*meta.json; build one there"):
        read_demonstrations(tmp_path, BigramEmbedder())


@pytest.mark.parametrize("name", ["examples.jsonl", "meta.json", "vectors.safetensors"])
def test_a_file_of_something_else_is_not_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match=rf"{name} (is no store's|holds no vectors).*; remove it, or name another f"):
        write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    write_demonstrations(EXAMPLES[:1], BigramEmbedder(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_other_answers_to_the_same_texts_need_no_new_vectors(tmp_path: Path) -> None:
    embedder = BigramEmbedder()
    write_demonstrations(EXAMPLES, embedder, tmp_path)
    changed = [example._replace(answer="none") for example in EXAMPLES]
    write_demonstrations(changed, embedder, tmp_path)
    assert len(embedder.asked) == 3
    assert read_demonstrations(tmp_path, embedder)[0] == changed


class Failing(BigramEmbedder):
    """Breaks off when it has been asked often enough."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        if len(self.asked) >= self.after:
            raise RuntimeError("out of memory")
        return super().embed(texts, query=query)


def test_an_interrupted_build_leaves_the_former_store_and_is_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "CHUNK", 2)
    write_demonstrations(EXAMPLES[:1], BigramEmbedder(), tmp_path)
    with pytest.raises(RuntimeError):
        write_demonstrations(EXAMPLES, Failing(after=2), tmp_path)
    assert read_demonstrations(tmp_path, BigramEmbedder())[0] == EXAMPLES[:1]
    embedder = BigramEmbedder()
    write_demonstrations(EXAMPLES, embedder, tmp_path)
    assert embedder.asked == ["傻"]
    assert read_demonstrations(tmp_path, embedder)[0] == EXAMPLES


def test_a_build_that_stops_between_two_files_is_refused_until_it_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_demonstrations(EXAMPLES[:1], BigramEmbedder(), tmp_path)
    replace = Path.replace

    def stop_at_the_description(path: Path, target: Path) -> Path:
        if target.name == "meta.json":
            raise OSError("no space left on device")
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop_at_the_description)
        with pytest.raises(OSError, match="no space"):
            write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    with pytest.raises(ValueError, match="another build was interrupted; build the store again"):
        read_demonstrations(tmp_path, BigramEmbedder())
    write_demonstrations(EXAMPLES, BigramEmbedder(), tmp_path)
    assert read_demonstrations(tmp_path, BigramEmbedder())[0] == EXAMPLES
