"""What a run would cost, before it costs anything."""

from collections.abc import Sequence
from typing import NamedTuple

from hf_toxspan.llm.calls import Request
from hf_toxspan.llm.store import AnswerStore

_BYTES_A_TOKEN = 3
# Ours: English has some 4 bytes of UTF-8 a token, Chinese 3 to 4, Vietnamese 2 to 3, with today's vocabularies.


class Plan(NamedTuple):
    """What a run would ask.

    Attributes:
        requests: Different requests.
        calls: Those that the store does not answer; failures that are tried again come on top.
        prompt_tokens: Tokens that these calls read, about: a third of their bytes.
        completion_tokens: Tokens that they write at most.
    """

    requests: int
    calls: int
    prompt_tokens: int
    completion_tokens: int


def plan(requests: Sequence[Request], model: str, store: AnswerStore | None) -> Plan:
    """Count what a run would ask, without asking.

    Args:
        requests: The requests.
        model: The model's name in the store.
        store: The answers so far; None where there are none.

    Returns:
        The counts; equal requests count once.
    """
    different = {request.key(model): request for request in requests}
    known = store.get(list(different)) if store else {}
    asked = [request for key, request in different.items() if key not in known]
    written = sum(len(message["content"].encode()) for request in asked for message in request.messages)
    return Plan(
        requests=len(different),
        calls=len(asked),
        prompt_tokens=written // _BYTES_A_TOKEN,
        completion_tokens=sum(request.parameters.max_tokens for request in asked),
    )
