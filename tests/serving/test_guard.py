"""The outermost layer: errors without texts, logs without texts."""

import asyncio
import logging
from typing import Any

import pytest

from hf_toxspan.serving.body_reading import ClientGone
from hf_toxspan.serving.guard import CLIENT_GONE, Guard, describe
from hf_toxspan.serving.keys import Keys
from hf_toxspan.serving.metrics import Metrics
from hf_toxspan.serving.settings import Settings
from tests.serving.conftest import Start, wait_for

SECRET = "you fool"
KEY = "k" * 32


def answers(app: Any, *, path: str = "/") -> tuple[list[dict[str, Any]], Metrics]:
    sent: list[dict[str, Any]] = []
    metrics = Metrics()

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    asyncio.run(Guard(app, metrics)(scope, receive, send))
    return sent, metrics


def test_an_unexpected_error_is_answered_by_an_id_and_logged_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(*_: Any) -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise RuntimeError(f"can't read {SECRET}") from error

    with caplog.at_level(logging.DEBUG):
        sent, metrics = answers(fail, path=f"/{SECRET}")
    assert sent[0]["status"] == 500
    own_id = dict(sent[0]["headers"])[b"x-request-id"]
    assert own_id in sent[1]["body"]
    assert own_id.decode() in caplog.text
    assert "RuntimeError at " in caplog.text
    assert "KeyError at " in caplog.text
    assert "test_guard.py" in caplog.text
    assert SECRET not in caplog.text
    assert SECRET.encode() not in sent[1]["body"]
    assert 'status="500"' in metrics.page().decode()


def test_an_answer_that_has_begun_is_not_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    sent, _ = answers(fail)
    assert [message["type"] for message in sent] == ["http.response.start"]


def test_a_client_that_has_gone_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def gone(*_: Any) -> None:
        raise ClientGone

    sent, metrics = answers(gone)
    assert not sent
    assert f'status="{CLIENT_GONE}"' in metrics.page().decode()
    assert "failed" not in caplog.text


def test_a_method_that_a_client_made_up_is_no_label() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        scope["method"] = SECRET
        await send({"type": "http.response.start", "status": 405, "headers": []})

    _, metrics = answers(refuse)
    assert 'method="other"' in metrics.page().decode()


def test_an_error_without_a_place_is_described() -> None:
    assert describe(ValueError(SECRET)) == "ValueError at nowhere"


def test_an_error_that_causes_itself_is_described_once() -> None:
    error = ValueError()
    error.__context__ = KeyError()
    error.__context__.__context__ = error
    assert describe(error).count("ValueError") == 1


def test_no_log_holds_a_text_or_a_key(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        """A model that fails and says at what."""

        def __call__(self, texts: list[str], **_: Any) -> Any:
            raise RuntimeError(f"can't read {texts}")

    with caplog.at_level(logging.DEBUG):
        server = start(Settings(keys=Keys([KEY])))
        server.post(f"/v1/extract?key={KEY}&text=fool", {"text": SECRET})
        server.post("/v1/extract?key=wrong-fool", {"text": SECRET})
        server.post(f"/v1/extract?key={KEY}", {"fool": SECRET})
        server.post(f"/v1alpha1/comments:analyze?key={KEY}", {"comment": {"text": SECRET}})
        server.get(f"/{SECRET}")
        assert server.service._model is not None
        server.service._model.pipe.reader = Failing()
        failed = server.post(f"/v1/extract?key={KEY}", {"text": SECRET})
        told = f"request {failed.headers['x-request-id']} failed: RuntimeError"
        wait_for(lambda: told in caplog.text)
    assert failed.status_code == 500
    assert failed.headers["x-request-id"] in failed.text
    assert "POST /v1/extract 200" in caplog.text
    own = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not any("fool" in line or KEY in line for line in own)
    assert "fool" not in failed.text
