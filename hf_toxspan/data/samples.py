"""A small sample of COLD inside the package, for examples, tests and a first try without any download."""

from importlib import resources

from datasets import Dataset

from hf_toxspan.data.files import read_rows

SPLITS = ("train", "dev")


def cold_sample(split: str) -> Dataset:
    """Return the packaged rows of COLD's training part: mild, short, half of them toxic.

    COLD has no spans; those here were written by a word list (``spans_source`` is "lexicon"), so they show how things
    work and measure nothing. ``spans`` is None in clean rows and in toxic rows without a listed word. Licence and
    changes: ``samples/NOTICE``.

    Args:
        split: "train" (480 rows) or "dev" (160 rows).

    Returns:
        The rows, with the fields ``topic``, ``split`` and ``spans_source``.

    Raises:
        ValueError: If there is no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"No split {split!r} in the packaged sample; expected one of {', '.join(SPLITS)}.")
    file = resources.files("hf_toxspan") / "data" / "samples" / "cold_sample.jsonl"
    with resources.as_file(file) as path:
        rows = read_rows(path)
    return rows.select([number for number, name in enumerate(rows["split"]) if name == split])
