"""Promises of `hf_toxspan.modeling.phobert`: the tokenizer of `transformers` is the judge of every id."""

import copy
import gzip
import json
import pickle
import re
import sys
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer, PhobertTokenizer, pipeline

import hf_toxspan  # noqa: F401  (registers the task)
from hf_toxspan.core.alignment import strip_blanks, token_spans
from hf_toxspan.core.spans import to_mask
from hf_toxspan.data.encoding import encode
from hf_toxspan.data.rows import to_dataset
from hf_toxspan.modeling import phobert
from hf_toxspan.modeling.checkpoint import load_classifier
from hf_toxspan.modeling.phobert import PhobertTokenizerFast
from hf_toxspan.modeling.windows import split
from tests.modeling.phobert_files import segment, write_model, write_phobert

TEXTS = {
    "words": "Tôi là sinh viên đại học hà nội, các bạn rất tốt bụng!",
    "blanks of all kinds": "  sinh\u00a0viên \t đại\u2003học\x1cngu  ngốc\r\n",
    "segmented already": "Tôi là sinh_viên , đồ ngu_ngốc .",
    "capitals": "SINH VIÊN Ngu Ngốc ĐỒ NGU",
    "an underscore alone": "_ a_ _b __ sinh__viên",
    "marks of the format": "sinh@@ viên@@ @@ </w> vui</w>",
    "special tokens": "<s> ngu <mask> ngốc</s><unk>",
    "a link": "https://example.org/bai_viet?id=1&x=2#y",
    "emoji": "ngu😀😀 👩‍👩‍👧 🇻🇳 :))",
    "unknown characters": "他真是 გამარჯობა ᚠᚢᚦ \ufffd\0\u200b",
    "a long word": "ngungốc" * 300,
    "one character": "a",
    "nothing": "",
}
LETTERS = "aàbcđêghiklmnoôsuưvxyAĐNSV_ .,!?@<>/wmk😀0\u00a0\t"
ANY_TEXT = st.text(st.one_of(st.sampled_from(LETTERS), st.characters(exclude_categories=["Cs", "Cn"])), max_size=40)
SENTENCE = st.lists(
    st.sampled_from(["sinh viên", "Sinh  Viên", "ngu ngốc", "ngu", "đại", "học", ",", "!", " ", "\n", "x_y", "vui😀"])
).map(" ".join)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_phobert(tmp_path_factory.mktemp("phobert"))


@pytest.fixture(scope="module")
def slow(files: Path) -> PhobertTokenizer:
    return PhobertTokenizer(str(files / "vocab.txt"), str(files / "bpe.codes"))


@pytest.fixture(autouse=True, scope="module")
def small_segmenter() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(phobert.SEGMENTERS, "small", lambda: segment)
        yield


@pytest.fixture(scope="module")
def plain(files: Path) -> PhobertTokenizerFast:
    return PhobertTokenizerFast.from_pretrained(files, segmenter=None)


@pytest.fixture(scope="module")
def fast(files: Path) -> PhobertTokenizerFast:
    return PhobertTokenizerFast.from_pretrained(files, segmenter="small")


def segmented(text: str) -> str:
    return " ".join(segment(unicodedata.normalize("NFC", text)))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("kind", TEXTS)
def test_ids_are_those_of_the_slow_tokenizer(
    plain: PhobertTokenizerFast, slow: PhobertTokenizer, kind: str, form: str
) -> None:
    composed = unicodedata.normalize("NFC", TEXTS[kind])

    assert plain(unicodedata.normalize(form, composed))["input_ids"] == slow(composed)["input_ids"]


@given(text=ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_ids_of_any_text_are_those_of_the_slow_tokenizer(
    plain: PhobertTokenizerFast, slow: PhobertTokenizer, text: str
) -> None:
    composed = unicodedata.normalize("NFC", text).replace("\n", " ")

    assert plain(text)["input_ids"] == slow(composed)["input_ids"]


@given(text=SENTENCE)
@settings(deadline=None)
def test_ids_of_a_text_are_those_of_its_segmented_form(
    fast: PhobertTokenizerFast, slow: PhobertTokenizer, text: str
) -> None:
    assert fast(text)["input_ids"] == slow(segmented(text))["input_ids"]


def test_the_vocabulary_is_smaller_than_the_merges_and_pieces_outside_it_are_unknown(
    fast: PhobertTokenizerFast, slow: PhobertTokenizer
) -> None:
    assert {"".join(merge) for merge in slow.bpe_ranks} - {
        piece.removesuffix("@@") if piece.endswith("@@") else f"{piece}</w>" for piece in slow.encoder
    }
    encoded = fast("ngu quá? 😀", add_special_tokens=False)
    assert encoded.tokens() == ["ngu", "qu@@", "á", "?", "😀"]
    assert fast.convert_ids_to_tokens(encoded["input_ids"]) == ["ngu", "<unk>", "á", "<unk>", "<unk>"]


def test_a_line_break_is_a_blank(plain: PhobertTokenizerFast, slow: PhobertTokenizer) -> None:
    """The slow tokenizer makes an unknown token of one that follows a word, and takes the word for unfinished."""
    assert plain("ngu\nngốc")["input_ids"] == plain("ngu ngốc")["input_ids"] == slow("ngu \n ngốc")["input_ids"]
    assert slow("ngu\nngốc")["input_ids"] != slow("ngu \n ngốc")["input_ids"]


def test_what_comes_with_the_ids_is_as_in_the_slow_tokenizer(
    plain: PhobertTokenizerFast, slow: PhobertTokenizer
) -> None:
    pair = ("sinh_viên ngu", "rất vui_vẻ !")

    assert len(plain) == len(slow)
    assert plain.get_vocab() == slow.get_vocab()
    assert plain.special_tokens_map == slow.special_tokens_map
    assert plain(*pair, return_token_type_ids=True) == slow(*pair, return_token_type_ids=True)
    assert plain(*pair, add_special_tokens=False) == slow(*pair, add_special_tokens=False)
    assert plain.decode(plain(*pair)["input_ids"]) == slow.decode(slow(*pair)["input_ids"])
    assert plain.decode([4, 5], skip_special_tokens=True) == slow.decode([4, 5], skip_special_tokens=True)
    padded = plain(list(pair), padding=True, return_tensors="pt")
    assert padded["input_ids"].tolist() == slow(list(pair), padding=True)["input_ids"]


def test_offsets_by_hand(fast: PhobertTokenizerFast) -> None:
    text = "Đồ ngu  ngốc,\nsinh viên😀!"

    encoded = fast(text, return_offsets_mapping=True)

    assert [text[start:end] for start, end in encoded["offset_mapping"]] == [
        "", "Đồ", "ngu  ngốc", ",", "sinh viên", "😀", "!", "",
    ]  # fmt: skip
    assert [encoded.char_to_token(text.index(letter)) for letter in "Đgcê😀"] == [1, 2, 2, 4, 5]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("kind", TEXTS)
def test_each_piece_spells_the_characters_that_it_covers(
    fast: PhobertTokenizerFast, slow: PhobertTokenizer, kind: str, form: str
) -> None:
    text = unicodedata.normalize(form, re.sub("<[^>]*>", "", TEXTS[kind]))

    offsets = fast(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]

    covered = [unicodedata.normalize("NFC", re.sub(r"\s+", "_", text[start:end])) for start, end in offsets]
    pieces = slow.tokenize(segmented(text))
    assert covered == [re.sub("(?<=.)@@$", "", piece) if piece != "@@" else piece for piece in pieces]


@given(text=ANY_TEXT)
@settings(deadline=None)
def test_pieces_cover_every_character_but_blanks_in_order(fast: PhobertTokenizerFast, text: str) -> None:
    offsets = fast(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]

    starts, ends = [start for start, _ in offsets], [end for _, end in offsets]
    covered = {place for start, end in offsets for place in range(start, end)}
    assert all(place in covered or character.isspace() for place, character in enumerate(text))
    assert (starts, ends) == (sorted(starts), sorted(ends))
    if unicodedata.is_normalized("NFC", text):
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_a_batch_gives_what_single_texts_give(fast: PhobertTokenizerFast) -> None:
    texts = [text for text in TEXTS.values() if text] * 20

    batch = fast(texts, return_offsets_mapping=True)

    for position, text in enumerate(texts[:12]):
        assert fast(text, return_offsets_mapping=True) == {name: values[position] for name, values in batch.items()}
    assert all(values[:12] * 20 == values for values in batch.values())


def test_windows_of_a_long_text_leave_no_character_out(fast: PhobertTokenizerFast) -> None:
    text = " ".join([TEXTS["words"], TEXTS["emoji"], unicodedata.normalize("NFD", TEXTS["words"])] * 30)
    (whole,) = split([text], fast, 10_000)

    windows = split([text], fast, 16)

    assert {span for window in windows for span in window.offsets} == set(whole.offsets)
    covered = {place for window in windows for start, end in window.offsets for place in range(start, end)}
    assert covered >= {place for place, character in enumerate(text) if not character.isspace()}


def test_a_token_of_two_syllables_is_labelled_where_one_of_them_is_marked(fast: PhobertTokenizerFast) -> None:
    row = {"id": "0", "text": "Bạn ngu ngốc!", "label": "toxic", "toxic": True, "spans": [[4, 7]]}

    (encoded,) = encode(to_dataset([row], name="test"), fast, label2id={"toxic": 1}, max_length=16)

    tokens = ["<s>", "Bạn", "ngu_ngốc", "!", "</s>"]
    assert encoded["input_ids"] == fast.convert_tokens_to_ids(tokens)
    assert encoded["token_labels"] == [-100, 0, 1, 0, -100]


def test_it_is_saved_as_phobert_and_comes_back(
    fast: PhobertTokenizerFast, slow: PhobertTokenizer, tmp_path: Path
) -> None:
    changed = copy.deepcopy(fast)
    changed.add_tokens(["ngungu"])
    changed.model_max_length = 256
    changed.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "roberta"}')

    theirs = AutoTokenizer.from_pretrained(tmp_path)
    ours = [PhobertTokenizerFast.from_pretrained(tmp_path), PhobertTokenizerFast.from_slow(theirs)]

    assert type(theirs) is PhobertTokenizer
    assert theirs("sinh_viên quý ngungu")["input_ids"] == changed("sinh viên quý ngungu")["input_ids"]
    assert theirs.get_vocab() == {**slow.get_vocab(), "ngungu": len(slow)}
    for tokenizer in ours:
        assert (tokenizer.segmenter, tokenizer.model_max_length) == ("small", 256)
        assert tokenizer.get_vocab() == theirs.get_vocab()
        assert tokenizer(TEXTS["words"]) == fast(TEXTS["words"])


def test_a_text_that_is_segmented_stays_so_when_saved(plain: PhobertTokenizerFast, tmp_path: Path) -> None:
    plain.save_pretrained(tmp_path)

    assert PhobertTokenizerFast.from_pretrained(tmp_path).segmenter is None


def test_copies_are_as_good_as_the_original(fast: PhobertTokenizerFast) -> None:
    for copied in (copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
        assert copied(TEXTS["words"]) == fast(TEXTS["words"])


def test_threads_do_not_disturb_one_another(fast: PhobertTokenizerFast, plain: PhobertTokenizerFast) -> None:
    expected = [fast(TEXTS["words"]), plain(TEXTS["words"])]

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda number: (fast, plain)[number % 2](TEXTS["words"]), range(200)))

    assert results == expected * 100


def test_an_unknown_segmenter_is_named(files: Path) -> None:
    with pytest.raises(ValueError, match="segmenter is 'nosuch'; expected one of small, underthesea, or None"):
        PhobertTokenizerFast.from_pretrained(files, segmenter="nosuch")


def test_a_missing_segmenter_is_told_at_once(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "underthesea", None)

    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[vietnamese\]", or .* segmenter=None'):
        PhobertTokenizerFast.from_pretrained(files)


def test_a_segmenter_that_fails_leaves_the_tokenizer_whole(
    files: Path, plain: PhobertTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: str) -> list[str]:
        if text == "ngu":
            raise RuntimeError(f"no words in {text!r}")
        return text.split()

    monkeypatch.setitem(phobert.SEGMENTERS, "failing", lambda: fail)
    tokenizer = PhobertTokenizerFast.from_pretrained(files, segmenter="failing")

    with pytest.raises(Exception, match="RuntimeError: no words in 'ngu'"):
        tokenizer(["vui_vẻ", "ngu"])

    assert tokenizer("vui_vẻ") == plain("vui_vẻ")
    assert pickle.loads(pickle.dumps(tokenizer))("vui_vẻ") == plain("vui_vẻ")


def test_pieces_of_endless_words_are_forgotten(fast: PhobertTokenizerFast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phobert, "REMEMBERED", 50)

    fast(" ".join(f"ngu{number}" for number in range(1000)))

    assert len(fast.slow.cache) <= 50


def test_a_folder_of_phobert_works_without_further_ado(files: Path, slow: PhobertTokenizer, tmp_path: Path) -> None:
    """PhoBERT's own folder has no tokenizer_config.json: its config names the tokenizer."""
    write_model(tmp_path, len(slow))
    for name in ("vocab.txt", "bpe.codes"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    text = "Sinh viên  ngu ngốc, " * 12

    model, tokenizer = load_classifier(tmp_path)
    result = pipeline("toxic-span-extraction", model=str(tmp_path))(text, explain_all=True, return_saliency=True)

    assert type(tokenizer) is PhobertTokenizerFast
    assert tokenizer("Sinh viên")["input_ids"] == slow("Sinh_viên")["input_ids"]
    assert len(tokenizer) == model.config.vocab_size
    inside = [value for place, value in enumerate(result["saliency"]) if not text[place].isspace()]
    assert len(result["saliency"]) == len(text)
    assert all(inside)
    assert all(text[span["start"] : span["end"]] == span["text"] for span in result["spans"])


def test_words_of_underthesea_are_read_as_phobert_reads_them(files: Path, slow: PhobertTokenizer) -> None:
    tokenizer = PhobertTokenizerFast.from_pretrained(files)
    text = unicodedata.normalize("NFD", "Các bạn sinh viên đại học rất vui vẻ, hoà nhã😀😀!")

    encoded = tokenizer(text, return_offsets_mapping=True)

    words = "Các bạn sinh_viên đại_học rất vui_vẻ , hoà_nhã 😀 😀 !"
    assert encoded["input_ids"] == slow(words)["input_ids"]
    start, end = encoded["offset_mapping"][slow(words)["input_ids"].index(slow.encoder["sinh_viên"])]
    assert unicodedata.normalize("NFC", text[start:end]) == "sinh viên"


def test_spans_of_real_texts_survive(files: Path, real_data: Path) -> None:
    """Each text is composed and joined without a change of its offsets; a span grows to whole pieces at most."""
    tokenizer = PhobertTokenizerFast.from_pretrained(files)
    with gzip.open(real_data / "vihos" / "dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    data = to_dataset(rows, name="vihos")
    label2id = {label: place for place, label in enumerate(sorted(set(data["label"])))}

    encoded = encode(data, tokenizer, label2id=label2id, max_length=10_000)

    wanted = added = 0
    offsets = tokenizer(list(data["text"]), return_offsets_mapping=True)["offset_mapping"]
    for row, own, labels in zip(data, offsets, encoded["token_labels"], strict=True):
        text = row["text"]
        ink = np.array([not character.isspace() for character in text])
        marked = to_mask(row["spans"] or [], len(text)) & ink
        covered = to_mask(token_spans(strip_blanks(own, text), np.flatnonzero(np.array(labels) == 1)), len(text)) & ink
        assert (covered >= marked).all(), row["id"]
        wanted, added = wanted + marked.sum(), added + (covered & ~marked).sum()
    assert 0 < added < 0.01 * wanted
