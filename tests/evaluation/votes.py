"""Recordings of votes, for tests."""

import random

from hf_toxspan.evaluation.recorded_votes import RecordedVotes, collect

SILLY = "you | are silly | others [END]"
UGLY = "you | are ugly | others [END]"
GOLD = "you | are silly | others | hate [END]"


def recording(texts: int, *, prompts: int = 4, rounds: int = 10, seed: int = 0) -> list[RecordedVotes]:
    """Draw answers by lot, each prompt with a favourite of its own; six of ten favourites are right."""
    lot = random.Random(seed)
    others = [UGLY, "they | are silly | others [END]", "you | are silly | Region [END]", "no idea"]
    records = []
    for number in range(texts):
        favourites = [SILLY if lot.random() < 0.6 else lot.choice(others) for _ in range(prompts)]
        answers: list[list[str | None]] = [
            [own if lot.random() < 0.8 else lot.choice([SILLY, None, *others]) for _ in range(rounds)]
            for own in favourites
        ]
        records.append(collect(str(number), "you are silly", "triples", answers))
    return records
