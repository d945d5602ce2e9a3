"""A server is asked as it expects, and whatever it answers is read or named."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from hf_toxspan.llm.calls import Answer, CallError, Message, Parameters, Request
from hf_toxspan.llm.prompts import load_prompt
from hf_toxspan.llm.server import ServerLLM, _token_for
from tests.chat_servers import Handler, Reply, Serve, cut, environment, late, page, says

REQUEST = Request((Message(role="system", content="Judge."), Message(role="user", content="Bạn 好 😀")))


def answer_to(reply: Reply, serve: Serve, request: Request = REQUEST) -> Answer | CallError:
    server = serve(lambda _number, _body: reply)
    (result,) = ServerLLM("m", base_url=server.url, timeout=20).complete([request])
    return result


def test_an_answer_is_read_with_its_counts(serve: Serve) -> None:
    assert answer_to(says("well"), serve) == Answer("well", "stop", 10, 5)


def test_the_server_gets_messages_and_parameters(serve: Serve) -> None:
    server = serve(lambda _number, _body: says("well"))
    parameters = Parameters(9, 0.5, 0.9, 3, ("\n",), True, 2, {"structured_outputs": {"choice": ["a"]}})
    drawn = Request(REQUEST.messages, Parameters(seed=0, temperature=1), draw=2)
    ServerLLM("m", base_url=server.url).complete([Request(REQUEST.messages, parameters), REQUEST, drawn])
    full, plain, seeded = (call["body"] for call in server.calls)
    assert seeded["seed"] == 2
    assert server.calls[0]["path"] == "/v1/chat/completions"
    expected = {"model": "m", "messages": list(REQUEST.messages), "max_tokens": 9, "temperature": 0.5, "top_p": 0.9}
    expected |= {"seed": 3, "stop": ["\n"], "logprobs": True, "top_logprobs": 2}
    assert expected.items() <= full.items()
    assert full["structured_outputs"] == {"choice": ["a"]}
    assert (plain["temperature"], plain["max_tokens"]) == (0, 512)
    assert not {"stop", "seed", "top_p", "logprobs"} & plain.keys()


def test_missing_counts_and_words_are_read_as_missing(serve: Serve) -> None:
    assert answer_to(says(None, finish_reason="length", usage=False), serve) == Answer("", "length")


def test_logprobs_are_kept_as_they_came(serve: Serve) -> None:
    token = {"token": "1", "logprob": -0.1, "top_logprobs": [{"token": "0", "logprob": -2.3}]}
    choice = {"message": {"content": "1"}, "logprobs": {"content": [token]}}
    result = answer_to(page(json.dumps({"choices": [choice]}).encode()), serve)
    assert isinstance(result, Answer)
    assert result.logprobs == [token]


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (page(b"<html>Welcome</html>"), "nonsense", "no chat completion"),
        (page(b""), "nonsense", "no chat completion"),
        (page(b'{"choices": []}'), "nonsense", "no choice"),
        (page(b'{"choices": null}'), "nonsense", "no choice"),
        (page(b'{"choices": [null]}'), "nonsense", ""),
        (page(b"[]"), "nonsense", "no chat completion"),
        (page(b"\xff\xfe"), "nonsense", "no chat completion"),
        (page(b'{"error": {"message": "boom"}}', 500), "server", "HTTP 500"),
        (page(b"", 503), "server", "HTTP 503"),
        (page(b"", 504), "timeout", "HTTP 504"),
        (page(b'{"error": "context too long"}', 400), "request", "context too long"),
        (page(b"", 422), "request", "HTTP 422"),
        (page(b"", 401), "refused", "HTTP 401.*HF_TOXSPAN_LLM_TOKEN"),
        (page(b"", 404), "refused", "HTTP 404.*base_url and the name of the model"),
        (page(b"", 405), "refused", "HTTP 405.*no chat server"),
        (page(b"[" * 100_000), "nonsense", "no chat completion"),
        (page(b'{"error": {"message": "overloaded"}}'), "nonsense", "it said .*overloaded"),
        (page(b'{"choices": [{"message": {"content": 5}}]}'), "nonsense", "the content is 5, no text"),
        (page(b'{"choices": [{"message": {"content": [{"type": "text"}]}}]}'), "nonsense", "no choice"),
        (cut, "connection", "is the server running"),
    ],
)
def test_every_failure_has_a_name(reply: Reply, kind: str, message: str, serve: Serve) -> None:
    result = answer_to(reply, serve)
    assert isinstance(result, CallError)
    assert result.kind == kind
    assert re.search(message, str(result)), str(result)


@pytest.mark.parametrize("usage", ["abc", {"prompt_tokens": "10", "completion_tokens": -5}, {"prompt_tokens": [1]}])
def test_a_count_that_is_none_costs_no_answer(usage: object, serve: Serve) -> None:
    body = json.dumps({"choices": [{"message": {"content": "well"}, "finish_reason": 5}], "usage": usage})
    assert answer_to(page(body.encode()), serve) == Answer("well")


def test_words_that_come_in_parts_are_put_together(serve: Serve) -> None:
    parts = [{"type": "text", "text": "you "}, {"type": "reasoning", "id": 1}, {"type": "text", "text": "fool"}]
    body = json.dumps({"choices": [{"message": {"content": parts}}]})
    assert answer_to(page(body.encode()), serve) == Answer("you fool")


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_page_of_megabytes_is_quoted_in_one_short_line(status: int, serve: Serve) -> None:
    result = answer_to(page(b'{"error": "' + b"a lot of " * 200_000 + b'"}', status), serve)
    assert isinstance(result, CallError)
    assert "a lot of" in str(result)
    assert len(str(result)) < 500 and "\n" not in str(result)


def test_a_text_that_utf8_cannot_write_is_the_requests_own_fault(serve: Serve) -> None:
    request = Request((Message(role="user", content="a\ud83d b"),))
    result = answer_to(says("well"), serve, request)
    assert isinstance(result, CallError)
    assert (result.kind, "lone surrogates" in str(result)) == ("request", True)


def test_a_server_that_does_not_answer_in_time_is_named(serve: Serve) -> None:
    server = serve(lambda _number, _body: late(1, says("too late")))
    (result,) = ServerLLM("m", base_url=server.url, timeout=0.2).complete([REQUEST])
    assert isinstance(result, CallError)
    assert (result.kind, "raise the timeout" in str(result)) == ("timeout", True)


def test_a_server_that_drips_is_not_waited_for_longer_than_twice_the_timeout(serve: Serve) -> None:
    gone = threading.Event()

    def drip(handler: Handler) -> None:
        handler.send(b"", Content_Length="1000")
        while not gone.wait(0.05):
            handler.wfile.write(b" ")

    server = serve(lambda _number, _body: drip)
    start = time.monotonic()
    (result,) = ServerLLM("m", base_url=server.url, timeout=0.3).complete([REQUEST])
    gone.set()
    assert isinstance(result, CallError)
    assert (result.kind, "no whole answer within 0.6 s" in str(result)) == ("timeout", True)
    assert time.monotonic() - start < 5


def test_a_timeout_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="timeout is 0; expected seconds"):
        ServerLLM("m", base_url="http://127.0.0.1:9", timeout=0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), (formatdate(0), 0), ("soon", None), ("", None)],
)
def test_retry_after_is_read_as_seconds_or_date(header: str, seconds: float | None, serve: Serve) -> None:
    result = answer_to(page(b"", 429, Retry_After=header), serve)
    assert isinstance(result, CallError)
    assert (result.kind, result.retry_after) == ("rate limit", seconds)


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (result,) = ServerLLM("m", base_url=f"http://127.0.0.1:{port}", timeout=1).complete([REQUEST])
    assert isinstance(result, CallError)
    assert result.kind == "connection"


def test_offline_mode_keeps_away_from_the_hub_but_not_from_a_server_of_ones_own(serve: Serve) -> None:
    server, other = (serve(lambda _number, _body: says("well")) for _ in range(2))
    hub = ServerLLM("m", provider="hf-inference")
    for own in (server, other):
        (result,) = ServerLLM("m", base_url=own.url).complete([REQUEST])
        assert isinstance(result, Answer), result
    (refused,) = hub.complete([REQUEST])
    assert isinstance(refused, CallError)
    assert (refused.kind, "set HF_HUB_OFFLINE=0" in str(refused)) == ("refused", True)


def test_offline_mode_of_the_environment_lets_a_server_of_ones_own_through(serve: Serve) -> None:
    server = serve(lambda _number, _body: says("well"))
    code = (
        "import sys; from hf_toxspan.llm.server import ServerLLM; from hf_toxspan.llm.calls import *\n"
        "request = Request((Message(role='user', content='hi'),))\n"
        "print(ServerLLM('m', base_url=sys.argv[1]).complete([request])[0].text)"
    )
    command = [sys.executable, "-c", code, server.url]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("well\n", 0), done.stderr


def test_a_token_of_the_hub_goes_to_the_hub_alone(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server = serve(lambda _number, _body: page(b"", 401))
    (refused,) = ServerLLM("m", base_url=server.url).complete([REQUEST])
    ServerLLM("m", base_url=server.url, token="given").complete([REQUEST])
    monkeypatch.setenv("HF_TOXSPAN_LLM_TOKEN", "own")
    ServerLLM("m", base_url=server.url).complete([REQUEST])
    assert [call["token"] for call in server.calls] == ["Bearer none", "Bearer given", "Bearer own"]
    assert "secret" not in str(refused)
    monkeypatch.delenv("HF_TOXSPAN_LLM_TOKEN")
    addresses = [None, "https://x.endpoints.huggingface.cloud/v1", "https://nothuggingface.co", "http://hf.co.evil.org"]
    assert [_token_for(address) for address in addresses] == ["hf_secret", "hf_secret", None, None]


WRONG_ADDRESSES = [
    "localhost:8000", "", "http://", "http:/127.0.0.1/v1", "http://:8000/v1", "http://127.0.0.1:port",
    "http://127.0.0.1:99999", "http://[::1", "http://local host", "ftp://127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
def test_an_address_with_a_slip_is_never_taken_for_the_name_of_a_hosted_model(address: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"base_url is {address!r}; expected an address such as")):
        ServerLLM("m", base_url=address)


def test_blanks_around_an_address_and_its_capitals_do_not_matter(serve: Serve) -> None:
    server = serve(lambda _number, _body: says("well"))
    address = f" {server.url.replace('http', 'HTTP')}/\n"
    assert ServerLLM("m", base_url=address).complete([REQUEST]) == [Answer("well", "stop", 10, 5)]


def test_a_secret_that_cannot_be_sent_is_refused_unquoted(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for token in ("sec\x00ret", "sec\nret", "sécret"):
        with pytest.raises(ValueError, match="copy it again") as told:
            ServerLLM("m", token=token)
        assert "ret" not in str(told.value)
    with pytest.raises(ValueError, match="pass token=") as told:
        ServerLLM("m", base_url="http://me:secret@127.0.0.1/v1")
    assert "secret" not in str(told.value)
    server = serve(lambda _number, _body: says("well"))
    ServerLLM("m", base_url=server.url, token="given\n").complete([REQUEST])
    monkeypatch.setenv("HF_TOXSPAN_LLM_TOKEN", " \n")
    ServerLLM("m", base_url=server.url).complete([REQUEST])
    assert [call["token"] for call in server.calls] == ["Bearer given", "Bearer none"]


def test_impossible_settings_are_named() -> None:
    with pytest.raises(ValueError, match="concurrency is 0; expected 1 to 100"):
        ServerLLM("m", concurrency=0)


def test_transformers_serve_is_understood(transformers_serve: str, chat_folder: Path) -> None:
    llm = ServerLLM(os.fspath(chat_folder), base_url=transformers_serve, timeout=60)
    messages = load_prompt("toxic_spans").fill({"text": "bạn ngu <|im_end|>"})
    (result,) = llm.complete([Request(messages, Parameters(max_tokens=4))])
    assert isinstance(result, Answer), result
    assert result.finish_reason in {"stop", "length"}
    assert result.prompt_tokens is None or result.prompt_tokens > 0
