"""Perspective API's routes, asked by its clients as they are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError

import pytest

from hf_toxspan.serving.keys import Keys
from hf_toxspan.serving.settings import Settings
from tests.serving.conftest import Running, Start

TEXT = "😀 you stupid idiot, fool"
KEY = "k" * 32
ASKED = {"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}, "languages": ["en"]}


def quoted(text: str, spans: list[dict[str, Any]]) -> list[str]:
    units = text.encode("utf-16-le")
    return [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in spans]


@contextmanager
def google_client(server: Running, key: str = "any", **options: Any) -> Iterator[Any]:
    """Google's client as it is, told where the discovery document lies; gives its resource ``comments``."""
    from googleapiclient import discovery

    url = f"{server.url}/$discovery/rest?version=v1alpha1"
    built = discovery.build(
        "commentanalyzer", "v1alpha1", developerKey=key, static_discovery=False, discoveryServiceUrl=url, **options
    )
    with built as client:
        yield client.comments()


def test_spans_are_the_toxic_characters_where_asked_for(start: Start) -> None:
    server = start()
    whole = server.analyze(TEXT).json()["attributeScores"]["TOXICITY"]
    exact = server.analyze(TEXT, spanAnnotations=True).json()["attributeScores"]["TOXICITY"]
    assert quoted(TEXT, whole["spanScores"]) == [TEXT]
    ours = [span["text"] for span in server.extract(text=TEXT).json()["spans"]]
    assert quoted(TEXT, exact["spanScores"]) == ours
    assert ours
    assert whole["summaryScore"] == exact["summaryScore"]
    clean = server.analyze("hello friend", spanAnnotations=True).json()["attributeScores"]["TOXICITY"]
    assert quoted("hello friend", clean["spanScores"]) == ["hello friend"]


def test_google_s_client_finds_the_service_by_its_discovery_document(start: Start) -> None:
    scores = {"TOXICITY": {"summaryScore": {"value": 1}}}
    suggestion = {"comment": {"text": TEXT}, "attributeScores": scores, "clientToken": "t"}
    with google_client(start()) as comments:
        answer = comments.analyze(body={**ASKED, "spanAnnotations": True}).execute()
        told = comments.suggestscore(body=suggestion).execute()
    toxicity = answer["attributeScores"]["TOXICITY"]
    assert toxicity["summaryScore"]["value"] > 0.5
    assert quoted(TEXT, toxicity["spanScores"])[0] in ("stupid", "stupid idiot")
    assert answer["languages"] == ["en"]
    assert told["clientToken"] == "t"


def test_google_s_client_with_an_endpoint_of_its_own_document(start: Start) -> None:
    server, elsewhere = start(), start(Settings(public_url="https://elsewhere.example"))
    assert elsewhere.get("/$discovery/rest").json()["rootUrl"] == "https://elsewhere.example/"
    for endpoint in (server.url, f"{server.url}/"):
        with google_client(elsewhere, client_options={"api_endpoint": endpoint}) as comments:
            answer = comments.analyze(body=ASKED).execute()
        assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.5


def test_google_s_client_tells_its_errors(start: Start) -> None:
    from googleapiclient.errors import HttpError

    with google_client(start(Settings(languages=("en",)))) as comments, pytest.raises(HttpError) as caught:
        comments.analyze(body={**ASKED, "languages": ["de"]}).execute()
    assert caught.value.resp.status == 400
    assert caught.value.reason == "Attribute TOXICITY does not support request languages: de"
    assert caught.value.error_details[0]["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    assert "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE" in str(caught.value)


def test_google_s_client_with_a_key(start: Start) -> None:
    from googleapiclient.errors import HttpError

    server = start(Settings(keys=Keys([KEY])))
    with google_client(server, KEY) as comments:
        assert comments.analyze(body=ASKED).execute()["languages"] == ["en"]
    with google_client(server, "wrong") as comments, pytest.raises(HttpError) as caught:
        comments.analyze(body=ASKED).execute()
    assert caught.value.reason == "API key not valid. Please pass a valid API key."


def test_the_client_perspective_with_another_url(start: Start) -> None:
    from perspective import PerspectiveAPI

    api = PerspectiveAPI("any")
    api.api_client.url = f"{start().url}/v1alpha1/{{endpoint}}"
    assert api.score("you stupid idiot")["TOXICITY"] > 0.5
    assert api.score("hello friend", tests=["TOXICITY"])["TOXICITY"] < 0.5
    full = api.analyze_comment(TEXT, span_annotations=True, languages=["en"], do_not_store=True, client_token="t")
    assert full["clientToken"] == "t"
    assert "stupid" in quoted(TEXT, full["attributeScores"]["TOXICITY"]["spanScores"])[0]
    scores = {"TOXICITY": {"summaryScore": {"value": 1}}}
    assert api.suggest_score(TEXT, scores, validate=False)["detectedLanguages"] == ["en"]
    with pytest.raises(HTTPError) as caught:
        api.score("hello", tests=["INSULT"])
    with caught.value as error:
        assert json.load(error)["error"]["message"] == "Unknown requested attribute: INSULT"


def test_query_parameters_that_are_unknown_are_ignored(start: Start) -> None:
    path = "/v1alpha1/comments:analyze?alt=json&prettyPrint=false&quotaUser=me&callback=x&fields=a&$.xgafv=2"
    assert start().post(path, ASKED).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "INVALID_REQUEST"),
        (b"[]", "INVALID_REQUEST"),
        (b'{"comment": {"text": "\\ud800"}}', "NO_REQUESTED_ATTRIBUTES"),
        (b'{"comment": {"text": ""}, "requestedAttributes": {"TOXICITY": {}}}', "COMMENT_EMPTY"),
    ],
)
def test_errors_have_perspective_s_shape(start: Start, content: bytes, kind: str) -> None:
    answer = start().post("/v1alpha1/comments:analyze", content=content, headers={"content-type": "application/json"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert error["details"][0]["errorType"] == kind


def test_a_line_break_in_the_token_stays_in_the_body(start: Start) -> None:
    answer = start().analyze("hello", clientToken="a\r\nSet-Cookie: b=c")
    assert answer.json()["clientToken"] == "a\r\nSet-Cookie: b=c"
    assert "set-cookie" not in answer.headers


def test_further_attributes_are_labels(start: Start) -> None:
    server = start(Settings(attributes={"INSULT": "toxic", "AFFINITY": "clean"}))
    wanted = {"TOXICITY": {}, "INSULT": {}, "AFFINITY": {}}
    scores = server.analyze(TEXT, requestedAttributes=wanted, spanAnnotations=True).json()["attributeScores"]
    assert scores["INSULT"]["summaryScore"] == scores["TOXICITY"]["summaryScore"]
    assert scores["AFFINITY"]["summaryScore"]["value"] < 0.5
    assert quoted(TEXT, scores["AFFINITY"]["spanScores"]) == [TEXT]


def test_the_root_is_the_host_of_the_request(start: Start) -> None:
    server = start()
    assert server.get("/$discovery/rest?version=v1alpha1&key=x").json()["rootUrl"] == f"{server.url}/"
    named = server.get("/$discovery/rest", headers={"host": "toxspan.example:81"})
    assert named.json()["rootUrl"] == "http://toxspan.example:81/"
    assert named.headers["vary"] == "Host"
    forwarded = server.get("/$discovery/rest", headers={"x-forwarded-host": "evil.example", "x-forwarded-proto": "x"})
    assert forwarded.json()["rootUrl"] == f"{server.url}/"


def test_another_version_is_not_there(start: Start) -> None:
    assert start().get("/$discovery/rest?version=v2").status_code == 404


def test_no_languages_are_limited_where_any_is_allowed(start: Start) -> None:
    assert start(Settings(languages=())).analyze("12345 😀").status_code == 200
    assert start(Settings(languages=("zh",))).analyze("12345 😀").status_code == 400
