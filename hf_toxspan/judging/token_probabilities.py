"""How sure a model was of a word that it answered, read off the log-probabilities of its tokens.

Servers write one JSON object a token, as OpenAI's chat completions do: ``{"token": " no", "logprob": -0.2, "bytes":
[32, 110, 111], "top_logprobs": [{"token": " yes", "logprob": -1.7}, ...]}``. Most leave something out, and some write
nonsense: then there is no probability, which is a case, not an error, and never one half.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from hf_toxspan.llm.calls import Answer

_BLANK = b" \t\r\n"
_LEAD = _BLANK + b"\"'"  # what a token may hold before a word: a blank or a quotation mark belongs to no choice
_MOST_UNCLEAR = 0.01
_ROUNDING = 1e-3  # a log-probability this little above 0 is one of 0


class _Step(NamedTuple):
    """What could have stood in one token's place: bytes, without what leads to the word, and their probability.

    `chosen` is the one that does; `unlisted` bounds the probability of any other than the `options`.
    """

    chosen: bytes
    options: dict[bytes, float]
    unlisted: float


class _Masses(NamedTuple):
    """Probability that surely belongs to each word, and how much may belong to another than it was counted for."""

    sure: dict[bytes, float]
    unclear: float


def choice_probabilities(answer: Answer, start: int, choices: Sequence[str]) -> dict[str, float] | None:
    """Return the probability of each word that a model had to choose from, where its answer holds one of them.

    Each alternative of the token that stands there counts for the one choice it begins or ends; where a token begins
    several (``tox`` of ``toxic`` and ``toxin``), the next one decides. Ours; where the first tokens differ it is the
    softmax over the choices' first tokens, as guard models publish it (model card of ShieldGemma).

    Args:
        answer: What the model said, with log-probabilities.
        start: Place of the word's first character in ``answer.text``.
        choices: The words, each different.

    Returns:
        Probabilities that sum to 1, one for each choice. None where there is nothing to tell them from: no
        log-probabilities or no alternatives, numbers that are none, tokens that do not spell the text, a word that is
        no choice, or more than 1 % of the mass where it could belong to another choice than counted.

    >>> listed = [{"token": " yes", "logprob": math.log(0.6)}, {"token": " no", "logprob": math.log(0.2)}]
    >>> token = {"token": " yes", "logprob": math.log(0.6), "top_logprobs": listed}
    >>> found = choice_probabilities(Answer(" yes", logprobs=[token]), 1, ["yes", "no"])
    >>> {word: round(probability, 3) for word, probability in found.items()}
    {'yes': 0.75, 'no': 0.25}
    """
    words = {_bytes(choice): choice for choice in choices}
    masses = _weigh(_steps(answer, start), list(words))
    if masses is None:
        return None
    total = sum(masses.sure.values())
    if total <= 0 or masses.unclear > _MOST_UNCLEAR * total:
        return None
    return {words[word]: mass / total for word, mass in masses.sure.items()}


def _weigh(steps: Iterable[_Step], words: list[bytes]) -> _Masses | None:
    """Follow the tokens until they spell one word; None where they spell none."""
    sure = dict.fromkeys(words, 0.0)
    said, share, unclear, missed = b"", 1.0, 0.0, 0.0
    for step in steps:
        for option, probability in step.options.items():
            fitting = _fitting(said + option, words)
            if len(fitting) == 1:
                sure[fitting[0]] += share * probability
            elif fitting and option != step.chosen:
                unclear += share * probability
        missed = max(missed, share * step.unlisted)
        said, share = said + step.chosen, share * step.options[step.chosen]
        fitting = _fitting(said, words)
        if len(fitting) < 2:
            unclear += missed * sum(mass == 0 for mass in sure.values())
            return _Masses(sure, unclear) if fitting else None
    return None


def _fitting(said: bytes, words: list[bytes]) -> list[bytes]:
    """Return the words that what was said so far begins; else the longest one that it ends, no letter following."""
    begun = [word for word in words if said and word.startswith(said)]
    ended = [word for word in words if said.startswith(word) and not said[len(word) : len(word) + 1].isalnum()]
    return begun or sorted(ended, key=len)[-1:]


def _steps(answer: Answer, start: int) -> Iterator[_Step]:
    """Yield the tokens from the one that holds a character; none where they do not spell the text up to there."""
    tokens = [(token, _said(token)) for token in answer.logprobs or []]
    text, place, joined = _bytes(answer.text), len(_bytes(answer.text[:start])), b"".join(said for _, said in tokens)
    # Some servers cut the blanks that an answer begins with off its text, but not off its tokens.
    end = _blanks(text) - _blanks(joined)
    spelt = _agreement(text, joined[max(-end, 0) :])
    for token, said in tokens:
        begin, end = end, end + len(said)
        if end <= place:
            continue
        step = _read_step(token, lead=said[: place - begin] if begin <= place else None)
        if step is None or spelt < min(end, len(text)):
            return
        yield step


def _read_step(token: dict[str, Any], lead: bytes | None) -> _Step | None:
    """Read what a token says of itself; `lead` stands before the word in its first token, None later on."""
    others = token.get("top_logprobs") or []
    listed = {_said(other): _probability(other) for other in [*others, token]} if isinstance(others, list) else {}
    if not listed or any(map(math.isnan, listed.values())):
        return None
    options: defaultdict[bytes, float] = defaultdict(float)
    for said, probability in listed.items():
        options[_without_lead(said, lead)] += probability
    unlisted = max(0.0, min(1 - sum(listed.values()), *listed.values()))
    return _Step(_without_lead(_said(token), lead), options, unlisted)


def _without_lead(said: bytes, lead: bytes | None) -> bytes:
    """Return what a token adds to the word: all of it but for the word's first token."""
    if lead is None:
        return said
    if said.startswith(lead):
        return said[len(lead) :].lstrip(_LEAD)
    return b"" if lead.strip(_LEAD) else said.lstrip(_LEAD)


def _said(token: object) -> bytes:
    """Return a token's bytes; the string alone can't hold a part of a character. What is none becomes no UTF-8."""
    written, string = (token.get("bytes"), token.get("token")) if isinstance(token, dict) else (None, None)
    if isinstance(written, list) and all(type(byte) is int and 0 <= byte < 256 for byte in written):
        return bytes(written)
    return _bytes(string) if isinstance(string, str) else b"\xff"


def _probability(token: object) -> float:
    """Return a token's probability; nan where it says none."""
    logprob = token.get("logprob") if isinstance(token, dict) else None
    if not isinstance(logprob, int | float) or isinstance(logprob, bool) or not logprob <= _ROUNDING:
        return math.nan
    return math.exp(min(logprob, 0.0))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _blanks(written: bytes) -> int:
    return len(written) - len(written.lstrip(_BLANK))


def _agreement(one: bytes, other: bytes) -> int:
    """Count the bytes that two begin with in common."""
    differing = (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(differing, min(len(one), len(other)))
