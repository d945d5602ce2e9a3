"""Settings that can't work are refused."""

import pytest

from hf_toxspan.serving.batching import BatchLimits
from hf_toxspan.serving.settings import Limits, Settings


def test_a_request_that_would_never_fit_into_the_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="256 texts but only 8 may wait"):
        Settings(batching=BatchLimits(queued_items=8))
    Settings(limits=Limits(texts=8), batching=BatchLimits(queued_items=8))


@pytest.mark.parametrize("name", ["body_bytes", "texts", "answer_seconds", "grace_seconds"])
def test_limits_are_above_zero(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0; expected a number above 0"):
        Limits(**{name: 0})
    with pytest.raises(ValueError, match=name):
        Limits(**{name: float("nan")})


def test_toxicity_is_what_it_is() -> None:
    with pytest.raises(ValueError, match="TOXICITY"):
        Settings(attributes={"TOXICITY": "insult"})
