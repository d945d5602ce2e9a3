"""Perspective API (Comment Analyzer v1alpha1): requests read and checked, answers written. Nothing here knows of HTTP.

Where Perspective gives a score a sentence, here are the characters that made the text toxic; offsets are UTF-16 code
units, as there. Source: its reference documentation and discovery document, revision 20200426.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from hf_toxspan.core.utf16 import utf16_length, utf16_offsets
from hf_toxspan.serving import perspective_errors as errors
from hf_toxspan.serving import proto_json as proto
from hf_toxspan.serving.languages import detect, supports

TOXICITY = "TOXICITY"
MAX_BYTES = 20_480
PROBABILITY = "PROBABILITY"
SCORE_TYPES = ("SCORE_TYPE_UNSPECIFIED", PROBABILITY)
"""Those of Perspective that are answered."""

_TEXT = {"text": proto.is_string, "type": proto.is_string}
_CONTEXT = {"entries": proto.is_list, "articleAndParentComment": proto.is_object}
_COMMON = {
    "comment": proto.is_object,
    "context": proto.is_object,
    "languages": proto.is_strings,
    "clientToken": proto.is_string,
    "sessionId": proto.is_string,
    "communityId": proto.is_string,
}
_ANALYZE = {
    **_COMMON,
    "requestedAttributes": proto.is_object,
    "spanAnnotations": proto.is_bool,
    "doNotStore": proto.is_bool,
}
_SUGGEST = {**_COMMON, "attributeScores": proto.is_object}


class Comment(NamedTuple):
    """What every request has.

    Attributes:
        text: The comment.
        languages: What the caller says it is in; empty: unknown.
        client_token: To be echoed; None where there is none.
    """

    text: str
    languages: tuple[str, ...]
    client_token: str | None


@dataclass(frozen=True)
class Analysis:
    """A request to score a comment.

    Attributes:
        comment: The comment.
        thresholds: For each attribute asked for the score below which it is left out, or None.
        span_annotations: Whether the toxic characters are asked for.
        languages: What the answer says the text is in.
        detected: Languages detected, the likeliest first.
    """

    comment: Comment
    thresholds: Mapping[str, float | None]
    span_annotations: bool
    languages: tuple[str, ...]
    detected: tuple[str, ...]


class Evidence(NamedTuple):
    """A toxic stretch, in code points of the text, and how strong it is."""

    start: int
    end: int
    score: float


def read_analysis(request: Any, *, attributes: Sequence[str], supported: Sequence[str]) -> Analysis:
    """Read and check a request to ``comments:analyze``; the checks come in Perspective's order.

    Args:
        request: JSON.
        attributes: Those that there are.
        supported: Languages of the model; none: any.

    Returns:
        The request.

    Raises:
        PerspectiveError: If it can't be answered.
    """
    fields = proto.read_object(request, "", _ANALYZE)
    wanted = {name: _parameters(name, own) for name, own in fields.get("requestedAttributes", {}).items()}
    comment = _comment(fields)
    if not wanted:
        raise errors.no_attributes()
    for name in wanted:
        if name not in attributes:
            raise errors.unknown_attribute(name[:80])
    for name, own in wanted.items():
        if own.get("scoreType", PROBABILITY) not in SCORE_TYPES:
            raise errors.score_type_unsupported(own["scoreType"][:80], name)
    detected = tuple(detect(comment.text))
    languages = comment.languages or detected[:1]
    refused = [code for code in languages if not supports(supported, code)]
    if refused:
        told = {"requested": comment.languages, "detected": () if comment.languages else detected}
        raise errors.language_unsupported(next(iter(wanted)), [code[:40] for code in refused], **told)
    thresholds = {name: own.get("scoreThreshold") for name, own in wanted.items()}
    return Analysis(comment, thresholds, fields.get("spanAnnotations", False), languages, detected)


def answer_analysis(
    analysis: Analysis, scores: Mapping[str, float], evidence: Mapping[str, Sequence[Evidence]]
) -> dict[str, Any]:
    """Write the answer to ``comments:analyze``.

    Each attribute has at least one span, since clients read the first: where there is no evidence, or none was asked
    for, it is the whole text with the score of the whole.

    Args:
        analysis: The request.
        scores: For each attribute a probability.
        evidence: For each attribute that has any its toxic stretches.

    Returns:
        JSON.
    """
    found = {
        name: _attribute(analysis, scores[name], evidence.get(name, ()), threshold)
        for name, threshold in analysis.thresholds.items()
        if threshold is None or scores[name] >= threshold
    }
    answer = {"attributeScores": found, "languages": analysis.languages, "detectedLanguages": analysis.detected}
    return _with_token(answer, analysis.comment)


def answer_suggestion(request: Any) -> dict[str, Any]:
    """Check a request to ``comments:suggestscore`` and write its answer; the suggestion itself is not kept.

    Args:
        request: JSON.

    Returns:
        JSON.

    Raises:
        PerspectiveError: If it is malformed.
    """
    fields = proto.read_object(request, "", _SUGGEST)
    suggested = fields.get("attributeScores", {})
    for name, own in suggested.items():
        _check_suggested(own, f"attributeScores.{name[:40]}")
    comment = _comment(fields)
    if not suggested:
        raise errors.PerspectiveError("Missing attribute_scores")
    answer = {"requestedLanguages": comment.languages, "detectedLanguages": detect(comment.text)}
    return _with_token(answer, comment)


def _parameters(name: str, value: Any) -> dict[str, Any]:
    kinds = {"scoreType": proto.is_string, "scoreThreshold": proto.is_number}
    return proto.read_object({} if value is None else value, f"requestedAttributes.{name[:40]}", kinds)


def _comment(fields: Mapping[str, Any]) -> Comment:
    """Check the comment and its context."""
    _check_context(fields.get("context", {}))
    comment = proto.read_object(fields.get("comment", {}), "comment", _TEXT)
    text = comment.get("text", "")
    if not text:
        raise errors.comment_empty()
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise errors.comment_too_long()
    _check_type(comment)
    return Comment(text, tuple(fields.get("languages", ())), fields.get("clientToken"))


def _check_context(context: Any) -> None:
    """Check a context; it is not read, as Perspective's models do not read it."""
    fields = proto.read_object(context, "context", _CONTEXT)
    if len(fields) > 1:
        raise errors.two_contexts()
    both = {"article": proto.is_object, "parentComment": proto.is_object}
    pair = proto.read_object(fields.get("articleAndParentComment", {}), "context.articleAndParentComment", both)
    for entry in (*fields.get("entries", ()), *pair.values()):
        _check_type(proto.read_object(entry, "context.entries", _TEXT))


def _check_type(text: Mapping[str, Any]) -> None:
    kind = text.get("type", "PLAIN_TEXT")
    if kind == "HTML":
        raise errors.not_plain_text()
    if kind not in ("PLAIN_TEXT", "TEXT_TYPE_UNSPECIFIED"):
        raise errors.unknown_text_type()


def _check_suggested(scores: Any, where: str) -> None:
    """Each score must say its value, each span where it lies."""
    fields = proto.read_object(scores, where, {"spanScores": proto.is_list, "summaryScore": proto.is_object})
    kinds = {"begin": proto.is_int, "end": proto.is_int, "score": proto.is_object}
    spans = [proto.read_object(span, f"{where}.spanScores", kinds) for span in fields.get("spanScores", ())]
    if any(len(span) < len(kinds) for span in spans):
        raise errors.PerspectiveError(f"Invalid value at '{where}.spanScores': expected begin, end and score.")
    summary = [fields["summaryScore"]] if "summaryScore" in fields else []
    for score in (*summary, *(span["score"] for span in spans)):
        found = proto.read_object(score, f"{where}.score", {"value": proto.is_number, "type": proto.is_string})
        if "value" not in found:
            raise errors.PerspectiveError(f"Invalid value at '{where}.score': expected a value.")
    if not spans and not summary:
        raise errors.PerspectiveError(f"Invalid value at '{where}': expected spanScores or a summaryScore.")


def _attribute(
    analysis: Analysis, score: float, evidence: Sequence[Evidence], threshold: float | None
) -> dict[str, Any]:
    text = analysis.comment.text
    strong = [own for own in evidence if threshold is None or own.score >= threshold]
    ends = iter(utf16_offsets(text, [end for own in strong for end in own[:2]]))
    spans = [{"begin": next(ends), "end": next(ends), "score": _score(own.score)} for own in strong]
    whole = {"begin": 0, "end": utf16_length(text), "score": _score(score)}
    return {"spanScores": spans or [whole], "summaryScore": _score(score)}


def _score(value: float) -> dict[str, Any]:
    # The number that a float32 prints as, not that of the double beside it.
    return {"value": float(str(np.float32(value))), "type": PROBABILITY}


def _with_token(answer: dict[str, Any], comment: Comment) -> dict[str, Any]:
    return answer if comment.client_token is None else {**answer, "clientToken": comment.client_token}
