"""Between a chat and a local model's tokens: what a message may not say, and what the tokens of an answer were worth.

A tokenizer reads the name of a control token as that token wherever it stands, so that a text with ``<|im_end|>`` in it
would end its own message and could go on as the system. Here a message is data: each such name is cut after its first
character, and what is left is read apart, so that the model sees the characters that the text has, and no more.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from transformers import PreTrainedTokenizerBase

from hf_toxspan.llm.calls import Message

_CONTEXT = 8  # tokens before one that are decoded with it: a character has 4 bytes, hence at most as many tokens
_PARTIAL = "\ufffd"  # stands for the bytes of a character that is not complete
_PRIVATE = range(0xF0000, 0xFFFFD)  # characters without a meaning (plane 15), one of which marks the cuts


class Token(NamedTuple):
    """A token of an answer: its log-probability, and those of the likeliest ones in its place, likeliest first."""

    id: int
    logprob: float
    alternatives: Mapping[int, float]


def chat_ids(
    tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message], template_arguments: Mapping[str, Any]
) -> list[int]:
    """Return the tokens of a chat up to where the answer begins; only the template speaks in control tokens.

    Args:
        tokenizer: A tokenizer with a chat template.
        messages: The chat; its texts may be anybody's.
        template_arguments: What the template takes besides, such as ShieldGemma's ``guideline``.

    Returns:
        The ids; those of ``apply_chat_template`` where no message names a control token.
    """
    said = "".join(message["content"] for message in messages)
    cut = next(mark for mark in map(chr, _PRIVATE) if mark not in said)
    names = _control_names(tokenizer)
    chat = [{**message, "content": _cut(message["content"], names, cut)} for message in messages]
    written = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False, **template_arguments)
    pieces = (tokenizer(piece, add_special_tokens=False)["input_ids"] for piece in str(written).split(cut))
    return list(chain.from_iterable(pieces))


def _control_names(tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Return what is one token whatever stands around it: special tokens, and tags such as those of a thought.

    Added tokens that are mere text, such as runs of blanks, are left alone.
    """
    added = {
        token.content for token in tokenizer.added_tokens_decoder.values() if token.special or "<" in token.content
    }
    return sorted(name for name in added | set(tokenizer.all_special_tokens) if len(name) > 1)


def _cut(text: str, names: Sequence[str], cut: str) -> str:
    """Cut each name behind its first character; looking ahead, so that names that overlap are all cut."""
    return re.sub(f"(?=({'|'.join(map(re.escape, names))})).", lambda first: first[0] + cut, text) if names else text


def token_records(tokenizer: PreTrainedTokenizerBase, tokens: Sequence[Token]) -> list[dict[str, Any]]:
    """Write what an answer's tokens were worth as OpenAI's servers do.

    Args:
        tokenizer: The model's tokenizer.
        tokens: The answer.

    Returns:
        One JSON object a token, ``{"token", "logprob", "top_logprobs": [{"token", "logprob"}, ...]}``. The strings join
        to the answer's text: the bytes of a character stand at the last of its tokens.
    """
    ids = [token.id for token in tokens]
    records = []
    for place, token in enumerate(tokens):
        before = ids[max(0, place - _CONTEXT) : place]
        string, *others = _strings(tokenizer, before, [token.id, *token.alternatives])
        pairs = zip(others, token.alternatives.values(), strict=True)
        listed = [{"token": other, "logprob": logprob} for other, logprob in pairs]
        records.append({"token": string, "logprob": token.logprob, "top_logprobs": listed})
    return records


def _strings(tokenizer: PreTrainedTokenizerBase, before: list[int], ids: list[int]) -> list[str]:
    """Return what each token adds to the tokens before it; alone, it may lose its blank or half a character."""
    known = tokenizer.decode(before, skip_special_tokens=True).rstrip(_PARTIAL)
    written: list[str] = tokenizer.batch_decode([[*before, token] for token in ids], skip_special_tokens=True)
    return [string.rstrip(_PARTIAL)[len(known) :] for string in written]
