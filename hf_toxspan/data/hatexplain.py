"""HateXplain: English posts with labels, targets and rationales of several annotators (Mathew et al., AAAI 2021)."""

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from datasets import Dataset

from hf_toxspan.core.alignment import joined_offsets, run_spans
from hf_toxspan.core.plausibility import agreed_spans
from hf_toxspan.core.spans import Span
from hf_toxspan.core.target_groups import majority_groups
from hf_toxspan.data.blemishes import Blemishes
from hf_toxspan.data.records import Record, check_columns, read_json
from hf_toxspan.data.rows import Row, check_row, to_dataset

COLUMNS = ("post_tokens", "annotators", "rationales")
"""Fields of every post in ``dataset.json``."""

LABELS = ("hatespeech", "normal", "offensive")
"""The annotators' words; all but "normal" are toxic."""

DIVISIONS = "post_id_divisions.json"
"""The file beside ``dataset.json`` that lists the posts of each split."""

Rationale = Literal["union", "majority"]

_ADVICE = "Take the files in the folder Data of hate-alert/HateXplain."


def read_hatexplain(
    path: str | os.PathLike[str],
    *,
    split: str | None = None,
    divisions: str | os.PathLike[str] | None = None,
    rationale: Rationale = "union",
) -> Dataset:
    """Read the authors' ``dataset.json``: the tokens joined by blanks, the label that two annotators share.

    Posts without such a label are left out and counted. A span is a run of marked tokens with the blanks between them;
    a normal post has none, since only who sees hate or offence marks it. ``spans`` is None where no rationale of a
    toxic post fits its tokens; such rationales are counted and mark nothing.

    | own field | meaning |
    |---|---|
    | tokens, rationales | as in the file: words, and a 0/1 mask of those who marked any |
    | annotator_spans | spans of each rationale; their mean is HateXplain's soft rationale |
    | spans_majority | tokens that at least half of those who marked any have marked (of two, one suffices) |
    | annotator_labels, annotator_ids, targets | the answers of each annotator |
    | target_groups | communities named at least twice: `majority_groups` |

    Args:
        path: The file ``dataset.json``.
        split: One of the splits in the divisions (train, val, test; "dev" is val); None reads every post, the test
            posts too.
        divisions: The file that lists the posts of each split; None takes `DIVISIONS` beside the data.
        rationale: What ``spans`` is: the tokens that anyone marked, HateXplain's gold, or ``spans_majority``.

    Returns:
        The rows in the order of the split, ids being the authors'.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If there is no such split, a post of it is missing, or a post has another form.
    """
    if rationale not in get_args(Rationale):
        raise ValueError(f"rationale is {rationale!r}; expected one of {', '.join(get_args(Rationale))}.")
    path, blemishes = Path(path), Blemishes()
    posts = _object(read_json(path), path)
    names = list(posts) if split is None else _division(_divisions_file(path, divisions), split, posts)
    checked = ((name, _post(posts[name], f"{path}, post {name}")) for name in names)
    rows = [row for name, post in checked if (row := _row(post, name, rationale, blemishes))]
    blemishes.warn(path)
    return to_dataset(rows, name=str(path))


def _divisions_file(path: Path, given: str | os.PathLike[str] | None) -> Path:
    if given is not None:
        return Path(given)
    plain = path.with_name(DIVISIONS)
    packed = path.with_name(f"{DIVISIONS}.gz")
    return packed if packed.is_file() and not plain.is_file() else plain


def _division(path: Path, split: str, posts: Mapping[str, Any]) -> list[str]:
    """Return the ids of the posts of a split."""
    divisions = _object(read_json(path), path)
    name = "val" if split == "dev" and split not in divisions else split
    if name not in divisions:
        raise ValueError(f"No split {split!r} in {path}; found {', '.join(divisions)}. Name one of these.")
    missing = [post for post in divisions[name] if post not in posts]
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(divisions[name])} posts of the split {name!r} in {path} are not in the data, the "
            f"first is {missing[0]!r}. Take both files from one release."
        )
    return list(divisions[name])


class _Post(NamedTuple):
    where: str
    tokens: list[str]
    annotators: list[dict[str, Any]]
    masks: list[list[int]]


def _row(post: _Post, name: str, rationale: Rationale, blemishes: Blemishes) -> Row | None:
    """Return the row of a post, or None where no label has two votes."""
    labels = [annotator["label"] for annotator in post.annotators]
    label = next((label for label, votes in Counter(labels).most_common(1) if votes > 1), None)
    if label is None:
        blemishes.note("posts without a label of two annotators, left out", post.where)
        return None
    fitting = [mask for mask in post.masks if len(mask) == len(post.tokens)]
    for _ in range(len(post.masks) - len(fitting)):
        blemishes.note("rationales of another length than their post, which mark nothing", post.where)
    offsets, toxic = joined_offsets(post.tokens), label != "normal"
    union, majority = (_spans(offsets, fitting, votes) if toxic else [] for votes in (1, len(fitting) / 2))
    targets = [annotator["target"] for annotator in post.annotators]
    row = {
        "id": name,
        "text": " ".join(post.tokens),
        "label": label,
        "toxic": toxic,
        "spans": union if rationale == "union" else majority,
        "spans_majority": majority,
        "annotator_spans": [_spans(offsets, [mask], 1) for mask in fitting],
        "tokens": post.tokens,
        "rationales": post.masks,
        "target_groups": majority_groups(targets),
        "targets": targets,
        "annotator_labels": labels,
        "annotator_ids": [annotator.get("annotator_id") for annotator in post.annotators],
    }
    return check_row(row, where=post.where)


def _spans(offsets: list[Span], masks: list[list[int]], votes: float) -> list[list[int]] | None:
    """Return the spans that so many of the masks agree on, None where there is no mask."""
    runs = agreed_spans(masks, votes=math.ceil(votes))
    return [list(span) for span in run_spans(offsets, runs)] if masks else None


def _post(value: Any, where: str) -> _Post:
    """Check the form of a post, but for the lengths of its rationales."""
    check_columns(Record(where, _object(value, where)), COLUMNS, advice=_ADVICE)
    tokens, annotators, masks = (value[name] for name in COLUMNS)
    if not _is_list(tokens, lambda token: isinstance(token, str)):
        raise ValueError(f"{where}: `post_tokens` is {repr(tokens)[:80]}; expected a list of strings. {_ADVICE}")
    if not _is_list(annotators, _is_annotator):
        raise ValueError(
            f"{where}: `annotators` is {repr(annotators)[:80]}; expected objects with a `label` of {', '.join(LABELS)} "
            f"and a list `target`. {_ADVICE}"
        )
    if not _is_list(masks, lambda mask: _is_list(mask, lambda mark: mark in (0, 1))):
        raise ValueError(f"{where}: `rationales` is {repr(masks)[:80]}; expected lists of 0 and 1. {_ADVICE}")
    return _Post(where, tokens, annotators, masks)


def _is_annotator(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("label") in LABELS
        and _is_list(value.get("target"), lambda name: isinstance(name, str))
    )


def _is_list(value: Any, of: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(of, value))


def _object(value: Any, where: str | Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: holds {repr(value)[:80]}; expected a JSON object {{...}}. {_ADVICE}")
    return value
