"""A model behind an OpenAI-compatible server (vLLM, SGLang, TGI, `transformers serve`) or a hosted provider."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import InferenceClient, get_session, is_offline_mode
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError, OfflineModeIsEnabled

from hf_toxspan.llm.calls import Answer, CallError, ErrorKind, Request
from hf_toxspan.llm.chat_completion import read_choices, short

logger = logging.getLogger(__name__)

TOKEN_VARIABLE = "HF_TOXSPAN_LLM_TOKEN"
_HUGGING_FACE = ("huggingface.co", "hf.co", "hf.space", "huggingface.cloud")
_MOST_CONNECTIONS = 100  # the pool of huggingface_hub's session; more callers would wait for one another
_ADVICE = {
    401: f"check the token: {TOKEN_VARIABLE}, or HF_TOKEN for Hugging Face",
    402: "the account has no credit left",
    403: "the token may not use this model",
    404: "check base_url and the name of the model",
    405: "check base_url: what is there is no chat server",
    410: "check base_url and the name of the model",
}


class ServerLLM:
    """A chat model over HTTP, through `huggingface_hub.InferenceClient`.

    The token is the one given, else the variable ``HF_TOXSPAN_LLM_TOKEN``, else ``HF_TOKEN`` where the server is
    Hugging Face's own: a token of the Hub is never sent to another host unasked. It is no part of any key or error.
    ``HF_HUB_OFFLINE=1`` is about the Hub: a server of one's own is asked all the same.

    Requests that are handed over together and are samples of one question, equal but for their draws, are asked in one
    call, OpenAI's ``n``: the server reads the prompt once. Each has the answer, or the error, that the call brought it.
    A server that gives fewer answers than were asked for, or refuses ``n``, is asked for the rest one by one, and for
    no more than one from then on.

    Args:
        model: Name of the model, as the server knows it.
        base_url: The server, such as ``http://127.0.0.1:8000/v1``; Hugging Face's providers when None.
        token: Token; see above.
        timeout: Seconds without a sign of the server after which a call has failed; one that sends something now and
            then, but no whole answer, has failed after twice as many.
        concurrency: Calls at a time, at most 100.
        provider: Hosted provider, where there is no `base_url`.
        samples: Most answers of one call.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        token: str | None = None,
        timeout: float = 120.0,
        concurrency: int = 8,
        provider: Any = None,
        samples: int = 1,
    ) -> None:
        base_url = None if base_url is None else _checked_url(base_url)
        if not 1 <= concurrency <= _MOST_CONNECTIONS:
            raise ValueError(f"concurrency is {concurrency}; expected 1 to {_MOST_CONNECTIONS}")
        if not timeout > 0:
            raise ValueError(f"timeout is {timeout}; expected seconds, more than 0")
        if samples < 1:
            raise ValueError(f"samples is {samples}; expected at least 1")
        self.model = model
        self.concurrency = concurrency
        if base_url is not None and is_offline_mode() and not _is_hugging_face(base_url):
            _let_through(base_url)
        # Not None, which would make the client send the token of a saved Hub login to any host.
        token = _checked_token(token or _token_for(base_url) or "") or "none"
        self._samples = samples
        self._own = base_url is not None
        self._longest = min(2 * timeout, threading.TIMEOUT_MAX)
        self._client = InferenceClient(base_url=base_url, provider=provider, token=token, timeout=timeout)

    @property
    def batch_size(self) -> int:
        """Most requests that are worth handing over at once: `samples`, or 1 once the server gave fewer answers."""
        return self._samples

    def complete(self, requests: Sequence[Request]) -> list[Answer | CallError]:
        """Ask the server, one call after the other.

        Args:
            requests: The requests; those that may share a call need not be neighbours.

        Returns:
            An answer or an error for each.
        """
        results: dict[int, Answer | CallError] = {}
        alike: dict[str, list[int]] = {}
        for place, request in enumerate(requests):
            # Greedy draws are all one answer, and some servers refuse to give several.
            key = replace(request, draw=0).key("") if request.parameters.temperature > 0 else str(place)
            alike.setdefault(key, []).append(place)
        for places in alike.values():
            results |= zip(places, self._ask_alike([requests[place] for place in places]), strict=True)
        return [results[place] for place in range(len(requests))]

    def _ask_alike(self, requests: list[Request]) -> list[Answer | CallError]:
        """Ask requests that differ in their draws only, as many in one call as the server answers."""
        results: list[Answer | CallError] = []
        while waiting := requests[len(results) :]:
            results += self._ask_together(waiting[: self._samples])
        return results

    def _ask_together(self, requests: list[Request]) -> list[Answer | CallError]:
        """Make one call for requests that differ in their draws only; return what it brought, to the first of them."""
        count = len(requests)
        found = self._ask_in_time(requests[0], count)
        if count > 1 and _is_own_fault(found[0]):  # the question's, or that of asking for several answers
            found = self._ask_in_time(requests[0], 1)
            if _is_own_fault(found[0]):
                return found * count
        if len(found) < count and isinstance(found[0], Answer):
            logger.info(
                "%s gave %d answers of %d in one call; one is asked for from here on", self.model, len(found), count
            )
            self._samples = 1
        return found

    def _ask_in_time(self, request: Request, count: int) -> list[Answer | CallError]:
        """Ask in a thread that is left behind when it takes too long: the client's timeout begins anew with each byte.

        A server that drips would else hold its caller for as long as it likes.
        """
        result: queue.SimpleQueue[list[Answer | CallError]] = queue.SimpleQueue()
        threading.Thread(target=lambda: result.put(self._ask(request, count)), daemon=True).start()
        try:
            return result.get(timeout=self._longest)
        except queue.Empty:
            return [CallError("timeout", f"no whole answer within {self._longest:g} s; raise the timeout")] * count

    def _ask(self, request: Request, count: int) -> list[Answer | CallError]:
        given = request.parameters
        try:
            output = self._client.chat_completion(
                [dict(message) for message in request.messages],
                model=self.model,
                max_tokens=given.max_tokens,
                n=count if count > 1 else None,
                temperature=given.temperature,
                top_p=given.top_p,
                seed=None if given.seed is None else given.seed + request.draw,
                stop=list(given.stop) or None,
                logprobs=given.logprobs or None,
                top_logprobs=given.top_logprobs,
                extra_body=(_as_given(given.extra_body) if self._own else dict(given.extra_body)) or None,
            )
        except Exception as error:
            # The transport below is httpx or httpx2, as the version of huggingface_hub has it, and neither's errors
            # nor those of reading a body that is no completion have a name here.
            return [_call_error(error)] * count
        return read_choices(output, count)


def _is_own_fault(result: Answer | CallError) -> bool:
    return isinstance(result, CallError) and result.kind == "request"


class _Unrecognised(str):
    """A word that is written as it is, and equal to none."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _as_given(extra_body: Mapping[str, Any]) -> dict[str, Any]:
    """Have a JSON schema reach a server in OpenAI's form, which vLLM, SGLang and TGI 3 know.

    huggingface_hub 2.4 looks for the type "json_schema" and writes TGI's older form in its place, for any server.
    """
    wanted = extra_body.get("response_format")
    if not isinstance(wanted, dict) or not isinstance(wanted.get("type"), str):
        return dict(extra_body)
    return {**extra_body, "response_format": {**wanted, "type": _Unrecognised(wanted["type"])}}


def _checked_url(base_url: str) -> str:
    """Return the address as the client takes it, which reads anything else as the name of a hosted model."""
    try:
        parts = urlsplit(base_url.strip())
        host, secret, _ = parts.hostname or "", parts.username or parts.password, parts.port  # reads the port
    except ValueError:
        parts, host, secret = urlsplit(""), "", None
    if secret:
        raise ValueError("base_url holds a user name or a password, which errors would show; pass token=... instead")
    if parts.scheme not in ("http", "https") or not host or any(character.isspace() for character in host):
        raise ValueError(f"base_url is {base_url!r}; expected an address such as http://127.0.0.1:8000/v1")
    return parts.geturl()


def _checked_token(token: str) -> str:
    """Return the token without the line break of the file it came from; a wrong one would be quoted by an error."""
    token = token.strip()
    if not (token.isascii() and token.isprintable()):
        raise ValueError("the token holds a character that no header can carry; copy it again, in one line of ASCII")
    return token


def _token_for(base_url: str | None) -> str | None:
    own = os.environ.get(TOKEN_VARIABLE, "").strip()
    return own or (os.environ.get("HF_TOKEN") if base_url is None or _is_hugging_face(base_url) else None)


def _is_hugging_face(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return any(host == name or host.endswith("." + name) for name in _HUGGING_FACE)


@dataclass
class _HubOnly:
    """A request hook of huggingface_hub, kept away from servers that are not the Hub's."""

    hook: Callable[[Any], Any]
    others: set[tuple[str, int]] = field(default_factory=set)

    def __call__(self, request: Any) -> None:
        if _server(str(request.url)) not in self.others:
            self.hook(request)


def _server(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _let_through(base_url: str) -> None:
    """Let requests to a server pass in offline mode, where the hook of huggingface_hub's session stops all of them."""
    session = get_session()
    hooks: list[Any] = [
        hook if isinstance(hook, _HubOnly) else _HubOnly(hook) for hook in session.event_hooks["request"]
    ]
    for hook in hooks:
        hook.others.add(_server(base_url))
    session.event_hooks = {**session.event_hooks, "request": hooks}


def _call_error(error: Exception) -> CallError:
    if isinstance(error, HfHubHTTPError):
        return _status_error(error)
    if isinstance(error, InferenceTimeoutError):
        return CallError("timeout", f"{error}; raise the timeout, or lower the concurrency or max_tokens")
    if isinstance(error, OfflineModeIsEnabled):
        advice = "HF_HUB_OFFLINE is set; pass the base_url of a server of your own, or set HF_HUB_OFFLINE=0"
        return CallError("refused", f"no request may reach Hugging Face: {advice}")
    if isinstance(error, UnicodeEncodeError):
        return CallError("request", f"the request can't be written as UTF-8: {error}; replace its lone surrogates")
    if isinstance(error, ValueError | TypeError | LookupError | AttributeError | RecursionError):
        return CallError("nonsense", f"the server's answer is no chat completion: {type(error).__name__}: {error}")
    return CallError("connection", f"{type(error).__name__}: {error}; is the server running, and the address right?")


def _status_error(error: HfHubHTTPError) -> CallError:
    status = error.response.status_code
    advice = _ADVICE.get(status, "")
    said = short(str(error.server_message or str(error).partition("\n")[0]))
    message = f"HTTP {status}: {said}" + (f"; {advice}" if advice else "")
    return CallError(_kind(status), message, retry_after=_seconds(error.response.headers.get("retry-after")))


def _kind(status: int) -> ErrorKind:
    if status == 429:
        return "rate limit"
    if status in (408, 504):
        return "timeout"
    if status >= 500:
        return "server"
    return "refused" if status in _ADVICE else "request"


def _seconds(retry_after: str | None) -> float | None:
    """Read a Retry-After header, seconds or a date (RFC 9110, 10.2.3); None where it is neither."""
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after or "").timestamp() - time.time())
    except (TypeError, ValueError, IndexError):
        return None
