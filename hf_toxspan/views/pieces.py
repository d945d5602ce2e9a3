"""What every view shares: a result's text cut at its spans, and characters that must not reach a screen raw."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from hf_toxspan.core import spans as span_algebra

Result = Mapping[str, Any]
"""The pipeline's dict plus its text: `{"text", "label", "score", "spans", ...}`, or `{"line", "error"}`."""

# Controls a terminal obeys or a browser drops, line and paragraph separators, bidirectional embeddings, overrides and
# isolates (they reorder what follows), and lone surrogates (no encoding has them). Tab and line feed are kept, and so
# are joiners and direction marks, which ordinary Persian, Hindi and emoji need.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Piece(NamedTuple):
    """A stretch `[start, end)` of the text that one span covers (`score`), or none does (`score` is None)."""

    start: int
    end: int
    score: float | None


def pieces(text: str, spans: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    """Cut the text at the borders of its spans; every character comes out exactly once.

    Where spans overlap the one with the higher score is shown. A span without a score counts as 1.

    Args:
        text: The original text.
        spans: Dicts with `start`, `end` in code points of the text and `score` in [0, 1]; in any order.

    Yields:
        The stretches from left to right; none for an empty text.

    Raises:
        ValueError: If a span is empty or outside the text.

    >>> list(pieces("you fool!", [{"start": 4, "end": 8, "score": 0.9}]))
    [Piece(start=0, end=4, score=None), Piece(start=4, end=8, score=0.9), Piece(start=8, end=9, score=None)]
    """
    ranges = span_algebra.check([(span["start"], span["end"]) for span in spans], length=len(text))
    scores = [1.0 if span.get("score") is None else float(span["score"]) for span in spans]
    owner = [-1] * len(text)
    for index in sorted(range(len(scores)), key=scores.__getitem__):
        start, end = ranges[index]
        owner[start:end] = [index] * (end - start)
    for index, group in groupby(range(len(text)), key=owner.__getitem__):
        places = list(group)
        yield Piece(places[0], places[-1] + 1, scores[index] if index >= 0 else None)


def visible(text: str, *, show: Callable[[str], str] = "<{}>".format) -> str:
    r"""Replace each character that could act on a screen by its name, and leave the rest alone.

    Args:
        text: Text from anyone.
        show: Wraps the name of a replaced character, `U+001B`.

    Returns:
        Text without control characters (but tab and line feed), reordering controls and lone surrogates.

    >>> visible("a\x1b[31mb")
    'a<U+001B>[31mb'
    """
    return _UNSAFE.sub(lambda found: show(f"U+{ord(found.group()):04X}"), text)


def is_toxic(result: Result) -> bool:
    """Say whether a result counts as toxic.

    Its own `toxic` decides where it is given. The plain pipeline output has none: there the label `toxic`, or spans
    (given for toxic texts only, unless `explain_all` asked for more), say so.

    >>> is_toxic({"label": "hatespeech", "spans": [{"start": 0, "end": 4}]})
    True
    >>> is_toxic({"label": "normal", "toxic": False, "spans": [{"start": 0, "end": 4}]})
    False
    """
    if "toxic" in result:
        return bool(result["toxic"])
    return result.get("label") == "toxic" or bool(result.get("spans"))


def kind(result: Result) -> str:
    """Name the group that a result is counted and filtered in: `toxic`, `clean`, `undecided` or `error`.

    Undecided is a text whose model was asked and gave no answer that could be used: it has no label.

    >>> kind({"label": None, "score": None, "spans": [], "status": "failed"})
    'undecided'
    """
    if "error" in result:
        return "error"
    if result.get("label", "") is None:
        return "undecided"
    return "toxic" if is_toxic(result) else "clean"


def error_message(result: Result) -> str:
    """Return what to show for a record that could not be read.

    >>> error_message({"line": 7, "error": "invalid JSON"})
    'line 7: invalid JSON'
    """
    return f"line {result['line']}: {result['error']}" if "line" in result else str(result["error"])


def heading(result: Result) -> tuple[str, str]:
    """Return the label and the score of a result as they are shown; without a decision, its status and no score.

    >>> heading({"label": "toxic", "score": 0.974, "spans": []})
    ('toxic', '0.97')
    >>> heading({"label": None, "score": None, "spans": [], "status": "failed"})
    ('undecided: failed', '')
    """
    if kind(result) == "undecided":
        status = result.get("status")
        return visible(f"undecided: {status}" if status else "undecided"), ""
    return visible(str(result["label"])), f"{result['score']:.2f}"


def quadruple_line(quadruple: Mapping[str, Any]) -> str:
    """Return a quadruple of a result as a line; what is not named is a dash.

    >>> quadruple_line({"target": None, "argument": "are silly", "groups": ["Sexism", "Racism"], "hateful": True})
    '- | are silly | Sexism, Racism | hate'
    """
    groups, hateful = ", ".join(quadruple["groups"]), "hate" if quadruple["hateful"] else "non-hate"
    fields = (quadruple["target"] or "-", quadruple["argument"] or "-", groups or "-", hateful)
    return _one_line(" | ".join(fields))


def judge_line(result: Result) -> str:
    """Return what a cascade's judge did as a line; nothing where no judge was asked.

    >>> backbone = {"label": "clean", "score": 0.64}
    >>> judge_line({"judge": None, "backbone": backbone})
    ''
    >>> judge_line({"judge": {"status": "failed", "detail": "no server"}, "backbone": backbone})
    'judge: failed (no server); the backbone decides: clean 0.64'
    >>> judge = {"status": "judged", "label": None, "toxic": True, "toxicity": 0.71, "rationale": "an insult"}
    >>> judge_line({"judge": judge, "backbone": backbone})
    'judge: toxic, toxicity 0.71; backbone: clean 0.64; an insult'
    """
    judge, backbone = result.get("judge"), result.get("backbone")
    if not judge or not backbone:
        return ""
    own = f"{backbone['label']} {backbone['score']:.2f}"
    if judge["status"] != "judged":
        why = f" ({judge['detail']})" if judge.get("detail") else ""
        return _one_line(f"judge: {judge['status']}{why}; the backbone decides: {own}")
    verdict = judge.get("label") or ("toxic" if judge["toxic"] else "clean")
    sure = "" if judge.get("toxicity") is None else f", toxicity {judge['toxicity']:.2f}"
    why = f"; {judge['rationale']}" if judge.get("rationale") else ""
    return _one_line(f"judge: {verdict}{sure}; backbone: {own}{why}")


def clip(result: Result, most: int) -> tuple[Result, str]:
    """Return a result with the first characters of its text, and a note on what was left out.

    Args:
        result: A result.
        most: Characters to keep.

    Returns:
        The result, cut where its text is longer; and the note, empty where nothing was cut.

    >>> clip({"text": "you fool", "label": "toxic", "score": 1.0, "spans": [{"start": 4, "end": 8}]}, 6)[1]
    '... 2 more characters, of 1 span'
    >>> clip({"text": "you", "label": "clean", "score": 1.0, "spans": []}, 6)[1]
    ''
    """
    if "error" in result or len(result["text"]) <= most:
        return result, ""
    spans = [{**span, "end": min(span["end"], most)} for span in result["spans"] if span["start"] < most]
    hidden = sum(span["end"] > most for span in result["spans"])
    cut = {**result, "text": result["text"][:most], "spans": spans}
    if result.get("saliency") is not None:
        cut["saliency"] = result["saliency"][:most]
    of_spans = f", of {hidden:,} span{'s' if hidden > 1 else ''}" if hidden else ""
    return cut, f"... {len(result['text']) - most:,} more characters{of_spans}"


def _one_line(text: str) -> str:
    return visible(text).replace("\n", " ")
