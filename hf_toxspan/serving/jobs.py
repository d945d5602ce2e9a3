"""What is asked of the model: a text, and how much of it."""

from typing import NamedTuple

FIXED_WEIGHT = 32
"""What a text costs however short it is, in characters (ours)."""


class Job(NamedTuple):
    """A text to read, and whether it is to be explained where it is clean, too."""

    text: str
    explain_all: bool = False


def weigh(job: Job) -> int:
    """Return about how much work a text is."""
    return len(job.text) + FIXED_WEIGHT
