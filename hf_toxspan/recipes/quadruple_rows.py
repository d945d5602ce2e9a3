"""Which rows of a data set with quadruples are held back, the same ones for every system: an encoder, an LLM."""

import hashlib

from datasets import Dataset

from hf_toxspan.core.text import content_of


def hold_back(rows: Dataset, count: int) -> tuple[Dataset, Dataset]:
    """Hold some rows back, drawn by their ids: the same rows in whatever order they come, and without a seed.

    Held back are the rows whose ids have the least SHA-256 (as hex digits). What says the same as one of them, letter
    for letter (`content_of`), is left out of the training rows; of texts without a letter, equal ones. The split is
    ours.

    Args:
        rows: Rows with `id` and `text`; ids are best unique, of equal ones the first comes first.
        count: How many to hold back.

    Returns:
        The rows to learn from, in their order, and those held back, by rising SHA-256.

    Raises:
        ValueError: If that leaves nothing to learn from, or nothing is held back.
    """
    if not 0 < count < len(rows):
        raise ValueError(f"count is {count}; expected at least 1 and fewer than the {len(rows)} rows")
    ids, contents = rows["id"], [*map(content_of, rows["text"])]
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in ids]
    held = sorted(range(len(rows)), key=digests.__getitem__)[:count]
    known = {contents[place] for place in held}
    train = [place for place, content in enumerate(contents) if content not in known]
    if not train:
        raise ValueError(f"all {len(rows)} rows say the same as the {count} held back; nothing is left to learn from")
    return rows.select(train), rows.select(held)
