"""Where the words of a word segmenter stand in the text that it was given.

In Vietnamese blanks part syllables, not words. A segmenter says which syllables make a word, and gives back strings:
joined by "_" or by a blank, punctuation cut off, and now and then a character changed or lost. Here they become spans::

    text     Sinh viên  hoà nhã, vui_vẻ!      words   Sinh_viên  hòa nhã  ,  vui_vẻ  !
    spans    [0, 9)  [11, 14)  [15, 19)  [20, 26)  [26, 27)      (hòa is not in the text: blanks part "hoà" and "nhã,")
"""

import re
from collections.abc import Iterable, Iterator

from hf_toxspan.core.spans import Span

REACH = 200
"""Characters within which a word is looked for after one that was not found (ours)."""

_RUN = re.compile(r"\S+")
_INK = re.compile(r"\S")
_RUN_BEGINS = re.compile(r"(?<!\S)\S")


def locate_words(text: str, words: Iterable[str]) -> list[Span]:
    """Return the spans of words, in order, so that each character but blanks lies in one, whatever the segmenter did.

    A word may join its syllables by "_" or by a blank, for any blanks in the text; "_" also stands for itself. Where a
    word joins what no blank parts, as two emoji, it is two words. What no word is found for is parted at its blanks.

    Args:
        text: The text as the segmenter got it.
        words: The segmenter's words in text order.

    Returns:
        Spans that do not overlap; blanks lie in them between two syllables of a word only.

    >>> text = "Sinh viên, hay_quá"
    >>> [text[start:end] for start, end in locate_words(text, ["Sinh_viên", ",", "hay_quá"])]
    ['Sinh viên', ',', 'hay_quá']
    >>> [text[start:end] for start, end in locate_words(text, ["SINH_VIÊN", ",", "hay_quá"])]
    ['Sinh', 'viên,', 'hay_quá']
    """
    located: list[Span] = []
    done = lost = 0
    for word in words:
        found = _find(text, word, done, reach=min(2 * lost, REACH))
        if found:
            located += [*_runs(text, done, found[0].start), *found]
            done, lost = found[-1].end, 0
        else:
            lost += len(word)
    return [*located, *_runs(text, done, len(text))]


def _runs(text: str, start: int, end: int) -> Iterator[Span]:
    return (Span(*run.span()) for run in _RUN.finditer(text, start, end))


def _find(text: str, word: str, done: int, *, reach: int) -> list[Span]:
    """Find a word at the next character that is no blank, or where a run without blanks begins within reach."""
    return next(filter(None, (_match(text, word, start) for start in _candidates(text, done, reach))), [])


def _candidates(text: str, done: int, reach: int) -> Iterator[int]:
    first = _INK.search(text, done)
    if first:
        yield first.start()
        yield from (run.start() for run in _RUN_BEGINS.finditer(text, first.end(), first.end() + reach))


def _match(text: str, word: str, start: int) -> list[Span]:
    """Return the parts of a word that begins at `start`: one, or more if blanks are missing; none if it isn't there."""
    parts: list[Span] = []
    at = end = start
    for character in word:
        if character.isspace() or (character == "_" and not text.startswith("_", at)):
            while text[at : at + 1].isspace():
                at += 1
            if at == end > start:
                parts.append(Span(start, end))
                start = end
        elif text.startswith(character, at):
            at = end = at + 1
        else:
            return []
    return [*parts, Span(start, end)] if end > start else parts
