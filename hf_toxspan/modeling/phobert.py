"""PhoBERT's tokenizer with character offsets: words from a segmenter, pieces from its own merges, ids as they were.

PhoBERT reads segmented text, "Tôi là sinh_viên .", and `transformers` has only a slow tokenizer for it, which says
nothing of where a piece stands in the text. A fast one can't be made of its files in the usual way: on their way the
merges of `bpe.codes` go through pieces that `vocab.txt` lacks, and `tokenizers` refuses such merges. So the pieces are
found here, by the merging of the slow tokenizer, with the characters of the text that each stands for; `tokenizers` is
handed them at the place where it would part a text into words, and does the rest: windows, batches, pairs, offsets::

    text      S i n h   v i ê n   v u i .        pieces   Sinh@@ _viên  vui  .
    offsets   [0, 4) [4, 9) [10, 13) [13, 14)

A checkpoint keeps PhoBERT's own files, which every `transformers` reads.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from tokenizers import NormalizedString, PreTokenizedString, Regex, Token, Tokenizer, decoders
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import PreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import BatchEncoding, PhobertTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from hf_toxspan.core.rewriting import composed
from hf_toxspan.core.segmentation import locate_words
from hf_toxspan.core.spans import Span

Segment = Callable[[str], Sequence[str]]
"""From a text to its words, syllables joined by "_" or blanks."""
Spell = Callable[[str], list[str]]
"""From a word to its pieces, as `PhobertTokenizer.bpe` has them."""

CONTINUED = "@@"
"""What marks a piece that does not end its word."""
REMEMBERED = 100_000
"""Words whose pieces are kept."""
GROUP = 64
"""Pieces that are cut out of a long text together."""

_ENCODING = Lock()  # a tokenizer's parts are swapped while it encodes: two threads at once would leave them swapped


def _underthesea() -> Segment:
    try:
        word_tokenize = import_module("underthesea").word_tokenize
    except ImportError as error:
        raise ImportError(
            "underthesea is not installed; PhoBERT reads words, not syllables: pip install "
            '"hf_toxspan[vietnamese]", or load the tokenizer with segmenter=None if your texts are segmented'
        ) from error
    return lambda text: word_tokenize(text, use_token_normalize=False)  # would move tone marks


SEGMENTERS: dict[str, Callable[[], Segment]] = {"underthesea": _underthesea}
"""Word segmenters by the name that a checkpoint keeps; add your own before loading."""


class Piece(NamedTuple):
    """A piece as the vocabulary has it, and the characters of the text that it covers."""

    name: str
    span: Span


def find_pieces(text: str, segment: Segment, spell: Spell) -> Iterator[Piece]:
    """Compose a text, find its words, and part them into pieces.

    Args:
        text: Any Unicode.
        segment: Finds the words of the composed text.
        spell: Parts a word, syllables joined by "_", into pieces, all but the last marked by `CONTINUED`.

    Yields:
        The pieces in text order. Two of them share characters only where they part a composed character.
    """
    rewriting = composed(text)
    text = rewriting.text
    for start, end in locate_words(text, segment(text)):
        # Of the blanks between two syllables the first one stands for "_".
        places = [place for place in range(start, end) if place == start or not text[place - 1 : place + 1].isspace()]
        *continued, last = spell("".join("_" if text[place].isspace() else text[place] for place in places))
        done = 0
        for name, length in [*((name, len(name) - len(CONTINUED)) for name in continued), (last, len(last))]:
            yield Piece(name, rewriting.to_original((places[done], places[done + length - 1] + 1)))
            done += length


def load_segmenter(name: str | None) -> Segment:
    """Return a word segmenter by name.

    Args:
        name: One of `SEGMENTERS`; None for texts that are segmented already, which are parted at blanks.

    Returns:
        A function of a text.

    Raises:
        ValueError: If there is none of that name.
        ImportError: If it is not installed.
    """
    if name is None:
        return str.split
    if name not in SEGMENTERS:
        raise ValueError(f"segmenter is {name!r}; expected one of {', '.join(sorted(SEGMENTERS))}, or None")
    return SEGMENTERS[name]()


class PhobertTokenizerFast(PreTrainedTokenizerFast):
    """PhoBERT's tokenizer, whose offsets are of the text as written, before it was segmented.

    A text is composed (NFC, as PhoBERT's vocabulary is; ours), then segmented. Its ids are those that
    `transformers.PhobertTokenizer` gives for the words, syllables joined by "_", with blanks between them. What the
    segmenter changes or loses is read as it is written. A line break is a blank like any other; the slow tokenizer
    makes an unknown token of one that follows a word.

    It is saved as `PhobertTokenizer`, whose files it has, and the name of its segmenter with them.

    Args:
        vocab_file: PhoBERT's `vocab.txt`.
        merges_file: PhoBERT's `bpe.codes`.
        segmenter: Name of a word segmenter in `SEGMENTERS`; None where texts are segmented already.
        **kwargs: As for every tokenizer.
    """

    vocab_files_names = PhobertTokenizer.vocab_files_names

    def __init__(self, vocab_file: str, merges_file: str, segmenter: str | None = "underthesea", **kwargs: Any) -> None:
        load_segmenter(segmenter)  # an error now, not at the first text
        slow = PhobertTokenizer(vocab_file, merges_file, **kwargs)
        super().__init__(tokenizer_object=_backend(slow), segmenter=segmenter, **{**slow.special_tokens_map, **kwargs})
        self.segmenter = segmenter
        self.slow = slow

    @classmethod
    def from_slow(cls, slow: PhobertTokenizer) -> "PhobertTokenizerFast":
        """Give a slow tokenizer offsets; its segmenter is the one that its checkpoint names.

        Args:
            slow: A tokenizer as `AutoTokenizer` loads it.

        Returns:
            A tokenizer with the same ids and settings.
        """
        settings = {name: value for name, value in slow.init_kwargs.items() if name != "backend"}
        changed = {"added_tokens_decoder": slow.added_tokens_decoder, "model_max_length": slow.model_max_length}
        return cls(**{**settings, **changed, "vocab_file": slow.vocab_file, "merges_file": slow.merges_file})

    @classmethod
    def convert_to_native_format(cls, **kwargs: Any) -> dict[str, Any]:
        """Leave PhoBERT's files to the constructor."""
        return kwargs

    def _encode_plus(self, *args: Any, **kwargs: Any) -> BatchEncoding:
        # Parts written in Python can be neither pickled nor copied: between two calls the tokenizer has none.
        with _ENCODING:
            find = functools.partial(find_pieces, segment=load_segmenter(self.segmenter), spell=self._spell)
            self._tokenizer.pre_tokenizer = PreTokenizer.custom(_Splitter(find, self.slow.encoder, self.unk_token_id))
            try:
                return super()._encode_plus(*args, **kwargs)
            finally:
                self._tokenizer.pre_tokenizer = None

    def _spell(self, word: str) -> list[str]:
        if len(self.slow.cache) >= REMEMBERED:
            self.slow.cache.clear()
        return self.slow.bpe(word).split(" ")

    def _save_pretrained(self, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        # As slow tokenizers do: a tokenizer.json would be loaded as one that reads syllables.
        return PreTrainedTokenizerBase._save_pretrained(self, *args, **kwargs)

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write `vocab.txt` and `bpe.codes`; their counts, which no tokenizer reads, become 1.

        Args:
            save_directory: An existing folder.
            filename_prefix: Put before the names of the files.

        Returns:
            The paths of the files.
        """
        special = {self.bos_token, self.pad_token, self.eos_token, self.unk_token}
        lines = {
            "vocab_file": [f"{piece} 1\n" for piece in self.slow.encoder if piece not in special],
            "merges_file": [f"{' '.join(merge)} 1\n" for merge in self.slow.bpe_ranks],
        }
        paths = []
        for kind, name in self.vocab_files_names.items():
            path = Path(save_directory, f"{filename_prefix}-{name}" if filename_prefix else name)
            path.write_text("".join(lines[kind]), encoding="utf-8")
            paths.append(str(path))
        return tuple(paths)


class _Splitter:
    """What parts texts into tokens while a batch is encoded; `tokenizers` calls it from several threads."""

    def __init__(self, find: Callable[[str], Iterable[Piece]], vocabulary: Mapping[str, int], unknown: int) -> None:
        self.find = find
        self.vocabulary = vocabulary
        self.unknown = unknown
        self.lock = Lock()

    def pre_tokenize(self, text: PreTokenizedString) -> None:
        names: list[str] = []

        def split(_: int, stretch: NormalizedString) -> list[NormalizedString]:
            pieces = list(self.find(stretch.normalized))
            names.extend(piece.name for piece in pieces)
            return _cut(stretch, [piece.span for piece in pieces])

        with self.lock:
            text.split(split)
            unread = iter(names)
            text.tokenize(lambda part: [self._token(next(unread), part)])

    def _token(self, name: str, part: str) -> Token:
        return Token(self.vocabulary.get(name, self.unknown), name, (0, len(part.encode())))  # offsets in bytes


def _cut(text: NormalizedString, spans: Sequence[Span]) -> list[NormalizedString]:
    """Cut out parts, in order; twice, since the time of a cut grows with its distance from the front."""
    parts: list[NormalizedString] = []
    for first in range(0, len(spans), GROUP):
        group = spans[first : first + GROUP]
        offset = group[0].start
        stretch: Any = text[offset : group[-1].end]
        parts += [stretch[start - offset : end - offset] for start, end in group]
    return parts


def _backend(slow: PhobertTokenizer) -> Tokenizer:
    """Build what knows the pieces by number and puts special tokens around them; it can't part a text itself."""
    tokenizer = Tokenizer(WordLevel(slow.encoder, unk_token=slow.unk_token))
    begin, end = slow.cls_token, slow.sep_token
    tokenizer.post_processor = TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B:0 {end}",
        special_tokens=[(begin, slow.cls_token_id), (end, slow.sep_token_id)],
    )
    ends = [decoders.Replace(Regex("$"), " "), decoders.Replace(f"{CONTINUED} ", "")]
    tokenizer.decoder = decoders.Sequence([*ends, decoders.Fuse(), decoders.Strip(" ", 0, 1)])
    return tokenizer
