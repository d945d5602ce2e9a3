"""Texts and what one or more systems say about them, checked and bounded, for the views to show."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hf_toxspan.core import spans as span_algebra
from hf_toxspan.views.pieces import Result, kind

Results = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""What a pipeline returns: a dict for one text, a list for several."""

MOST_CHARACTERS = 2_000
"""Characters of a text that a view on a screen shows."""


@dataclass(frozen=True)
class Gathered:
    """Results by system, one a text.

    Attributes:
        systems: By the system's name, one result with its `text` for each text.
        limit: Texts that a view on a screen shows.
        places: Texts that are wanted at all, by their place.
    """

    systems: Mapping[str, Sequence[Result]]
    limit: int
    places: Sequence[int]

    def rows(self, *, whole: bool = False) -> Iterator[dict[str, Result]]:
        """Yield what each system says about a text, text by text: the first `limit` ones, or all of them."""
        for place in self.places if whole else self.places[: self.limit]:
            yield {name: results[place] for name, results in self.systems.items()}

    @property
    def is_one(self) -> bool:
        """Whether there is one text and one system: no need to count."""
        return len(self.places) == 1 and len(self.systems) == 1

    @property
    def left_out(self) -> int:
        """Return how many texts are not shown on a screen."""
        return max(0, len(self.places) - self.limit)

    @property
    def texts(self) -> int:
        """Return how many texts there are, wanted or not."""
        return max(map(len, self.systems.values()))

    def counts(self, name: str) -> Counter[str]:
        """Count a system's results as `kind` names them, of all texts."""
        return Counter(map(kind, self.systems[name]))


def gather(
    texts: str | Sequence[str],
    systems: Mapping[str, Results],
    *,
    limit: int,
    different_only: bool = False,
) -> Gathered:
    """Bring texts and results together.

    Args:
        texts: A text, or several.
        systems: By the system's name, what it says: a dict for one text, one dict a text for several.
        limit: Texts that a view on a screen shows.
        different_only: Leave out the texts that all systems label alike, with the same spans.

    Returns:
        The results, each with its text.

    Raises:
        ValueError: If results are missing or too many, a span lies outside its text, or a saliency has another length.
        TypeError: If something else than a pipeline's dicts is given.

    >>> result = {"label": "toxic", "score": 0.9, "spans": [{"start": 4, "end": 8}]}
    >>> gather("you fool", {"mine": result}, limit=10).systems["mine"][0]["text"]
    'you fool'
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; expected at least 1")
    if not systems:
        raise ValueError("systems is empty; expected the results of at least one system, by its name")
    given = [texts] if isinstance(texts, str) else list(texts)
    checked = {str(name): _checked(str(name), given, results) for name, results in systems.items()}
    places = range(len(given))
    if different_only:
        return Gathered(checked, limit, [place for place in places if _differ(checked, place)])
    return Gathered(checked, limit, places)


def differences(gathered: Gathered) -> int:
    """Count the texts that the systems label differently, or with other spans."""
    return sum(_differ(gathered.systems, place) for place in range(gathered.texts))


def _differ(systems: Mapping[str, Sequence[Result]], place: int) -> bool:
    return len({_answer(results[place]) for results in systems.values()}) > 1


def _answer(result: Result) -> tuple[Any, ...]:
    spans = tuple((span["start"], span["end"]) for span in result.get("spans", ()))
    return kind(result), result.get("label"), spans


def _checked(name: str, texts: Sequence[str], results: Results) -> list[Result]:
    own = [results] if isinstance(results, Mapping) else list(results)
    if len(own) != len(texts):
        raise ValueError(f"{name} has {len(own)} results for {len(texts)} texts; expected one a text, in order")
    return [
        _with_text(f"{name}, result {place}", text, result)
        for place, (text, result) in enumerate(zip(texts, own, strict=True))
    ]


def _with_text(name: str, text: str, result: Result) -> Result:
    if not isinstance(result, Mapping):
        raise TypeError(f"{name} is a {type(result).__name__}; expected a pipeline's dict")
    if "error" in result:
        return result
    missing = [field for field in ("label", "score", "spans") if field not in result]
    if missing:
        raise ValueError(f"{name} has no {', '.join(missing)}; expected a pipeline's dict, got {sorted(result)}")
    try:
        span_algebra.check([(span["start"], span["end"]) for span in result["spans"]], length=len(text))
    except ValueError as error:
        raise ValueError(f"{name}: {error}; are these the results of these texts?") from None
    saliency = result.get("saliency")
    if saliency is not None and len(saliency) != len(text):
        raise ValueError(
            f"{name}: saliency has {len(saliency)} values; expected one for each of {len(text)} characters"
        )
    return {"text": text, **{field: value for field, value in result.items() if field != "text"}}
