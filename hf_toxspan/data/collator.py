"""Encoded rows to one padded batch."""

from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase
from transformers.data.data_collator import pad_without_fast_tokenizer_warning

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.core.tags import TAGS

TOKENIZER_KEYS = ("input_ids", "token_type_ids", "attention_mask")
"""Keys that the tokenizer pads; of these only ``input_ids`` must be there."""

REASON_KEYS = frozenset({"agreeing_input_ids", "opposing_input_ids"})
"""Token ids of a text's two reasons; empty where it has none."""


FILLERS: dict[str, Any] = {"token_labels": IGNORED, "token_mask": 0, "tag_targets": [0.0] * len(TAGS)}
"""Keys with a value a token, and what padding gets."""


def mask_name(name: str) -> str:
    """Return the name of the attention mask that belongs to one of `REASON_KEYS`."""
    return name.replace("input_ids", "attention_mask")


@dataclass
class SpanCollator:
    """Pad encoded rows to the longest of them, on the side where the tokenizer pads.

    | key of a row | in the batch | shape |
    |---|---|---|
    | input_ids, attention_mask, token_type_ids | tensor, padded by the tokenizer | (batch, tokens) |
    | token_labels (optional) | tensor, padded with -100 | (batch, tokens) |
    | token_mask (optional) | tensor, padded with 0 | (batch, tokens) |
    | tag_targets (optional) | tensor, padded with zeros | (batch, tokens, 3) |
    | agreeing_input_ids, opposing_input_ids (optional) | tensor, padded, and its attention mask | (batch, own tokens) |
    | labels and other numbers (optional) | tensor | (batch,) |
    | anything else | the values as a list | batch |

    Args:
        tokenizer: Pads the inputs; needs a padding token.
        pad_to_multiple_of: Round the number of tokens up to a multiple, for hardware that likes one.
    """

    tokenizer: PreTrainedTokenizerBase
    pad_to_multiple_of: int | None = None

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Return one batch of the rows, which stay as they are.

        Args:
            rows: Encoded rows, all with the same keys.

        Returns:
            Every key of the rows, as the table of the class says.

        Raises:
            ValueError: If there are no rows, their keys differ, or the tokenizer has no padding token.
        """
        self._check(rows)
        batch = self._pad([{key: row[key] for key in TOKENIZER_KEYS if key in row} for row in rows])
        for name in REASON_KEYS & rows[0].keys():
            padded = self._pad([{"input_ids": row[name]} for row in rows])
            batch |= {name: padded["input_ids"], mask_name(name): padded["attention_mask"]}
        width = batch["input_ids"].shape[1]
        for key in rows[0].keys() - batch.keys():
            values = [row[key] for row in rows]
            batch[key] = torch.tensor(self._widen(values, width, FILLERS[key])) if key in FILLERS else _stack(values)
        return batch

    def _pad(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        return dict(
            pad_without_fast_tokenizer_warning(
                self.tokenizer,
                inputs,
                pad_to_multiple_of=self.pad_to_multiple_of,
                return_attention_mask=True,
                return_tensors="pt",
            )
        )

    def _check(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            raise ValueError("Got no rows to collate; expected at least one. Is the data set or the batch empty?")
        if self.tokenizer.pad_token_id is None:
            raise ValueError(f"{type(self.tokenizer).__name__} has no padding token. Set `tokenizer.pad_token` first.")
        if "input_ids" not in rows[0]:
            raise ValueError(
                f"Rows have the keys {', '.join(rows[0])}; expected input_ids. Run `encode` on them first."
            )
        for number, row in enumerate(rows):
            if row.keys() != rows[0].keys():
                raise ValueError(
                    f"Row {number} of the batch has the keys {', '.join(row)}; expected those of row 0: "
                    f"{', '.join(rows[0])}."
                )
            for key in FILLERS.keys() & row.keys():
                if len(row[key]) != len(row["input_ids"]):
                    raise ValueError(
                        f"Row {number} of the batch has {len(row[key])} {key}; expected one for each of its "
                        f"{len(row['input_ids'])} input_ids."
                    )

    def _widen(self, values: list[Any], width: int, filler: Any) -> list[list[Any]]:
        padding = [[filler] * (width - len(own)) for own in values]
        if self.tokenizer.padding_side == "left":
            return [[*empty, *own] for empty, own in zip(padding, values, strict=True)]
        return [[*own, *empty] for empty, own in zip(padding, values, strict=True)]


def _stack(values: list[Any]) -> torch.Tensor | list[Any]:
    return torch.tensor(values) if all(isinstance(value, int | float) for value in values) else values
