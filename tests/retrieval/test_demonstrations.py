"""Tests of self-retrieval: near demonstrations, and never the text itself."""

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_toxspan.core.text import content_of, fingerprint
from hf_toxspan.retrieval.approximate import Method
from hf_toxspan.retrieval.demonstrations import Demonstration, DemonstrationStore, Retrieved
from hf_toxspan.retrieval.embeddings import SentenceEmbedder
from hf_toxspan.retrieval.neighbours import nearest
from tests.retrieval.bigrams import BigramEmbedder


def store_of(*texts: str, splits: str = "", search: Method = "auto", width: int = 256) -> DemonstrationStore:
    """Build a store of texts, each in the split whose first letter is given: r(est), t(rain), -."""
    names = {"r": "rest", "t": "train", "-": None}
    letters = splits or "-" * len(texts)
    examples = [
        Demonstration(str(place), text, f"answer {place}", names[letter])
        for place, (text, letter) in enumerate(zip(texts, letters, strict=True))
    ]
    return DemonstrationStore.build(examples, BigramEmbedder(width), search=search)


def ids(found: list[list[Retrieved]]) -> list[list[str]]:
    return [[one.demonstration.id for one in own] for own in found]


def test_the_nearest_comes_first_with_its_answer_and_similarity() -> None:
    store = store_of("nice day", "you fool", "you fools", width=4096)
    ((first, second),) = store.neighbours(["you fool there"], 2)
    assert first.demonstration == Demonstration("1", "you fool", "answer 1", None)
    assert second.demonstration.text == "you fools"
    # All 9 pairs of " you fool " are among the 15 of " you fool there ", in which none is there twice.
    assert first.similarity == pytest.approx((9 / 15) ** 0.5, abs=1e-6)
    # Of the 10 of " you fools ", "s " is not; with it goes "ls" and comes "l ".
    assert second.similarity == pytest.approx(8 / 150**0.5, abs=1e-6)


@pytest.mark.parametrize(
    "query",
    ["you fool", "YOU FOOL", "ｙｏｕ　ｆｏｏｌ", "y o u f o o l", "you, fool!!", "«you\u200b fool»", " you\nfool "],
)
def test_a_text_is_not_its_own_demonstration_in_whatever_form(query: str) -> None:
    store = store_of("nice day", "You fool.", "you fools")
    (found,) = ids(store.neighbours([query], 3))
    assert sorted(found) == ["0", "2"]


def test_a_text_that_holds_another_is_shown_for_it() -> None:
    assert ids(store_of("you fool", "you fool you").neighbours(["you fool"], 9)) == [["1"]]


def test_texts_of_the_store_never_find_themselves() -> None:
    texts = ["you fool", "You fool!", "nice day", "?!", "?", ""]
    store = store_of(*texts)
    for text, found in zip(texts, store.neighbours(texts, 9), strict=True):
        assert content_of(text) not in {content_of(one.demonstration.text) for one in found}
        assert len(found) == 4


def test_what_stands_twice_counts_once_and_the_first_is_shown() -> None:
    store = store_of("a fool!", "A FOOL", "nice day", "a  fool", "Nice, day")
    assert ids(store.neighbours(["that fool", "nice days"], 9)) == [["0", "2"], ["2", "0"]]
    assert ids(store.neighbours(["a fool"], 1)) == [["2"]]


def test_signs_alone_are_the_same_only_where_they_are_equal() -> None:
    store = store_of("?!", "...", "")
    assert ids(store.neighbours(["?!", "!", ""], 9)) == [["1", "2"], ["0", "1", "2"], ["0", "1"]]


def test_a_text_sees_nothing_of_its_own_split_but_training_texts_see_each_other() -> None:
    store = store_of("a fool", "b fool", "c fool", "d fool", splits="rrt-")
    assert ids(store.neighbours(["x fool"], 9, split="rest")) == [["2", "3"]]
    assert ids(store.neighbours(["x fool"], 9, split="train")) == [["0", "1", "2", "3"]]
    assert ids(store.neighbours(["x fool"], 9, split="elsewhere")) == [["0", "1", "2", "3"]]
    assert ids(store.neighbours(["x fool"], 9)) == [["0", "1", "2", "3"]]


def test_a_text_that_stands_in_the_own_split_and_in_another_is_not_shown() -> None:
    store = store_of("a fool", "A fool!", "b fool", splits="trt")
    assert ids(store.neighbours(["x fool"], 9, split="rest")) == [["2"]]
    assert ids(store.neighbours(["x fool"], 9)) == [["0", "2"]]


def test_a_store_of_one_split_shows_it_nothing() -> None:
    assert store_of("a", "b", splits="rr").neighbours(["c", "d"], 2, split="rest") == [[], []]


@pytest.mark.parametrize("search", ["exact", "approximate"])
def test_as_many_are_found_as_there_are_to_be_shown(search: Method) -> None:
    if search == "approximate":
        pytest.importorskip("faiss")
    texts = [f"{letter} fool" for letter in "abcdefghijklmnopqrst"] * 20
    store = store_of(*texts, "nice day", splits="r" * 200 + "t" * 200 + "t", search=search)
    assert [len(found) for found in store.neighbours(["a fool", "fool", "nice day"], 20)] == [20, 20, 20]
    assert [len(found) for found in store.neighbours(["a fool", "fool", "nice day"], 99)] == [20, 21, 20]
    assert ids(store.neighbours(["fool"], 20, split="rest")) == [["400"]]


def test_both_searches_find_the_same_in_a_small_store() -> None:
    pytest.importorskip("faiss")
    texts = [f"{letter} fool {letter}" for letter in "abcdefghij"]
    exact, approximate = (store_of(*texts, search=search) for search in ("exact", "approximate"))
    assert exact.neighbours([*texts, "", "so"], 10) == approximate.neighbours([*texts, "", "so"], 10)


def test_nothing_to_find_is_no_error() -> None:
    assert store_of().neighbours(["a", ""], 3) == [[], []]
    assert store_of("a").neighbours([], 3) == []
    assert store_of("a").neighbours(["b"], 0) == [[]]
    assert store_of("a").neighbours(["A!"], 3) == [[]]
    with pytest.raises(ValueError, match="count is -1; expected 0 or more"):
        store_of("a").neighbours([], -1)


def test_a_lone_surrogate_is_repaired_on_both_sides() -> None:
    store = store_of("\ud83d", "a\ud83d\ude00", "b")
    assert [example.text for example in store.examples] == ["\ufffd", "a\ufffd\ufffd", "b"]
    assert ids(store.neighbours(["\ud83d", "a\udead"], 9)) == [["1", "2"], ["0", "2"]]


PIECES = st.text(alphabet="abＡ! 傻😀\ud83d\u200b", max_size=4)


@given(st.lists(st.tuples(PIECES, st.sampled_from("rt-")), max_size=12), PIECES, st.integers(0, 14), st.booleans())
@settings(deadline=None, max_examples=200)
def test_neighbours_are_those_of_a_search_by_hand(
    rows: list[tuple[str, str]], query: str, count: int, own_split: bool
) -> None:
    store = store_of(*(text for text, _ in rows), splits="".join(letter for _, letter in rows))
    hidden = {content_of(text) for text, letter in rows if own_split and letter == "r"} | {content_of(query)}
    shown: dict[str, str] = {}
    for example in store.examples:
        if content_of(example.text) not in hidden:
            shown.setdefault(content_of(example.text), example.text)
    vectors = BigramEmbedder().embed(list(shown.values()))
    asked = BigramEmbedder().embed([query.replace("\ud83d", "\ufffd")])
    (expected,) = nearest(asked, vectors, count)
    (found,) = store.neighbours([query], count, split="rest" if own_split else None)
    assert [one.demonstration.text for one in found] == [list(shown.values())[place] for place, _ in expected]
    assert [one.similarity for one in found] == pytest.approx([how for _, how in expected], abs=2e-6)


def test_vectors_of_the_store_are_not_made_again_where_queries_are_read_alike(
    embedder: SentenceEmbedder, encoder_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = [Demonstration(text, text, "") for text in ("you fool", "you fools", "nice day")]
    asked: list[str] = []
    embed = SentenceEmbedder.embed

    def listen(self: SentenceEmbedder, texts: list[str], *, query: bool = False) -> np.ndarray:
        asked.extend(texts)
        return embed(self, texts, query=query)

    queries = ["nice day", "hello", "hello", "you fool"]
    prompted = SentenceEmbedder(encoder_folder, query_prompt="you ", device="cpu")
    stores = [DemonstrationStore.build(examples, one) for one in (embedder, prompted)]
    monkeypatch.setattr(SentenceEmbedder, "embed", listen)
    found = stores[0].neighbours(queries, 2)
    assert asked == ["hello"]
    vectors = embed(embedder, queries, query=True)
    wanted = [[(examples[place].id, how) for place, how in own] for own in nearest(vectors, stores[0].vectors, 3)]
    assert [[one.demonstration.id for one in own] for own in found] == [
        [name for name, _ in own if name != query][:2] for query, own in zip(queries, wanted, strict=True)
    ]
    asked.clear()
    stores[1].neighbours(queries, 2)
    assert asked == ["nice day", "hello", "you fool"]


def test_a_loaded_store_finds_the_same(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    examples = [Demonstration(str(i), text, "", "train") for i, text in enumerate(["you fool", "hello", "nice day"])]
    built = DemonstrationStore.build(examples, embedder, folder=tmp_path / "store")
    for loaded in (DemonstrationStore.load(tmp_path / "store"), DemonstrationStore.load(tmp_path / "store", embedder)):
        assert loaded.neighbours(["a fool", "hello"], 2) == built.neighbours(["a fool", "hello"], 2)


def test_a_store_has_one_vector_an_example() -> None:
    with pytest.raises(ValueError, match="1 vectors of 0 examples; expected one each"):
        DemonstrationStore([], np.eye(1, dtype=np.float32), BigramEmbedder())


def test_the_approximate_search_is_refused_at_once_where_it_can_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[retrieval,faiss\]"'):
        store_of("a", search="approximate")
    assert len(store_of("a", search="auto").neighbours(["b"], 1)[0]) == 1


DISGUISES: dict[str, Callable[[str], str]] = {
    "wide": lambda text: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text),
    "blanks": lambda text: f" {text[: len(text) // 2]} {text[len(text) // 2 :]}\n",
    "signs": lambda text: f"「{text[: len(text) // 3]}，{text[len(text) // 3 :]}」！！",
    "upper": lambda text: text.upper(),
}


@pytest.fixture(scope="module")
def state_toxicn(real_data: Path) -> list[dict[str, Any]]:
    with gzip.open(real_data / "state_toxicn" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def state_store(state_toxicn: list[dict[str, Any]]) -> DemonstrationStore:
    """The store of STATE-ToxiCN train, its texts in the split that they have in CCL25-Eval."""
    return DemonstrationStore.build(
        [
            Demonstration(row["id"], row["text"], "", "test" if "ccl25/test" in row["also_in"] else "train")
            for row in state_toxicn
        ],
        BigramEmbedder(),
    )


def contents(store: DemonstrationStore, texts: list[str], count: int) -> list[list[str]]:
    """Return what the plain nearest neighbours say."""
    found = nearest(store.embedder.embed(texts, query=True), store.vectors, count)
    return [[content_of(store.examples[place].text) for place, _ in own] for own in found]


def test_no_text_of_a_real_set_is_shown_for_itself_as_the_plain_search_does(state_store: DemonstrationStore) -> None:
    texts = [example.text for example in state_store.examples]
    assert len(texts) == 6424 > len(set(map(fingerprint, texts)))
    found = state_store.neighbours(texts, 10)
    assert {len(own) for own in found} == {10}
    assert not any(content_of(text) in shown(own) for text, own in zip(texts, found, strict=True))
    plain = contents(state_store, texts[:500], 10)
    assert all(content_of(text) in own for text, own in zip(texts, plain, strict=False))


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguised_text_of_a_real_set_finds_its_original_as_the_plain_search_does(
    state_store: DemonstrationStore, disguise: str
) -> None:
    texts = [example.text for example in state_store.examples[::20]]
    queries = [DISGUISES[disguise](text) for text in texts]
    found = state_store.neighbours(queries, 10)
    assert not any(content_of(text) in shown(own) for text, own in zip(texts, found, strict=True))
    plain = contents(state_store, queries, 10)
    assert sum(content_of(text) in own for text, own in zip(texts, plain, strict=True)) > 0.9 * len(texts)


def shown(found: list[Retrieved]) -> set[str]:
    return {content_of(one.demonstration.text) for one in found}


def test_texts_of_a_real_test_set_see_none_of_it(state_store: DemonstrationStore) -> None:
    texts = [example.text for example in state_store.examples if example.split == "test"]
    assert len(texts) == 1615
    found = state_store.neighbours(texts[:400], 10, split="test")
    assert {len(own) for own in found} == {10}
    assert not {content_of(text) for text in texts} & {content for own in found for content in shown(own)}
    # What it keeps out: without the split, the demonstrations of nearly every text hold some of the test set.
    open_to_all = state_store.neighbours(texts[:400], 10)
    assert sum(any(one.demonstration.split == "test" for one in own) for own in open_to_all) > 200
