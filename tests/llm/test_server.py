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
from hf_toxspan.llm.outcomes import Answered
from hf_toxspan.llm.prompts import load_prompt
from hf_toxspan.llm.runner import Asker
from hf_toxspan.llm.server import ServerLLM, _token_for
from hf_toxspan.llm.store import AnswerStore
from tests.chat_servers import Handler, Reply, ScriptedServer, Serve, cut, environment, late, page, question, says

REQUEST = Request((Message(role="system", content="Judge."), Message(role="user", content="Bạn 好 😀")))


def answer_to(reply: Reply, serve: Serve, request: Request = REQUEST) -> Answer | CallError:
    server = serve(lambda _number, _body: reply)
    (result,) = ServerLLM("m", base_url=server.url, timeout=20).complete([request])
    return result


def draws(count: int, *, text: str = "Bạn 好 😀", first: int = 0, **parameters: object) -> list[Request]:
    """Return the first draws of a question."""
    given = Parameters(**{"temperature": 0.5, **parameters})  # type: ignore[arg-type]
    return [Request((Message(role="user", content=text),), given, first + number) for number in range(count)]


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


@pytest.mark.parametrize("samples", [1, 2])
def test_a_server_that_drips_is_not_waited_for_longer_than_twice_the_timeout(samples: int, serve: Serve) -> None:
    gone = threading.Event()

    def drip(handler: Handler) -> None:
        handler.send(b"", Content_Length="1000")
        while not gone.wait(0.05):
            handler.wfile.write(b" ")

    server = serve(lambda _number, _body: drip)
    start = time.monotonic()
    results = ServerLLM("m", base_url=server.url, timeout=0.3, samples=samples).complete(draws(samples))
    gone.set()
    for result in results:
        assert isinstance(result, CallError)
        assert (result.kind, "no whole answer within 0.6 s" in str(result)) == ("timeout", True)
    assert (len(results), len(server.calls)) == (samples, 1) and time.monotonic() - start < 5


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


def several(*contents: object, tokens: int | None = None) -> Reply:
    """Answer with a choice for each content; `tokens` were written for all of them together."""
    usage = {} if tokens is None else {"usage": {"prompt_tokens": 10, "completion_tokens": tokens}}
    choices = [{"index": n, "finish_reason": "stop", "message": {"content": own}} for n, own in enumerate(contents)]
    return page(json.dumps({"choices": choices, **usage}).encode())


def honest(_number: int, body: dict[str, object]) -> Reply:
    """Give as many answers as are asked for."""
    asked = body.get("n", 1)
    assert isinstance(asked, int)
    return several(*(f"{question(body)}-{number}" for number in range(asked)), tokens=7)


def asked_for(server: ScriptedServer) -> list[int | None]:
    return [call["body"].get("n") for call in server.calls]


def test_draws_of_a_question_are_asked_in_one_call_and_its_tokens_counted_once(serve: Serve) -> None:
    server = serve(honest)
    llm = ServerLLM("m", base_url=server.url, samples=5)
    assert llm.batch_size == 5
    answers = [Answer(f"hi-{n}", "stop", 0 if n else 10, tokens) for n, tokens in enumerate((3, 2, 2))]
    assert llm.complete(draws(3, text="hi", seed=40, first=2)) == answers
    assert asked_for(server) == [3]
    assert server.calls[0]["body"]["seed"] == 42


def test_only_samples_of_one_question_share_a_call(serve: Serve) -> None:
    server = serve(honest)
    llm = ServerLLM("m", base_url=server.url, samples=3)
    hi, bye = draws(4, text="hi"), draws(2, text="bye")
    longer, greedy = draws(1, text="hi", max_tokens=9), draws(1, text="hi", temperature=0.0) * 2
    mixed = [hi[0], bye[0], *longer, hi[1], *greedy, hi[2], bye[1], hi[3]]
    texts = [answer.text for answer in llm.complete(mixed) if isinstance(answer, Answer)]
    assert texts == ["hi-0", "bye-0", "hi-0", "hi-1", "hi-0", "hi-0", "hi-2", "bye-1", "hi-0"]
    assert asked_for(server) == [3, None, 2, None, None, None]
    assert llm.complete([]) == []


def test_without_samples_every_draw_is_a_call_of_its_own(serve: Serve) -> None:
    server = serve(honest)
    llm = ServerLLM("m", base_url=server.url)
    assert len(llm.complete(draws(3, seed=1))) == 3 and llm.batch_size == 1
    assert asked_for(server) == [None] * 3
    assert [call["body"]["seed"] for call in server.calls] == [1, 2, 3]


@pytest.mark.parametrize("given", [1, 2])
def test_a_server_that_gives_fewer_answers_is_asked_for_the_rest_one_by_one_and_remembered(
    given: int, serve: Serve
) -> None:
    server = serve(lambda number, body: several(*(f"{number}.{own}" for own in range(min(given, body.get("n", 1))))))
    llm = ServerLLM("m", base_url=server.url, samples=4)
    texts = [answer.text for answer in llm.complete(draws(4)) if isinstance(answer, Answer)]
    assert texts == [*(f"0.{own}" for own in range(given)), *(f"{number}.0" for number in range(1, 5 - given))]
    assert asked_for(server) == [4] + [None] * (4 - given)
    assert llm.batch_size == 1
    server.calls.clear()
    assert len(llm.complete(draws(3))) == 3
    assert asked_for(server) == [None] * 3


def test_more_answers_than_asked_for_are_passed_over(serve: Serve) -> None:
    server = serve(lambda _number, _body: several("a", "b", "c", "d", tokens=9))
    llm = ServerLLM("m", base_url=server.url, samples=4)
    assert llm.complete(draws(2)) == [Answer("a", "stop", 10, 5), Answer("b", "stop", 0, 4)]
    assert llm.complete(draws(1)) == [Answer("a", "stop", 10, 9)]
    assert llm.batch_size == 4


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_several_answers_is_asked_one_by_one_and_remembered(status: int, serve: Serve) -> None:
    server = serve(lambda _number, body: page(b"n must be 1", status) if "n" in body else says("well"))
    llm = ServerLLM("m", base_url=server.url, samples=3)
    for _ in range(2):
        assert llm.complete(draws(3)) == [Answer("well", "stop", 10, 5)] * 3
    assert asked_for(server) == [3] + [None] * 6


def test_a_question_that_is_refused_for_itself_says_nothing_about_several_answers(serve: Serve) -> None:
    server = serve(lambda number, body: page(b"too long", 400) if question(body) == "long" else honest(number, body))
    llm = ServerLLM("m", base_url=server.url, samples=3)
    results = llm.complete(draws(3, text="long"))
    assert [(result.kind, str(result)) for result in results if isinstance(result, CallError)] == [
        ("request", "HTTP 400: too long")
    ] * 3
    assert all(isinstance(result, Answer) for result in llm.complete(draws(3)))
    assert asked_for(server) == [3, None, 3]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (cut, "connection"),
        (page(b"", 500), "server"),
        (page(b"", 429, Retry_After="7"), "rate limit"),
        (page(b"", 401), "refused"),
        (page(b"<html>"), "nonsense"),
        (page(b'{"choices": []}'), "nonsense"),
    ],
)
def test_a_call_that_fails_fails_for_all_its_draws_and_is_made_the_same_way_again(
    reply: Reply, kind: str, serve: Serve
) -> None:
    server = serve(lambda number, body: honest(number, body) if number else reply)
    llm = ServerLLM("m", base_url=server.url, samples=3)
    failed = llm.complete(draws(3))
    assert [result.kind for result in failed if isinstance(result, CallError)] == [kind] * 3
    assert all(isinstance(result, Answer) for result in llm.complete(draws(3)))
    assert asked_for(server) == [3, 3]


def test_a_refusal_whose_reason_stays_unknown_is_not_remembered(serve: Serve) -> None:
    server = serve(lambda number, body: (page(b"", 422), page(b"", 500), honest(number, body))[min(number, 2)])
    llm = ServerLLM("m", base_url=server.url, samples=2)
    failed, answer = llm.complete(draws(2))
    assert isinstance(failed, CallError) and failed.kind == "server"
    assert isinstance(answer, Answer) and llm.batch_size == 2
    assert asked_for(server) == [2, None, None]


def test_one_answer_that_can_not_be_read_costs_the_others_nothing(serve: Serve) -> None:
    server = serve(lambda _number, _body: several("a", 5, "c", tokens=6))
    first, second, third = ServerLLM("m", base_url=server.url, samples=3).complete(draws(3))
    assert isinstance(second, CallError) and second.kind == "nonsense"
    assert [first, third] == [Answer("a", "stop", 10, 2), Answer("c", "stop", 0, 2)]
    assert asked_for(server) == [3]


def test_a_run_asks_for_its_draws_together_and_books_what_the_server_counted(serve: Serve, tmp_path: Path) -> None:
    server = serve(honest)
    requests = [*draws(4, text="hi"), *draws(4, text="bye")]
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        asker = Asker(ServerLLM("m", base_url=server.url, samples=4, concurrency=1), store, quiet=True)
        outcomes = asker.run(requests)
        assert all(isinstance(outcome, Answered) for outcome in outcomes)
        assert asker.spent == {"calls": 8, "cached": 0, "failed": 0, "read": 20, "written": 14}
        assert asked_for(server) == [4, 4]
        asker.run([*requests, *draws(6, text="hi")[4:]])
    assert asked_for(server) == [4, 4, 2]


def test_impossible_settings_are_named() -> None:
    with pytest.raises(ValueError, match="concurrency is 0; expected 1 to 100"):
        ServerLLM("m", concurrency=0)
    with pytest.raises(ValueError, match="samples is 0; expected at least 1"):
        ServerLLM("m", samples=0)


def test_transformers_serve_is_understood(transformers_serve: str, chat_folder: Path) -> None:
    llm = ServerLLM(os.fspath(chat_folder), base_url=transformers_serve, timeout=60)
    messages = load_prompt("toxic_spans").fill({"text": "bạn ngu <|im_end|>"})
    (result,) = llm.complete([Request(messages, Parameters(max_tokens=4))])
    assert isinstance(result, Answer), result
    assert result.finish_reason in {"stop", "length"}
    assert result.prompt_tokens is None or result.prompt_tokens > 0


def test_transformers_serve_that_ignores_several_answers_gives_each_draw_its_own(
    transformers_serve: str, chat_folder: Path
) -> None:
    llm = ServerLLM(os.fspath(chat_folder), base_url=transformers_serve, timeout=60, samples=3)
    # It samples only where a configuration of generation says so, that of the checkpoint or one that is sent along.
    sampled = {"generation_config": json.dumps({"do_sample": True, "max_new_tokens": 8})}
    results = llm.complete(draws(3, text="hello", max_tokens=8, temperature=1.0, extra_body=sampled))
    texts = [result.text for result in results if isinstance(result, Answer)]
    assert len(texts) == 3, results
    assert len(set(texts)) > 1 and llm.batch_size == 1
