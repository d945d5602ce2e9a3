"""From rows to token ids with a label for the text and one for each token."""

import logging
from typing import Any

from datasets import Dataset, Features, List, Value
from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.alignment import strip_blanks, token_labels
from hf_toxspan.core.tags import tag_targets
from hf_toxspan.core.text import replace_lone_surrogates

logger = logging.getLogger(__name__)

NEEDED = ("text", "label", "spans")
"""Columns that `encode` reads."""

REASONS = ("reason_toxic", "reason_clean")
"""Columns that hold the reasons for and against, where a data set has them."""

_CUT = "was_cut"  # counted and taken away again


def encode(
    dataset: Dataset,
    tokenizer: PreTrainedTokenizerBase,
    *,
    label2id: dict[str, int],
    max_length: int,
    tags: bool = False,
) -> Dataset:
    """Tokenise rows for training, and label each token by the spans.

    | column | meaning |
    |---|---|
    | input_ids, attention_mask (token_type_ids) | what the tokenizer gives, special tokens included, without padding |
    | labels | ``label2id`` of the row's label |
    | token_labels | 1 in a span, 0 outside, -100 for special tokens; all -100 where `spans` is None |
    | agreeing_input_ids, opposing_input_ids | only where there are columns `reason_toxic` and `reason_clean`: the \
reason for the row's own side and the one against it, empty unless the row has both |
    | token_mask | only with `tags`: 1 for tokens of the text, 0 for special ones |
    | tag_targets | only with `tags`: of each token the share of annotators that call it O, B and I; zeros for special \
tokens and where `spans` is None |

    The annotators are those of a column `annotator_spans` (one list of spans each), where a row has it; else `spans`
    counts as one annotator.

    A text longer than `max_length` tokens is cut between two tokens, and one warning says how many were; this is for
    training only (pipelines read long texts in windows). An empty data set gives an empty one.

    Args:
        dataset: Rows with `text`, `label` and `spans`; other columns are left behind.
        tokenizer: A fast tokenizer, since only these know where a token lies in the text.
        label2id: Number of each label, as in the model's config.
        max_length: Longest input in tokens, special tokens included.
        tags: Add what a model that tags learns from.

    Returns:
        One encoded row for each row, in the same order.

    Raises:
        ValueError: If the tokenizer is slow, a column is missing, a label has no number, `max_length` leaves no room,
            or a row has annotators though nobody annotated it.
    """
    _check(dataset, tokenizer, label2id, max_length)
    if tags:
        _check_annotators(dataset)
    reasoned = set(REASONS) <= set(dataset.column_names)
    features = _features(tokenizer, reasoned, tags)
    if not len(dataset):  # `map` would lose the columns
        return Dataset.from_dict({name: [] for name in features}, features=features).remove_columns(_CUT)
    encoded = dataset.map(
        _encode_batch,
        batched=True,
        fn_kwargs={"tokenizer": tokenizer, "label2id": label2id, "max_length": max_length, "tags": tags},
        remove_columns=dataset.column_names,
        features=features,
        desc="Encoding",
    )
    cut = sum(encoded[_CUT])
    if cut:
        logger.warning(
            "%s of %s texts are longer than max_length=%d tokens; their ends were cut off for training, spans "
            "there too.",
            f"{cut:,}",
            f"{len(encoded):,}",
            max_length,
        )
    return encoded.remove_columns(_CUT)


def _check(dataset: Dataset, tokenizer: PreTrainedTokenizerBase, label2id: dict[str, int], max_length: int) -> None:
    if not tokenizer.is_fast:
        raise ValueError(
            f"{type(tokenizer).__name__} is a slow tokenizer, which doesn't tell where tokens lie in the text; "
            "expected a fast one. Load it with `AutoTokenizer.from_pretrained`."
        )
    needed = (*NEEDED, "toxic") if set(REASONS) <= set(dataset.column_names) else NEEDED
    missing = [column for column in needed if column not in dataset.column_names]
    if missing:
        raise ValueError(
            f"No column {', '.join(missing)} in the data set; found {', '.join(dataset.column_names)}, expected "
            f"{', '.join(needed)}. Load it with `hf_toxspan.data.sources.load_data`."
        )
    unknown = sorted(set(dataset["label"]) - set(label2id), key=str)
    if unknown:
        raise ValueError(
            f"Labels without a number: {', '.join(map(repr, unknown))}; label2id knows "
            f"{', '.join(map(repr, label2id))}. Rename the labels of the rows, or give the model those of the data."
        )
    special = tokenizer.num_special_tokens_to_add()
    if max_length <= special:
        raise ValueError(f"max_length is {max_length}; expected more than {special}, the number of special tokens.")


def _check_annotators(dataset: Dataset) -> None:
    if "annotator_spans" not in dataset.column_names:
        return
    pairs = enumerate(zip(dataset["annotator_spans"], dataset["spans"], strict=True))
    torn = [row for row, (several, joined) in pairs if several and joined is None]
    if torn:
        raise ValueError(
            f"row {torn[0]} and {len(torn) - 1} more have annotator_spans, but spans is None, as if nobody had "
            "annotated them; expected the union or the majority of the annotators, [] where that is empty"
        )


def _features(tokenizer: PreTrainedTokenizerBase, reasoned: bool, tags: bool) -> Features:
    optional = {"token_type_ids": List(Value("int8"))} if "token_type_ids" in tokenizer.model_input_names else {}
    reasons = {name: List(Value("int32")) for name in ("agreeing_input_ids", "opposing_input_ids") if reasoned}
    tagged = {"token_mask": List(Value("int8")), "tag_targets": List(List(Value("float32")))} if tags else {}
    return Features(
        {
            "input_ids": List(Value("int32")),
            **optional,
            "attention_mask": List(Value("int8")),
            "labels": Value("int64"),
            "token_labels": List(Value("int64")),
            **reasons,
            **tagged,
            _CUT: Value("bool"),
        }
    )


def _encode_batch(
    batch: dict[str, list[Any]],
    *,
    tokenizer: PreTrainedTokenizerBase,
    label2id: dict[str, int],
    max_length: int,
    tags: bool,
) -> dict[str, list[Any]]:
    texts = [replace_lone_surrogates(text) for text in batch["text"]]
    encoded = tokenizer(
        texts, truncation=True, max_length=max_length, return_attention_mask=True, return_offsets_mapping=True
    )
    columns = {name: encoded[name] for name in ("input_ids", "token_type_ids", "attention_mask") if name in encoded}
    columns["labels"] = [label2id[label] for label in batch["label"]]
    covered = [strip_blanks(*pair) for pair in zip(encoded["offset_mapping"], texts, strict=True)]
    columns["token_labels"] = [
        token_labels(offsets, spans, len(text))
        for offsets, spans, text in zip(covered, batch["spans"], texts, strict=True)
    ]
    if tags:
        columns["token_mask"] = [[int(end > start) for start, end in offsets] for offsets in covered]
        columns["tag_targets"] = [*map(tag_targets, covered, _annotators(batch))]
    if set(REASONS) <= batch.keys():
        columns |= _encode_reasons(batch, tokenizer, max_length)
    columns[_CUT] = [bool(encoding.overflowing) for encoding in encoded.encodings or []]
    return columns


def _annotators(batch: dict[str, list[Any]]) -> list[list[list[list[int]]]]:
    """Return the spans of each text's annotators: of several, of one, or none where nobody annotated."""
    several = batch.get("annotator_spans", [None] * len(batch["spans"]))
    return [[] if joined is None else own or [joined] for own, joined in zip(several, batch["spans"], strict=True)]


def _encode_reasons(
    batch: dict[str, list[Any]], tokenizer: PreTrainedTokenizerBase, max_length: int
) -> dict[str, list[list[int]]]:
    """Tokenise what agrees with each row and what opposes it; a reason longer than a text may be is cut like one."""
    sides: dict[str, list[list[int]]] = {"agreeing_input_ids": [], "opposing_input_ids": []}
    for toxic, *both in zip(batch["toxic"], *(batch[name] for name in REASONS), strict=True):
        known = [replace_lone_surrogates(reason) for reason in both] if all(both) else []
        ids = tokenizer(known, truncation=True, max_length=max_length)["input_ids"] if known else [[], []]
        sides["agreeing_input_ids"].append(ids[0 if toxic else 1])
        sides["opposing_input_ids"].append(ids[1 if toxic else 0])
    return sides
