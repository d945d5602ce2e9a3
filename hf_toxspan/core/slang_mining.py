"""Mining slang: the terms that are at home in what is toxic, with their counts source by source.

Candidates are the frequent runs of words, or of characters where the script writes no blanks, in the toxic spans of a
source (in whole toxic texts where nobody marked spans). They are counted together with the terms of given lexicons in
all texts, weighed (`core/slang.py`), and pieces of words and mere neighbourhoods are left out (`core/lexicon.py`).
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hf_toxspan.core.lexicon import keep_words, located_terms
from hf_toxspan.core.slang import Counts, Evidence, Glossary, Kind, Rules, SlangEntry, Source, keep_entries, mark_of
from hf_toxspan.core.spans import Span, from_mask, to_mask
from hf_toxspan.core.terms import Find, find_plainly, normal_form, read

Row = Mapping[str, Any]


class Given(NamedTuple):
    """A term of a lexicon, as somebody wrote it down.

    Attributes:
        term: The term.
        lexicon: The lexicon's name.
        definition: What it means.
        categories: What kind of slang it is.
    """

    term: str
    lexicon: str
    definition: str = ""
    categories: tuple[str, ...] = ()


class _Text(NamedTuple):
    """A row as it is mined: its reading, the toxic characters of it (None: it is clean), and its mark."""

    reading: str
    toxic: bytes | None
    mark: str

    def kind_at(self, span: Span) -> Kind | None:
        """Tell what a place is; None where it is toxic in part only."""
        if self.toxic is None:
            return "clean"
        marked = self.toxic.count(1, *span)
        return "beside" if not marked else "toxic" if marked == span.end - span.start else None


def mine_slang(
    sources: Mapping[str, Sequence[Row]],
    given: Iterable[Given] = (),
    *,
    rules: Rules | None = None,
    finder: Callable[[Collection[str]], Find] = find_plainly,
    advance: Callable[[int], None] = lambda rows: None,
) -> Glossary:
    """Mine the terms that tell toxic passages, and count those of given lexicons.

    Args:
        sources: Rows (`text`, `toxic`, `spans`) by the name of their data set and split. Of rows with one and the same
            content in a source the first counts.
        given: Terms of lexicons: entries whatever the rows say of them.
        rules: When a term becomes an entry.
        finder: Prepares to find terms; take `hf_toxspan.retrieval.matcher.find_in_one_pass`.
        advance: Told how many rows more have been read or counted; every row is both.

    Returns:
        The entries, the most telling first.

    Raises:
        ValueError: If a given term is empty.

    >>> rows = [{"text": text, "toxic": text < "m", "spans": None} for text in ("a twit", "bad twit", "no", "so what")]
    >>> glossary = mine_slang({"tweets:train": rows}, rules=Rules(min_count=2, min_z=0))
    >>> [(entry.term, entry.counts) for entry in glossary.entries]
    [('twit', Counts(toxic=2, beside=0, clean=0))]
    """
    rules = rules or Rules()
    listed = _merge_given(given)
    texts = {name: _read_rows(rows, advance) for name, rows in sources.items()}
    counted = {
        name: Source(
            toxic_texts=sum(text.toxic is not None and any(text.toxic) for text in own),
            other_texts=sum(text.toxic is None or not all(text.toxic) for text in own),
            rows=len(sources[name]),
            copies=len(sources[name]) - len(own),
            digest=_digest(sources[name]),
        )
        for name, own in texts.items()
    }
    candidates = _candidates((text for own in texts.values() for text in own), rules)
    find = finder([*{**listed, **dict.fromkeys(candidates)}])
    evidence: dict[str, dict[str, Evidence]] = defaultdict(dict)
    for name, own in texts.items():
        for term, found in _count(own, find, rules.remembered, advance).items():
            evidence[term][name] = found
    mined = [SlangEntry(term, evidence=evidence[term]) for term in candidates if term not in listed]
    entries = keep_entries(mined, counted, rules)
    words = keep_words(
        {entry.term: entry.log_odds or 0 for entry in entries},
        (text.reading for own in texts.values() for text in own),
        max_units=rules.max_units,
        min_cohesion=rules.min_cohesion,
        max_neighbour=rules.max_neighbour,
    )
    kept = [entry for entry in entries if entry.term in words][: rules.max_entries]
    kept += [SlangEntry(**fields, evidence=evidence[term]) for term, fields in listed.items()]
    return Glossary(keep_entries(kept, counted, rules), counted, rules)


def _merge_given(given: Iterable[Given]) -> dict[str, dict[str, Any]]:
    """Join what lexicons say of one term, in their order."""
    merged: dict[str, dict[str, Any]] = {}
    for one in given:
        term = normal_form(one.term)
        if not term:
            raise ValueError(f"the lexicon {one.lexicon} lists {one.term!r}; expected a term that can be seen")
        said = merged.setdefault(term, {"term": term, "definition": (), "categories": (), "lexicons": ()})
        said["definition"] += (one.definition.strip(),)
        said["categories"] += one.categories
        said["lexicons"] += (one.lexicon,)
    return {term: {**said, **_distinct(said)} for term, said in merged.items()}


def _distinct(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "definition": "; ".join(dict.fromkeys(filter(None, said["definition"]))),
        "categories": tuple(dict.fromkeys(said["categories"])),
        "lexicons": tuple(dict.fromkeys(said["lexicons"])),
    }


def _read_rows(rows: Iterable[Row], advance: Callable[[int], None]) -> list[_Text]:
    """Read each row, the first of those with one content."""
    texts: dict[str, _Text] = {}
    for row in rows:
        advance(1)
        mark = mark_of(row["text"])
        if mark not in texts:
            texts[mark] = _read_row(row, mark)
    return list(texts.values())


def _read_row(row: Row, mark: str) -> _Text:
    reading = read(row["text"])
    if not row["toxic"]:
        return _Text(reading.text, None, mark)
    spans = [(0, len(row["text"]))] if row["spans"] is None else row["spans"]
    toxic = to_mask(map(reading.from_original, spans), len(reading.text))
    return _Text(reading.text, toxic.tobytes(), mark)


def _candidates(texts: Iterable[_Text], rules: Rules) -> list[str]:
    """Return the terms that stand in what is toxic of enough texts."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({term for span in _toxic_spans(text) for term in _terms_in(text.reading, span, rules)})
    return [term for term, count in counts.items() if count >= rules.min_count]


def _toxic_spans(text: _Text) -> list[Span]:
    return from_mask(np.frombuffer(text.toxic or b"", dtype=bool))


def _terms_in(reading: str, span: Span, rules: Rules) -> Iterator[str]:
    for term, _ in located_terms(reading[slice(*span)], rules.max_units):
        if len(term) <= rules.max_characters:
            yield term


def _count(texts: Iterable[_Text], find: Find, remembered: int, advance: Callable[[int], None]) -> dict[str, Evidence]:
    """Count the texts that hold each term, by kind."""
    counts: dict[str, Counter[Kind]] = defaultdict(Counter)
    marks: dict[str, dict[Kind, list[str]]] = defaultdict(lambda: defaultdict(list))
    for text in texts:
        advance(1)
        for term, kind in _kinds(text, find).items():
            counts[term][kind] += 1
            marks[term][kind].append(text.mark)
    return {
        term: Evidence(
            Counts(own["toxic"], own["beside"], own["clean"]),
            {kind: tuple(some) for kind, some in marks[term].items() if len(some) <= remembered},
        )
        for term, own in counts.items()
    }


def _kinds(text: _Text, find: Find) -> dict[str, Kind]:
    """Tell for each term in a text what it counts as: toxic where it is so anywhere."""
    kinds: dict[str, Kind] = {}
    for term, span in find(text.reading):
        kind = text.kind_at(span)
        if kind and kinds.get(term) != "toxic":
            kinds[term] = kind
    return kinds


def _digest(rows: Iterable[Row]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([row["text"], row["toxic"], row["spans"]]).encode())
    return digest.hexdigest()[:16]
