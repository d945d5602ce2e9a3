"""Perspective API's requests and answers, without HTTP."""

from typing import Any

import pytest

from hf_toxspan.serving.perspective import (
    TOXICITY,
    Analysis,
    Evidence,
    answer_analysis,
    answer_suggestion,
    read_analysis,
)
from hf_toxspan.serving.perspective_errors import PerspectiveError

SUPPORTED = ("zh", "en", "vi")


def asked(text: str = "you fool", **fields: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": {TOXICITY: {}}, **fields}


def read(request: Any, *, attributes: tuple[str, ...] = (TOXICITY, "THREAT")) -> Analysis:
    return read_analysis(request, attributes=attributes, supported=SUPPORTED)


def refused(request: Any) -> PerspectiveError:
    with pytest.raises(PerspectiveError) as caught:
        read(request)
    return caught.value


def answer(request: Any, score: float = 0.9, evidence: tuple[Evidence, ...] = ()) -> dict[str, Any]:
    return answer_analysis(read(request), {TOXICITY: score, "THREAT": 0.25}, {TOXICITY: evidence})


def test_by_default_one_span_is_the_whole_text() -> None:
    score = {"value": 0.9, "type": "PROBABILITY"}
    assert answer(asked("you 😀 fool")) == {
        "attributeScores": {
            TOXICITY: {"spanScores": [{"begin": 0, "end": 11, "score": score}], "summaryScore": score},
        },
        "languages": ("en",),
        "detectedLanguages": ("en",),
    }


def test_evidence_is_given_in_utf16_code_units() -> None:
    found = answer(asked("😀 fool 😀 蠢"), evidence=(Evidence(2, 6, 1.0), Evidence(9, 10, 0.5)))
    spans = found["attributeScores"][TOXICITY]["spanScores"]
    assert [(span["begin"], span["end"], span["score"]["value"]) for span in spans] == [(3, 7, 1.0), (11, 12, 0.5)]


def test_values_are_those_of_a_float32() -> None:
    assert answer(asked(), 0.1 + 0.2)["attributeScores"][TOXICITY]["summaryScore"]["value"] == 0.3
    assert answer(asked(), 0.9448870420455933)["attributeScores"][TOXICITY]["summaryScore"]["value"] == 0.94488704


def test_the_client_token_is_echoed_and_only_if_sent() -> None:
    assert "clientToken" not in answer(asked())
    assert answer(asked(clientToken="a\r\nb: c"))["clientToken"] == "a\r\nb: c"


def test_scores_below_the_threshold_are_left_out_and_zero_is_a_threshold() -> None:
    wanted = {TOXICITY: {"scoreThreshold": 0.95}, "THREAT": {"scoreThreshold": 0}}
    assert list(answer(asked(requestedAttributes=wanted))["attributeScores"]) == ["THREAT"]


def test_spans_below_the_threshold_are_left_out() -> None:
    request = asked(requestedAttributes={TOXICITY: {"scoreThreshold": 0.8}})
    spans = answer(request, evidence=(Evidence(0, 3, 0.7), Evidence(4, 8, 0.8)))["attributeScores"][TOXICITY]
    assert [span["begin"] for span in spans["spanScores"]] == [4]


def test_the_request_s_languages_are_the_answer_s() -> None:
    found = answer(asked("đồ ngu", languages=["en", "zh-Hant"]))
    assert (found["languages"], found["detectedLanguages"]) == (("en", "zh-Hant"), ("vi",))


def test_errors_come_in_perspective_s_order() -> None:
    wrong = {"XX": {"scoreType": "RAW"}}
    both = {TOXICITY: {"scoreType": "RAW"}}
    german = "du bist dumm und hässlich"
    steps = [
        (asked("", requestedAttributes={}), "COMMENT_EMPTY"),
        (asked("x" * 20_481, requestedAttributes={}), "COMMENT_TOO_LONG"),
        (asked(german, requestedAttributes={}), "NO_REQUESTED_ATTRIBUTES"),
        (asked(german, requestedAttributes=wrong), "INVALID_REQUEST"),
        (asked(german, requestedAttributes=both), "INVALID_REQUEST"),
        (asked(german), "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"),
    ]
    assert [refused(request).details[0]["errorType"] for request, _ in steps] == [kind for _, kind in steps]
    assert refused(steps[3][0]).message == "Unknown requested attribute: XX"
    assert refused(steps[4][0]).message == "Requested score type RAW is not supported by attribute TOXICITY"


def test_the_limit_counts_bytes() -> None:
    assert read(asked("蠢" * 6826)).comment.text  # 20,478 bytes
    assert refused(asked("蠢" * 6827)).message == "Comment text too long."


def test_languages_are_refused_as_requested_or_as_detected() -> None:
    detail = "languageNotSupportedByAttributeError"
    assert refused(asked(languages=["en", "de"])).details[0][detail]["requestedLanguages"] == ["en", "de"]
    assert refused(asked("😀")).details[0][detail]["detectedLanguages"] == ["und"]
    assert refused(asked("😀")).message == "Attribute TOXICITY does not support request languages: und"


def test_any_language_is_taken_where_none_is_named() -> None:
    assert read_analysis(asked("😀"), attributes=(TOXICITY,), supported=()).languages == ("und",)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"comment": {"text": "a", "type": "HTML"}}, "Currently, only 'PLAIN_TEXT' comments are supported"),
        ({"comment": {"text": "a", "type": "PDF"}}, "Unknown text type"),
        ({"comment": {}}, "Comment must be non-empty."),
        ({"comment": None}, "Comment must be non-empty."),
        ({"comment": "fool"}, "Invalid value at 'comment'"),
        ({"comment": {"text": 5}}, "Invalid value at 'comment.text': expected a string."),
        ({"requestedAttributes": []}, "Invalid value at 'requestedAttributes'"),
        ({"requestedAttributes": {TOXICITY: []}}, "Invalid value at 'requestedAttributes.TOXICITY'"),
        ({"requestedAttributes": {TOXICITY: {"scoreThreshold": "high"}}}, "expected a number"),
        ({"context": {"entries": [], "articleAndParentComment": {}}}, "both were populated"),
        ({"context": {"entries": [{"text": "a", "type": "HTML"}]}}, "only 'PLAIN_TEXT'"),
        ({"context": {"entries": ["a"]}}, "Invalid value at 'context.entries'"),
        ({"context": {"articleAndParentComment": {"article": 1}}}, "articleAndParentComment.article"),
        ({"colour": 1}, 'Unknown name "colour"'),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], message: str) -> None:
    assert message in refused(asked(**fields)).message


def test_everything_that_perspective_takes_is_taken() -> None:
    article = {"article": {"text": "a"}, "parentComment": {"text": "b", "type": "TEXT_TYPE_UNSPECIFIED"}}
    everything = read(
        asked(
            comment={"text": "you fool", "type": "PLAIN_TEXT"},
            requestedAttributes={TOXICITY: {"scoreType": "PROBABILITY"}, "THREAT": None},
            context={"articleAndParentComment": article},
            doNotStore=True,
            sessionId="s",
            communityId="c",
            spanAnnotations=False,
        )
    )
    assert (everything.comment.text, everything.span_annotations) == ("you fool", False)
    assert everything.thresholds == {TOXICITY: None, "THREAT": None}
    least = read({"comment": {"text": "you fool"}, "requested_attributes": {TOXICITY: {"score_type": "PROBABILITY"}}})
    assert least.thresholds == {TOXICITY: None}


SCORES = {TOXICITY: {"summaryScore": {"value": 0.5}, "spanScores": [{"begin": 0, "end": 2, "score": {"value": 1}}]}}


def test_a_suggestion_is_taken() -> None:
    request = {"comment": {"text": "đồ ngu"}, "attributeScores": SCORES, "clientToken": "t", "languages": ["vi"]}
    assert answer_suggestion(request) == {
        "requestedLanguages": ("vi",),
        "detectedLanguages": ["vi"],
        "clientToken": "t",
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"attributeScores": {}}, "Missing attribute_scores"),
        ({"attributeScores": {TOXICITY: {}}}, "expected spanScores or a summaryScore"),
        ({"attributeScores": {TOXICITY: {"summaryScore": {"type": "PROBABILITY"}}}}, "expected a value"),
        ({"attributeScores": {TOXICITY: {"spanScores": [{"score": {"value": 1}}]}}}, "expected begin, end and score"),
        ({"comment": {"text": ""}, "attributeScores": SCORES}, "Comment must be non-empty."),
        ({"requestedAttributes": {TOXICITY: {}}}, "Unknown name"),
    ],
)
def test_a_malformed_suggestion_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PerspectiveError, match=message):
        answer_suggestion({"comment": {"text": "a"}, **fields})
