"""What is known of slang that bears on a text: the notes that a judge is given beside it."""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, NamedTuple, Self

from hf_toxspan.core.slang import Glossary, Rules, SlangEntry, Source, mark_of
from hf_toxspan.core.slang_mining import Given, Row, mine_slang
from hf_toxspan.core.spans import Span
from hf_toxspan.retrieval.embeddings import Embedder
from hf_toxspan.retrieval.glossary_file import read_glossary, write_glossary
from hf_toxspan.retrieval.matcher import Match, TermMatcher, find_in_one_pass, without_overlaps
from hf_toxspan.retrieval.nearness import Nearness

LONGEST_TERM, LONGEST_MEANING = 60, 200
"""Characters of what a note quotes; the rest is cut off visibly."""

USES = {True: "depends on context", False: "nearly always toxic", None: "not seen in the texts that were counted"}
"""What a note says of `SlangEntry.context_dependent`."""

NEAR = "; not in the text, but near to it in meaning"


class Hit(NamedTuple):
    """An entry that bears on a text.

    Attributes:
        entry: The entry, without what the text itself says of it.
        spans: Where its term stands in the text; nowhere, where it is only near in meaning.
        similarity: How near its meaning is to the text; None where it stands in the text.
    """

    entry: SlangEntry
    spans: list[Span]
    similarity: float | None = None


class KnowledgeBase:
    """A glossary made ready to be asked.

    Nothing that it says of a text comes from that text: its own row is taken away from each entry that remembers it,
    and `without` takes away the whole of its split (`hf_toxspan.core.slang` says what that can't do).

    Args:
        glossary: The entries.
        nearness: How near entries are in meaning; see `with_nearness`.
    """

    def __init__(self, glossary: Glossary, nearness: Nearness | None = None) -> None:
        self.glossary, self.nearness = glossary, nearness
        self._entries = {entry.term: entry for entry in glossary.entries}
        self._matcher = TermMatcher(list(self._entries))

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources that speak for the entries, by name."""
        return self.glossary.sources

    @classmethod
    def mine(
        cls,
        sources: Mapping[str, Sequence[Row]],
        given: Iterable[Given] = (),
        *,
        rules: Rules | None = None,
        advance: Callable[[int], None] = lambda rows: None,
    ) -> Self:
        """Mine rows; see `hf_toxspan.core.slang_mining.mine_slang`."""
        return cls(mine_slang(sources, given, rules=rules, finder=find_in_one_pass, advance=advance))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read a knowledge base from the file that `save` or `hf-toxspan mine-slang` wrote."""
        return cls(read_glossary(path))

    def save(self, path: str | PathLike[str]) -> None:
        """Write a line with the provenance, and one line of JSON an entry."""
        write_glossary(self.glossary, path)

    def without(self, *names: str) -> "KnowledgeBase":
        """Take sources away: those of the texts to be judged.

        Args:
            *names: Names of sources.

        Returns:
            What the others say.

        Raises:
            ValueError: If there is no such source.
        """
        return KnowledgeBase(self.glossary.without(*names), self.nearness)

    def with_nearness(
        self, embedder: Embedder, *, least: float, path: str | PathLike[str] | None = None
    ) -> "KnowledgeBase":
        """Let entries that only mean something near to a text follow those that stand in it.

        Args:
            embedder: Makes vectors of terms with their definitions, and of texts.
            least: Smallest cosine similarity; what is near depends on the model, so look at some texts first.
            path: Where the entries' vectors are kept; None works them out each time.

        Returns:
            A knowledge base with the same entries.
        """
        return KnowledgeBase(self.glossary, Nearness(self.glossary, embedder, least=least, path=path))

    def retrieve(self, text: str, limit: int = 8) -> list[Hit]:
        """Find the entries that bear on a text; where their terms overlap in it, the longer one.

        Args:
            text: Any text.
            limit: How many at most.

        Returns:
            First those with a definition, which nobody can know from the text, then the most telling (ours); behind
            them, where `with_nearness` was asked for, those that are near, the nearest first.
        """
        mark, matches = mark_of(text), self._matcher.match(text)
        terms = {match.term for match in matches}
        found = self._found(matches, {term: self._without_text(term, mark) for term in terms})[:limit]
        return [*found, *self._near(text, mark, limit - len(found), terms)]

    @staticmethod
    def _found(matches: list[Match], left: Mapping[str, SlangEntry | None]) -> list[Hit]:
        spans: dict[str, list[Span]] = {}
        for term, span in without_overlaps(match for match in matches if left[match.term]):
            spans.setdefault(term, []).append(span)
        hits = [Hit(entry, spans[term]) for term in spans if (entry := left[term])]
        return sorted(hits, key=lambda hit: (not hit.entry.definition, -(hit.entry.z or 0), hit.spans))

    def _near(self, text: str, mark: str, limit: int, known: Collection[str]) -> list[Hit]:
        if self.nearness is None or limit < 1:
            return []
        near = ((term, how) for term, how in self.nearness(text) if term in self._entries and term not in known)
        hits = (Hit(entry, [], how) for term, how in near if (entry := self._without_text(term, mark)))
        return list(itertools.islice(hits, limit))

    def _without_text(self, term: str, mark: str) -> SlangEntry | None:
        return self.glossary.without_text(self._entries[term], mark)

    def notes(self, text: str, limit: int = 8) -> list[dict[str, Any]]:
        """Say what a judge should know of the slang in a text, as short JSON values.

        Terms come from texts that attackers may have written, so they are data: put them into a prompt's place for JSON
        (`hf_toxspan.llm.prompts`), never among the instructions.

        Args:
            text: The text under judgement.
            limit: How many notes at most.

        Returns:
            ``{"term", "meaning", "use", "seen": {"toxic", "clean"}}`` each, as `retrieve` orders them. `meaning` is
            empty where no lexicon defines the term; `use` is one of `USES`, with `NEAR` behind it where the term is not
            in the text; "clean" counts clean texts and clean parts of others.
        """
        return [_note(hit) for hit in self.retrieve(text, limit)]


def _note(hit: Hit) -> dict[str, Any]:
    counts = hit.entry.counts
    return {
        "term": _cut(hit.entry.term, LONGEST_TERM),
        "meaning": _cut(hit.entry.definition, LONGEST_MEANING),
        "use": USES[hit.entry.context_dependent] + ("" if hit.similarity is None else NEAR),
        "seen": {"toxic": counts.toxic, "clean": counts.beside + counts.clean},
    }


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
