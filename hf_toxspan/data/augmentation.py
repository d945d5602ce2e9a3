"""Training rows with obfuscated copies, so that a model learns what such spellings mean."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from datasets import Dataset, concatenate_datasets
from tqdm.auto import tqdm

from hf_toxspan.core.spans import SpanLike
from hf_toxspan.core.text import UNSPACED, WORD
from hf_toxspan.obfuscation.normaliser import KINDS, check_kinds
from hf_toxspan.obfuscation.perturbation import perturb

logger = logging.getLogger(__name__)

_STRETCH = re.compile(rf"[{UNSPACED}]{{2}}|{WORD.pattern}")


def perturb_row(
    row: Mapping[str, Any], kind: str, draw: Random, *, places: Sequence[SpanLike] | None = None
) -> dict[str, Any] | None:
    """Return a copy of a row that is obfuscated in one way, its spans moved along.

    Args:
        row: A row with ``id``, ``text`` and ``spans``; ``annotator_spans`` are moved too.
        kind: One of `hf_toxspan.obfuscation.normaliser.KINDS`.
        draw: Chooses between the forms of a kind.
        places: What to obfuscate; the row's spans when None.

    Returns:
        The copy, with the kind added to its id; None where the kind changes nothing.

    Raises:
        ValueError: If the kind is unknown.
        ImportError: If the kind needs a library that is not installed.

    >>> perturb_row({"id": "7", "text": "you fool", "spans": [[4, 8]]}, "spacing", Random(0))
    {'id': '7#spacing', 'text': 'you f o o l', 'spans': [[4, 11]]}
    """
    spans = row["spans"]
    rewriting = perturb(row["text"], (spans or []) if places is None else places, kind, draw)
    if not rewriting.edits:
        return None

    def move(own: Sequence[SpanLike] | None) -> Sequence[SpanLike] | None:
        return own and [list(rewriting.from_original(span)) for span in own]

    copy = {**row, "id": f"{row['id']}#{kind}", "text": rewriting.text, "spans": move(spans)}
    if row.get("annotator_spans"):
        copy["annotator_spans"] = [move(own) for own in row["annotator_spans"]]
    return copy


def augment(
    dataset: Dataset, *, share: float, kinds: Iterable[str] = KINDS, seed: int = 42, replace: bool = False
) -> Dataset:
    """Add obfuscated copies of a share of the annotated toxic rows, and of as many clean rows.

    In a toxic row the spans are obfuscated, in one way drawn from those that change it. In a clean row it is a word
    (two characters of Chinese and its like), so that a disguise alone tells nothing.

    Args:
        dataset: Rows with ``id``, ``text``, ``toxic`` and ``spans``.
        share: How many of the toxic rows with spans get a copy, in [0, 1].
        kinds: Ways to obfuscate, some of `hf_toxspan.obfuscation.normaliser.KINDS`.
        seed: Of the rows, the ways and the forms.
        replace: Leave out the rows that have a copy.

    Returns:
        The rows, then the copies; the data set itself where there are none. A warning counts the rows that no kind
        could change.

    Raises:
        ValueError: If the share is out of range or a kind unknown.
        ImportError: If a kind needs a library that is not installed.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share!r}; expected a number in [0, 1]")
    chosen, draw = check_kinds(kinds), Random(seed)
    drawn = _draw_rows(dataset, share, draw) if share else []
    tries = {place: _copy(dataset[place], chosen, draw) for place in tqdm(drawn, desc="Obfuscating", disable=not drawn)}
    copies = {place: copy for place, copy in tries.items() if copy is not None}
    if len(copies) < len(drawn):
        logger.warning("%d of %d rows have nothing to obfuscate by %s", len(drawn) - len(copies), len(drawn), chosen)
    if not copies:
        return dataset
    kept = dataset.select([place for place in range(len(dataset)) if place not in copies]) if replace else dataset
    return concatenate_datasets([kept, Dataset.from_list(list(copies.values()), features=dataset.features)])


def _draw_rows(dataset: Dataset, share: float, draw: Random) -> list[int]:
    """Draw a share of the toxic rows with spans and as many clean ones, or all there are."""
    rows = list(zip(dataset["toxic"], dataset["spans"], strict=True))
    toxic = [place for place, (is_toxic, spans) in enumerate(rows) if is_toxic and spans]
    clean = [place for place, (is_toxic, _) in enumerate(rows) if not is_toxic]
    count = round(share * len(toxic))
    return draw.sample(toxic, count) + draw.sample(clean, min(count, len(clean)))


def _copy(row: Mapping[str, Any], kinds: Sequence[str], draw: Random) -> dict[str, Any] | None:
    """Return a copy that is obfuscated in the first way, in random order, that changes the row."""
    stretches = [] if row["toxic"] else [match.span() for match in _STRETCH.finditer(row["text"])]
    places = None if row["toxic"] else draw.sample(stretches, min(1, len(stretches)))
    copies = (perturb_row(row, kind, draw, places=places) for kind in draw.sample(kinds, len(kinds)))
    return next((copy for copy in copies if copy), None)
