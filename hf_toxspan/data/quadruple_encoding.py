"""From rows with quadruples to what an encoder learns: tags of targets and arguments, and pairs of them with groups."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from datasets import Dataset, Features, List, Value
from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.alignment import IGNORED, strip_blanks
from hf_toxspan.core.spans import Span, SpanLike
from hf_toxspan.core.tags import BEGIN, INSIDE, OUTSIDE
from hf_toxspan.core.text import replace_lone_surrogates
from hf_toxspan.data.collator import TOKENIZER_KEYS, SpanCollator

Quad = Mapping[str, Any]


class EncodedQuadruples(NamedTuple):
    """Encoded rows.

    Attributes:
        rows: One a row, in the same order.
        notes: What the rows hold that can't be learnt as it is, counted by what it is; nothing that does not occur.
    """

    rows: Dataset
    notes: dict[str, int]


def encode_quadruples(
    dataset: Dataset, tokenizer: PreTrainedTokenizerBase, *, groups: Sequence[str], max_length: int
) -> EncodedQuadruples:
    """Tokenise rows, tag their targets and arguments, and list the pairs that are to be classified.

    | column | meaning |
    |---|---|
    | input_ids, attention_mask (token_type_ids) | what the tokenizer gives, special tokens included, without padding |
    | target_tags, argument_tags | O, B or I of each token; -100 for special tokens, and for all where a string of the \
row was not found in its text, since then nobody knows which tokens are its own |
    | pairs | of each quadruple the half-open ranges of tokens of its target and of its argument; 0, 0: no target |
    | pair_labels | of each pair 1 or 0 for hate, then for each of `groups`; -100 for the groups of one without any |

    A quadruple whose target or argument was not found, or lies behind `max_length`, makes no pair. Spans that overlap
    are learnt as one, and a text longer than `max_length` tokens is cut; all of this is counted. Rows without any
    quadruple teach nothing and keep their place.

    Args:
        dataset: Rows with `text` and `quads` (`hf_toxspan.data.state_toxicn`).
        tokenizer: A fast tokenizer, since only these know where a token lies in the text.
        groups: Names of the groups, in the order of the model's config.
        max_length: Longest input in tokens, special tokens included.

    Returns:
        Encoded rows, and what they do not hold.

    Raises:
        ValueError: If the tokenizer is slow, a column is missing, `max_length` leaves no room, or a group is unknown.
    """
    _check(dataset, tokenizer, max_length)
    texts = [replace_lone_surrogates(text) for text in dataset["text"]]
    notes: Counter[str] = Counter()
    rows = []
    if texts:
        encoded = tokenizer(
            texts, truncation=True, max_length=max_length, return_attention_mask=True, return_offsets_mapping=True
        )
        notes["texts cut off at their end"] = sum(bool(own.overflowing) for own in encoded.encodings or [])
        for place, quads in enumerate(dataset["quads"]):
            offsets = strip_blanks(encoded["offset_mapping"][place], texts[place])
            inputs = {name: encoded[name][place] for name in TOKENIZER_KEYS if name in encoded}
            rows.append(inputs | _learn(offsets, quads or [], groups, notes))
    features = _features("token_type_ids" in tokenizer.model_input_names)
    columns = {name: [row[name] for row in rows] for name in features}
    return EncodedQuadruples(Dataset.from_dict(columns, features=features), {**+notes})


def _check(dataset: Dataset, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
    if not tokenizer.is_fast:
        raise ValueError(
            f"{type(tokenizer).__name__} is a slow tokenizer, which doesn't tell where tokens lie in the text; "
            "expected a fast one. Load it with `AutoTokenizer.from_pretrained`."
        )
    missing = [column for column in ("text", "quads") if column not in dataset.column_names]
    if missing:
        raise ValueError(
            f"No column {', '.join(missing)} in the data set; found {', '.join(dataset.column_names)}, expected text "
            "and quads, as 'state_toxicn:train.json' has them."
        )
    special = tokenizer.num_special_tokens_to_add()
    if max_length <= special:
        raise ValueError(f"max_length is {max_length}; expected more than {special}, the number of special tokens.")


def _features(types: bool) -> Features:
    return Features(
        {
            "input_ids": List(Value("int32")),
            **({"token_type_ids": List(Value("int8"))} if types else {}),
            "attention_mask": List(Value("int8")),
            "target_tags": List(Value("int64")),
            "argument_tags": List(Value("int64")),
            "pairs": List(List(Value("int64"))),
            "pair_labels": List(List(Value("int64"))),
        }
    )


def _learn(
    offsets: Sequence[Span], quads: Sequence[Quad], groups: Sequence[str], notes: Counter[str]
) -> dict[str, Any]:
    """Return what is to be learnt of one row."""
    if not quads:
        notes["texts without a quadruple"] += 1
    learnt: dict[str, Any] = {}
    for name in ("target", "argument"):
        lost = sum(_is_lost(quad, name) for quad in quads)
        notes[f"{name}s not found in their text"] += lost
        spans = [quad[f"{name}_span"] for quad in quads if quad[f"{name}_span"] is not None]
        known = bool(quads) and not lost
        learnt[f"{name}_tags"] = _tags(offsets, spans, notes) if known else [IGNORED] * len(offsets)
    pairs = [pair for quad in quads if (pair := _pair(offsets, quad, groups, notes)) is not None]
    return learnt | {"pairs": [ranges for ranges, _ in pairs], "pair_labels": [labels for _, labels in pairs]}


def _is_lost(quad: Quad, name: str) -> bool:
    """Say whether a string was not found in its text; NULL is no string, but an argument always is."""
    return quad[f"{name}_span"] is None and (quad[name] is not None or name == "argument")


def _tags(offsets: Sequence[Span], spans: Iterable[SpanLike], notes: Counter[str]) -> list[int]:
    """Tag the tokens of each span: those that touch stay apart, those that overlap are one."""
    joined: list[Span] = []
    for start, end in sorted({(start, end) for start, end in spans}):
        if joined and start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, end))
            notes["spans that overlap another one, learnt as one"] += 1
        else:
            joined.append(Span(start, end))
    tags = [OUTSIDE if end > start else IGNORED for start, end in offsets]
    borders = {end for span in offsets for end in span}
    for span in joined:
        inside = _tokens(offsets, span)
        if inside is None:  # behind the end of a cut text
            continue
        notes["spans that begin or end inside a token: the model's are longer"] += not borders.issuperset(span)
        # A token that two spans share belongs to the first of them.
        free = [token for token in range(*inside) if tags[token] == OUTSIDE]
        for number, token in enumerate(free):
            tags[token] = INSIDE if number else BEGIN
    return tags


def _pair(
    offsets: Sequence[Span], quad: Quad, groups: Sequence[str], notes: Counter[str]
) -> tuple[list[int], list[int]] | None:
    """Return the ranges of tokens of a quadruple and its labels; None where its tokens are not known."""
    unknown = sorted(set(quad["group"]) - set(groups))
    if unknown:
        raise ValueError(f"a quadruple has the group {unknown[0]!r}; expected {', '.join(groups)}, or none")
    notes["quadruples hateful without a group, or not hateful with one: the model can't say them"] += (
        bool(quad["group"]) != quad["hateful"]
    )
    notes["quadruples whose groups stand in another order than the model writes"] += quad["group"] != [
        group for group in groups if group in quad["group"]
    ]
    if _is_lost(quad, "target") or _is_lost(quad, "argument"):
        return None
    argument = _tokens(offsets, quad["argument_span"])
    target = None if quad["target_span"] is None else _tokens(offsets, quad["target_span"])
    if argument is None or (target is None and quad["target_span"] is not None):
        notes["quadruples behind the end of the cut text"] += 1
        return None
    named = [int(group in quad["group"]) for group in groups] if quad["group"] else [IGNORED] * len(groups)
    return [*(target or (0, 0)), *argument], [int(quad["hateful"]), *named]


def _tokens(offsets: Sequence[Span], span: SpanLike) -> tuple[int, int] | None:
    """Return the range of tokens that share a character with a span; None where there is none."""
    inside = [token for token, (start, end) in enumerate(offsets) if max(start, span[0]) < min(end, span[1])]
    return (inside[0], inside[-1] + 1) if inside else None


@dataclass
class QuadrupleCollator:
    """Pad encoded rows to the longest of them, and their pairs to the most that one has.

    | key | in the batch | shape |
    |---|---|---|
    | input_ids, attention_mask, token_type_ids | padded by the tokenizer | (batch, tokens) |
    | target_tags, argument_tags | padded with -100 | (batch, tokens) |
    | pairs | token ranges of the batch; padding is 0, 0, 0, 0 | (batch, pairs, 4) |
    | pair_labels | padded with -100 | (batch, pairs, 1 + groups) |

    Args:
        tokenizer: Pads the inputs; needs a padding token.
        groups: How many groups there are.
    """

    tokenizer: PreTrainedTokenizerBase
    groups: int

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Return one batch of the rows, which stay as they are.

        Args:
            rows: Encoded rows.

        Returns:
            Tensors, as the table of the class says.

        Raises:
            ValueError: If there are no rows, or the tokenizer has no padding token.
        """
        inputs = [{name: row[name] for name in TOKENIZER_KEYS if name in row} for row in rows]
        batch: dict[str, torch.Tensor] = SpanCollator(self.tokenizer)(inputs)
        width = batch["input_ids"].shape[1]
        before = [width - len(row["input_ids"]) if self.tokenizer.padding_side == "left" else 0 for row in rows]
        for name in ("target_tags", "argument_tags"):
            batch[name] = torch.full((len(rows), width), IGNORED)
            for place, row in enumerate(rows):
                batch[name][place, before[place] : before[place] + len(row[name])] = torch.tensor(row[name])
        most = max(len(row["pairs"]) for row in rows)
        batch["pairs"] = torch.zeros(len(rows), most, 4, dtype=torch.long)
        batch["pair_labels"] = torch.full((len(rows), most, 1 + self.groups), IGNORED)
        for place, row in enumerate(rows):
            for number, (ranges, labels) in enumerate(zip(row["pairs"], row["pair_labels"], strict=True)):
                named = [ranges[1] > ranges[0]] * 2 + [True] * 2  # an empty range stays 0, 0
                shifted = [end + before[place] if own else 0 for end, own in zip(ranges, named, strict=True)]
                batch["pairs"][place, number] = torch.tensor(shifted)
                batch["pair_labels"][place, number] = torch.tensor(labels)
        return batch
