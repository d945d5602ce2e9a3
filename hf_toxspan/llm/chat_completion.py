"""What a chat completion says, whatever it is: servers leave fields out, or send a page in place of an answer."""

import json
from typing import Any

from hf_toxspan.llm.calls import Answer, CallError

_MOST_TOKENS = 2**53  # no server counts as many
_MOST_SAID = 300  # characters of a server's message in an error


def read_choices(output: Any, count: int = 1) -> list[Answer | CallError]:
    """Read the choices of a chat completion, each of which answers a request of its own.

    A count of tokens that is none is read as missing: the answer beside it is paid. What was read counts for the first
    choice, since a server reads the prompt once, and what was written, of all choices together, in equal parts.

    Args:
        output: What came back, as `huggingface_hub` parsed it.
        count: How many choices were asked for; more are passed over.

    Returns:
        An answer or an error a choice, at most `count` of them; an error for each that was asked for where there is
        none.
    """
    try:
        found = list(output.choices[:count]) or [output.choices[0]]
        read = _count(output.usage, "prompt_tokens")
        written = _count(output.usage, "completion_tokens")
    except (AttributeError, IndexError, TypeError) as error:
        return [_nonsense(output, error)] * count
    parts = [None if written is None else (written + place) // len(found) for place in reversed(range(len(found)))]
    reads = [read, *(None if read is None else 0 for _ in found[1:])]
    return [_answer(output, *own) for own in zip(found, reads, parts, strict=True)]


def _answer(output: Any, choice: Any, prompt_tokens: int | None, completion_tokens: int | None) -> Answer | CallError:
    try:
        finish_reason = choice.finish_reason
        logprobs = choice.logprobs.content if choice.logprobs else None
        return Answer(
            text=_words(choice.message.content),
            finish_reason=finish_reason if isinstance(finish_reason, str) else None,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            logprobs=None if logprobs is None else [dict(token) for token in logprobs],
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return _nonsense(output, error)


def _nonsense(output: Any, error: Exception) -> CallError:
    said = short(json.dumps(output, default=str))
    return CallError("nonsense", f"the server answered, but with no choice to read: {error}; it said {said}")


def _words(content: object) -> str:
    """Read the words of a message, which may come in parts; none where it has no content."""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part["type"] == "text")
    if not isinstance(content, str | None):
        raise TypeError(f"the content is {content!r:.80}, no text")
    return content or ""


def _count(usage: object, name: str) -> int | None:
    """Read a number of tokens; anything else is as good as not told."""
    count = getattr(usage, name, None)
    return count if type(count) is int and 0 <= count < _MOST_TOKENS else None


def short(said: str) -> str:
    """Cut what a server said down to one line that a person reads."""
    line = " ".join(said[: 10 * _MOST_SAID].split())
    return line if len(line) <= _MOST_SAID else f"{line[:_MOST_SAID]} ..."
