r"""What is known of slang, and from which texts: terms with their evidence, source by source.

A glossary must not help to judge a text by that text's own label. So evidence is kept by source, which can be taken
away again; and where few texts speak for a term their marks (hashes) are kept, so that one text can be taken away::

    term  hatexplain:train        vihos:train              `without("hatexplain:train")`: the first column goes, numbers
    ngu   -                       41 toxic, 3 clean        are worked out anew, and what nothing speaks for goes too
    thot  6 toxic, 1 clean        -                        `without_text(t)`: 5 toxic, if t is one of the 6

What this can't do: where more texts of a kind hold a term than are remembered, one of them can't be taken away alone,
and changes its numbers by less than one part in `Rules.remembered`. And a term that was left out because of a source is
not brought back without it; for that, mine again.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from hf_toxspan.core.text import fingerprint

Kind = Literal["toxic", "beside", "clean"]
KINDS: tuple[Kind, ...] = ("toxic", "beside", "clean")
"""Where a text holds a term: in what is toxic of it, beside that, or in a clean text."""


class Counts(NamedTuple):
    """In how many texts a term stands; a text counts once, for the first that holds.

    Attributes:
        toxic: Inside a toxic span; for a toxic text without spans, anywhere.
        beside: In a toxic text, outside its spans only.
        clean: In a clean text.
    """

    toxic: int = 0
    beside: int = 0
    clean: int = 0


@dataclass(frozen=True)
class Evidence:
    """What one source says of a term.

    Attributes:
        counts: Texts that hold the term.
        marks: Their marks (`mark_of`) by kind, complete; a kind of too many texts is left out.
    """

    counts: Counts
    marks: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)

    def without(self, mark: str) -> "Evidence":
        """Take a text away, if it is one of those remembered."""
        held = {kind: marks for kind, marks in self.marks.items() if mark in marks}
        left = {kind: tuple(other for other in marks if other != mark) for kind, marks in held.items()}
        counts = {kind: getattr(self.counts, kind) - len(held[kind]) + len(left[kind]) for kind in held}
        return Evidence(self.counts._replace(**counts), {**self.marks, **left}) if held else self


@dataclass(frozen=True)
class SlangEntry:
    """A term and what is known of it.

    Attributes:
        term: In its normal form (`hf_toxspan.core.terms`).
        definition: What it means, where a lexicon says so.
        categories: A lexicon's, such as groups that it is aimed at.
        lexicons: Names of the lexicons that list it.
        evidence: By source, for those that hold it.
        log_odds: How much likelier a toxic passage holds it than anything else; None where no text holds it.
        z: The same in standard errors.
        mined: Whether the evidence alone makes it an entry.
        context_dependent: Whether it also stands often where nothing is toxic; None where no text holds it.
    """

    term: str
    definition: str = ""
    categories: tuple[str, ...] = ()
    lexicons: tuple[str, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    log_odds: float | None = None
    z: float | None = None
    mined: bool = False
    context_dependent: bool | None = None

    @property
    def origin(self) -> Literal["mined", "given", "both"]:
        """Who brought it: the evidence, a lexicon, or each of them."""
        if not self.lexicons:
            return "mined"
        return "both" if self.mined else "given"

    @property
    def counts(self) -> Counts:
        """The counts of all sources together."""
        return Counts(*map(sum, zip(Counts(), *(own.counts for own in self.evidence.values()), strict=True)))


@dataclass(frozen=True)
class Source:
    """Texts that were mined.

    Attributes:
        toxic_texts: Texts of which something is toxic: how many could have held a term there.
        other_texts: Texts of which something is not.
        rows: Rows that were read.
        copies: Rows left out since an earlier one has the same text (`core.text.fingerprint`).
        digest: First 16 hexadecimal digits of the SHA-256 of the rows' texts, labels and spans.
    """

    toxic_texts: int
    other_texts: int
    rows: int = 0
    copies: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Rules:
    """When a term becomes an entry.

    Attributes:
        min_count: Texts that hold it in what is toxic of them.
        min_z: Smallest log-odds ratio in standard errors.
        min_log_odds: Smallest log-odds ratio.
        max_units: Words, or characters of a script without blanks, of the longest term that is mined.
        max_characters: Characters of the longest term that is mined: nobody writes a letter into a prompt by it.
        max_clean_share: Largest share of its texts that hold it beside what is toxic or are clean; with more it is
            context-dependent (ours).
        prior: Weight of the prior: texts that it is worth for each text counted.
        min_cohesion: See `hf_toxspan.core.lexicon.mine`.
        max_neighbour: See `hf_toxspan.core.lexicon.mine`.
        remembered: Texts of a kind, of a source, whose marks are kept.
        max_entries: How many mined entries to keep, the most telling; all when None.
    """

    min_count: int = 3
    min_z: float = 1.5
    min_log_odds: float = 0.5
    max_units: int = 4
    max_characters: int = 40
    max_clean_share: float = 0.2
    prior: float = 0.1
    min_cohesion: float = 30.0
    max_neighbour: float = 0.6
    remembered: int = 20
    max_entries: int | None = None

    def weigh(self, entry: SlangEntry, sources: Mapping[str, Source]) -> SlangEntry:
        """Work out an entry's numbers from its evidence; sources that don't hold the term don't count as clean of it.

        Args:
            entry: The entry.
            sources: All sources by name.

        Returns:
            The entry with new numbers.
        """
        if not entry.evidence:
            return replace(entry, log_odds=None, z=None, mined=False, context_dependent=None)
        counts, holding = entry.counts, [sources[name] for name in entry.evidence]
        ratio = log_odds(
            (counts.toxic, sum(source.toxic_texts for source in holding)),
            (counts.beside + counts.clean, sum(source.other_texts for source in holding)),
            self.prior,
        )
        return replace(
            entry,
            log_odds=round(ratio.log_odds, 3),
            z=round(ratio.z, 3),
            mined=counts.toxic >= self.min_count and ratio.z >= self.min_z and ratio.log_odds >= self.min_log_odds,
            context_dependent=counts.beside + counts.clean > self.max_clean_share * sum(counts),
        )


class LogOdds(NamedTuple):
    """A log-odds ratio and how many standard errors it is away from 0."""

    log_odds: float
    z: float


def log_odds(inside: tuple[int, int], outside: tuple[int, int], prior: float = 0.1) -> LogOdds:
    """Compare how often a term stands inside and outside, with an informative Dirichlet prior.

    Source: Monroe, Colaresi and Quinn 2008, Fightin' Words: the prior is how often the term stands anywhere, scaled. It
    pulls both sides to what is usual, the more the rarer the term. Ours: texts are counted, not words; and half a count
    more on each side, so that a term that no text or every text holds has odds.

    Args:
        inside: Texts that hold it inside, of how many.
        outside: Texts that hold it outside, of how many.
        prior: Texts that the prior is worth for each text counted.

    Returns:
        The ratio; positive where the term is more at home inside.

    >>> log_odds((9, 50), (9, 50))
    LogOdds(log_odds=0.0, z=0.0)
    >>> log_odds((10, 100), (0, 100), prior=0).log_odds == math.log(10.5 / 90.5) - math.log(0.5 / 100.5)
    True
    """
    term = prior * (inside[0] + outside[0]) + 0.5
    rest = prior * (inside[1] + outside[1] - inside[0] - outside[0]) + 0.5
    odds = [math.log((held + term) / (texts - held + rest)) for held, texts in (inside, outside)]
    error = math.sqrt(1 / (inside[0] + term) + 1 / (outside[0] + term))
    return LogOdds(odds[0] - odds[1], (odds[0] - odds[1]) / error)


def mark_of(text: str) -> str:
    """Return a short mark of a text, the same for texts of one content: 8 hexadecimal digits of a hash.

    >>> mark_of("So what?!") == mark_of("so  what"), len(mark_of("😀"))
    (True, 8)
    """
    content = fingerprint(text) or text
    return hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=4).hexdigest()


@dataclass(frozen=True)
class Glossary:
    """Entries, the sources that speak for them, and the rules by which they do.

    Attributes:
        entries: The most telling first; those that no text holds stand last.
        sources: By name, such as "hatexplain:train".
        rules: How the entries were found.
    """

    entries: tuple[SlangEntry, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    rules: Rules = Rules()

    def without(self, *names: str) -> "Glossary":
        """Take sources away: what is left is as if they had never been counted.

        Args:
            *names: Names of sources, those of the texts to be judged for example.

        Returns:
            The entries that the rest still makes entries, and all given ones, with new numbers.

        Raises:
            ValueError: If there is no such source.
        """
        unknown = [name for name in names if name not in self.sources]
        if unknown:
            raise ValueError(f"no source {unknown[0]!r}; the glossary has {', '.join(self.sources) or 'none'}")
        sources = {name: source for name, source in self.sources.items() if name not in names}
        entries = (
            replace(entry, evidence={name: own for name, own in entry.evidence.items() if name in sources})
            for entry in self.entries
        )
        return Glossary(keep_entries(entries, sources, self.rules), sources, self.rules)

    def without_text(self, entry: SlangEntry, mark: str) -> SlangEntry | None:
        """Take one text away from an entry.

        Args:
            entry: One of the entries.
            mark: The text's mark (`mark_of`).

        Returns:
            The entry without what the text says of it; None where nothing else makes it one.
        """
        left = {name: own.without(mark) for name, own in entry.evidence.items()}
        if left == entry.evidence:
            return entry
        left = {name: own for name, own in left.items() if any(own.counts)}
        return next(iter(keep_entries([replace(entry, evidence=left)], self.sources, self.rules)), None)


def keep_entries(entries: Iterable[SlangEntry], sources: Mapping[str, Source], rules: Rules) -> tuple[SlangEntry, ...]:
    """Weigh entries anew; keep the given ones and those that their evidence makes entries, the most telling first.

    Args:
        entries: The entries; their evidence counts.
        sources: All sources by name.
        rules: How entries are found.

    Returns:
        Those kept.
    """
    weighed = (rules.weigh(entry, sources) for entry in entries)
    kept = (entry for entry in weighed if entry.lexicons or entry.mined)
    return tuple(sorted(kept, key=lambda entry: (entry.z is None, -(entry.z or 0), entry.term)))
