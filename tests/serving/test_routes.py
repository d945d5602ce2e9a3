"""Our routes, over a real connection."""

import contextlib
import json
import threading
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline
from hf_toxspan.serving.extract_schema import Extraction, Extractions
from hf_toxspan.serving.keys import Keys
from hf_toxspan.serving.settings import Limits, Settings
from tests.serving.conftest import Start, wait_for

TEXT = "😀 you stupid idiot"
KEY = "k" * 32


def test_one_text_gives_one_result_and_several_give_a_list(start: Start, pipe: ToxicSpanExtractionPipeline) -> None:
    server = start()
    one, more = server.extract(text=TEXT), server.extract(texts=[TEXT, "hello", ""])
    assert one.status_code == more.status_code == 200
    assert one.headers["content-type"] == "application/json"
    assert one.json()["spans"] == pipe(TEXT)["spans"]
    assert [found["label"] for found in more.json()["results"]] == ["toxic", "clean", "clean"]
    assert more.json()["results"][0]["spans"] == one.json()["spans"]
    assert server.extract(texts=[]).json() == {"results": []}


def test_answers_have_the_documented_form(start: Start) -> None:
    server = start()
    options: list[dict[str, Any]] = [{}, {"return_saliency": True, "explain_all": True}, {"max_spans": 1}]
    for option in options:
        answer = server.extract(texts=[TEXT, "hello"], **option).json()
        for extraction in TypeAdapter(Extractions).validate_python(answer).results:
            known = extraction.model_dump(exclude_unset=True)
            assert known.keys() <= Extraction.model_fields.keys()
        assert all(own.keys() <= Extraction.model_fields.keys() for own in answer["results"])


def test_options_are_those_of_the_pipeline(start: Start, pipe: ToxicSpanExtractionPipeline) -> None:
    server = start()
    for options in ({"max_spans": 1}, {"max_spans": 0}, {"explain_all": True, "return_saliency": True}):
        for text in (TEXT, "hello friend"):
            found, expected = server.extract(text=text, **options).json(), pipe(text, **options)
            assert found["spans"] == expected["spans"]
            assert found.get("saliency") == pytest.approx(expected.get("saliency"), abs=2e-4)


def test_offsets_are_code_points_or_utf16(start: Start) -> None:
    server = start()
    points = server.extract(text=TEXT).json()["spans"][0]
    units = server.extract(text=TEXT, offsets="utf16").json()["spans"][0]
    assert TEXT[points["start"] : points["end"]] == points["text"]
    encoded = TEXT.encode("utf-16-le")
    assert encoded[2 * units["start"] : 2 * units["end"]].decode("utf-16-le") == points["text"]
    assert units["start"] == points["start"] + 1


def test_a_broken_emoji_is_read_and_the_answer_is_valid(start: Start) -> None:
    answer = start().post("/v1/extract", content=rb'{"text": "\ud83d you fool"}', headers=JSON)
    assert answer.status_code == 200
    json.loads(answer.content.decode("utf-8"))
    assert answer.json()["spans"][0]["start"] == 6


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"{}", JSON, 400),
        (b"not json", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b"[" * 200_000, JSON, 400),
        (b'{"text": NaN}', JSON, 400),
        (b'{"text": "a", "text": "b"}', JSON, 400),
        (b'{"texts": [' + b'"",' * 300 + b'""]}', JSON, 400),
        (json.dumps({"text": "x" * 50_001}).encode(), JSON, 400),
        (b'{"text": "a"}', {"content-type": "text/plain"}, 415),
        (b'{"text": "a"}', {}, 415),
        (b'{"text": "a"}', {**JSON, "content-encoding": "gzip"}, 415),
        (b'{"text": "' + b"x" * 2**21 + b'"}', JSON, 413),
    ],
)
def test_what_can_not_be_answered_is_refused_in_json(
    start: Start, content: bytes, headers: dict[str, str], code: int
) -> None:
    server = start()
    answer = server.post("/v1/extract", content=content, headers=headers)
    assert answer.status_code == code
    assert answer.json()["error"]["code"] == code
    assert server.extract(text="you fool").json()["toxic"]


def test_a_chunked_body_is_bounded_too(start: Start) -> None:
    sent = []

    def endless() -> Any:
        while True:
            sent.append(1)
            yield b"x" * 65_536

    server = start(Settings(limits=Limits(body_bytes=100_000)))
    with contextlib.suppress(httpx.WriteError):  # the server may hang up on a client that does not stop sending
        assert server.post("/v1/extract", content=endless(), headers=JSON).status_code == 413
    assert len(sent) < 200


def test_a_long_text_is_read_to_its_end(start: Start) -> None:
    text = "hello friend " * 3000 + "you fool"
    spans = start().extract(text=text).json()["spans"]
    assert [span["text"] for span in spans] == ["fool"]
    assert spans[0]["end"] == len(text)


def test_a_key_is_asked_for_where_one_is_set(start: Start) -> None:
    server = start(Settings(keys=Keys([KEY])))
    for path in ("/v1/model", "/metrics"):
        assert server.get(path).status_code == 401
        assert server.get(path, headers={"authorization": f"Bearer {KEY}"}).status_code == 200
    refused = server.extract(text="a")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert server.post("/v1/extract", {"text": "a"}, headers={"x-api-key": KEY}).status_code == 200
    assert server.post(f"/v1/extract?key={KEY}", {"text": "a"}).status_code == 200
    for path in ("/healthz", "/readyz", "/docs", "/openapi.json"):
        assert server.get(path).status_code == 200


def test_health_is_answered_while_the_model_loads(start: Start, pipe: ToxicSpanExtractionPipeline) -> None:
    gate = threading.Event()

    def load() -> Any:
        gate.wait(20)
        return pipe

    server = start(load=load, wait=False)
    try:
        assert server.get("/healthz").json() == {"status": "ok"}
        assert (server.get("/readyz").status_code, server.get("/readyz").json()) == (503, {"status": "loading"})
        early = server.extract(text="a")
        assert (early.status_code, early.headers["retry-after"]) == (503, "1")
        assert server.analyze("a").json()["error"]["status"] == "UNAVAILABLE"
    finally:
        gate.set()
    wait_for(lambda: server.get("/readyz").status_code == 200)
    assert server.extract(text="you fool").json()["toxic"]


def test_the_model_is_described(start: Start) -> None:
    told = start(Settings(limits=Limits(texts=7))).get("/v1/model").json()
    assert told["labels"] == {"clean": False, "toxic": True}
    assert told["limits"]["texts"] == 7
    assert told["languages"] == []


def test_numbers_are_told_without_texts(start: Start) -> None:
    server = start()
    server.extract(texts=["you fool", "hello", "hello friend"])
    server.get("/you-fool?text=fool")
    page = server.get("/metrics").text
    assert 'hf_toxspan_texts_total{label="toxic"} 1.0' in page
    assert 'hf_toxspan_texts_total{label="clean"} 2.0' in page
    assert 'hf_toxspan_requests_total{method="GET",route="other",status="404"} 1.0' in page
    assert "hf_toxspan_batch_texts_sum 3.0" in page
    assert "fool" not in page


def test_openapi_describes_requests_and_answers(start: Start) -> None:
    document = start(wait=False).get("/openapi.json").json()
    operation = document["paths"]["/v1/extract"]["post"]
    request = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(request["properties"]) == {"text", "texts", "explain_all", "return_saliency", "max_spans", "offsets"}
    assert {"200", "400", "413", "429", "503"} <= set(operation["responses"])
    assert {"Extraction", "Extractions", "ToxicSpan", "Refusal"} <= set(document["components"]["schemas"])
    analyze = document["paths"]["/v1alpha1/comments:analyze"]["post"]
    assert "requestedAttributes" in analyze["requestBody"]["content"]["application/json"]["schema"]["properties"]
