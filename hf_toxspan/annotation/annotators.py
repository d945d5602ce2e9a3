"""Weak span labels for rows that are only known to be toxic: one interface, and two annotators that need no LLM.

ToxiTrace trains on spans that its CuSA step writes (arXiv 2604.12321): the saliency of a warmed-up encoder gives
*clues*, and an LLM corrects them (`hf_toxspan.annotation.cusa`). `ClueAnnotator` takes the clues as they are, the
paper's "w/o CuSA"; `LexiconAnnotator` marks known terms. What an annotator could not do is a status of its own, never
an empty list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tqdm.auto import tqdm

from hf_toxspan.core.lexicon import Lexicon
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.extraction import SpanExtractor

Source = Literal["llm", "clue", "lexicon"]
COLUMNS = ("span_source", "span_status", "span_detail", "span_annotator")
"""What `annotate_rows` adds to a row beside its `spans`."""

_BATCHES = 16  # batches that the extractor sorts by length together, between two moves of the progress bar


@dataclass(frozen=True)
class Annotation:
    """What an annotator brought for one toxic text.

    Attributes:
        spans: Normalised evidence, at least one span; None where there is none.
        source: Who found the spans; None where there are none.
        status: How it went.

            | status | meaning |
            |---|---|
            | annotated | spans were found |
            | nothing | no toxic word was found in a text that is labelled toxic |
            | disagrees | the LLM says that the text is not toxic |
            | unverified | the LLM quoted, but nothing that stands in the text |
            | unparsed | the LLM's answer could not be read |
            | failed, budget, stopped | there is no answer yet, a later run asks again |
        detail: Why, for a person; empty where there is nothing to add.
    """

    spans: list[Span] | None
    source: Source | None
    status: str
    detail: str = ""


class Annotator(Protocol):
    """Finds the evidence in texts that are known to be toxic."""

    @property
    def name(self) -> str:
        """What made the spans, to be kept beside them: the model, the prompt's version, the lexicon."""

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        """Return one annotation a text, in order."""


@dataclass(frozen=True)
class ClueAnnotator:
    """Reads spans off a classifier's saliency by BiCSE, whatever label it gives the text itself.

    Args:
        extractor: The classifier.
        model: Its name.
        batch_size: Windows of a forward pass; the spans do not depend on it.
        quiet: Show no progress bar. It is shown on a terminal only.
    """

    extractor: SpanExtractor
    model: str
    batch_size: int = 32
    quiet: bool = False

    @property
    def name(self) -> str:
        """The classifier."""
        return f"clues of {self.model}"

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        """Explain all texts.

        Args:
            texts: The texts.

        Returns:
            One annotation a text.
        """
        return [_found(spans, "clue") for spans in self._spans(texts)]

    def _spans(self, texts: Sequence[str]) -> Iterator[list[Span]]:
        size = _BATCHES * self.batch_size
        with tqdm(total=len(texts), desc="Clues", unit=" texts", disable=True if self.quiet else None) as bar:
            for start in range(0, len(texts), size):
                part = texts[start : start + size]
                for explanation in self.extractor(part, batch_size=self.batch_size, explain_all=True):
                    yield explanation.spans
                bar.update(len(part))


class LexiconAnnotator:
    """Marks every occurrence of known terms.

    Args:
        terms: The terms, mined (`hf_toxspan.core.lexicon.mine`) or written by hand.
        origin: Where they come from, for `name`.
    """

    def __init__(self, terms: Iterable[str], origin: str) -> None:
        listed = list(terms)
        self.name = f"lexicon {origin} ({len(listed)} terms)"
        self._lexicon = Lexicon(listed)

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        """Mark all texts.

        Args:
            texts: The texts.

        Returns:
            One annotation a text.
        """
        return [_found(self._lexicon.mark(text), "lexicon") for text in texts]


def _found(spans: list[Span], source: Source) -> Annotation:
    return Annotation(spans, source, "annotated") if spans else Annotation(None, None, "nothing")


def annotate_rows(
    rows: Sequence[Mapping[str, Any]], annotator: Annotator, *, replace: bool = False, clean_as_empty: bool = False
) -> list[dict[str, Any]]:
    """Annotate the toxic rows that have no spans yet; the others come back as they are, with the new columns.

    A row that was not annotated keeps what an earlier run wrote into the new columns; without one its status is
    ``"given"`` where it has spans and ``"clean"`` where it is not toxic.

    Args:
        rows: Rows with ``text``, ``toxic`` and ``spans``.
        annotator: Who annotates.
        replace: Annotate toxic rows that have spans too; where that brings none, the old ones stay.
        clean_as_empty: Give rows that are not toxic and have no spans the spans ``[]``; else they stay None.

    Returns:
        New rows in the same order, with ``span_source``, ``span_status``, ``span_detail`` and ``span_annotator``.
    """
    places = to_annotate(rows, replace=replace)
    found = dict(zip(places, annotator.annotate([rows[place]["text"] for place in places]), strict=True))
    return [
        _annotated(row, found[place], annotator.name) if place in found else _untouched(row, clean_as_empty)
        for place, row in enumerate(rows)
    ]


def to_annotate(rows: Sequence[Mapping[str, Any]], *, replace: bool = False) -> list[int]:
    """Return the places of the rows that `annotate_rows` would have annotated."""
    return [place for place, row in enumerate(rows) if row["toxic"] and (replace or row["spans"] is None)]


def _annotated(row: Mapping[str, Any], annotation: Annotation, name: str) -> dict[str, Any]:
    spans = None if annotation.spans is None else [list(span) for span in annotation.spans]
    made: tuple[Any, Any] = annotation.source, name
    if spans is None and row["spans"] is not None:  # the old ones stay, with who made them
        spans, made = row["spans"], (row.get("span_source"), row.get("span_annotator"))
    values = (made[0], annotation.status, annotation.detail or None, made[1])
    return {**row, "spans": spans, **dict(zip(COLUMNS, values, strict=True))}


def _untouched(row: Mapping[str, Any], clean_as_empty: bool) -> dict[str, Any]:
    spans = [] if clean_as_empty and not row["toxic"] and row["spans"] is None else row["spans"]
    known = {column: row.get(column) for column in COLUMNS}
    status = known["span_status"] or ("clean" if not row["toxic"] else "given")
    return {**row, "spans": spans, **known, "span_status": status}
