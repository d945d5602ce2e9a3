"""Loading a classifier from a folder or the Hub, and where the model inside the package lies."""

from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PhobertTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from hf_toxspan.modeling.phobert import PhobertTokenizerFast

PACKAGED_MODEL = str(Path(__file__).parent / "toxspan-small")
"""Folder of the small model that ships with the package; used when no model is named."""


def load_classifier(
    model: str | Path | None = None, **model_kwargs: Any
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a sequence classifier and its tokenizer in float32 and in evaluation mode; no remote code is ever run.

    Args:
        model: Folder or Hub id; the model inside the package when None.
        **model_kwargs: Passed to ``from_pretrained`` (``num_labels``, ``attn_implementation``, ``dtype``, ...).

    Returns:
        The model and its fast tokenizer (`give_offsets`).

    Raises:
        FileNotFoundError: If a path is named that is no folder.
        ImportError: If the tokenizer is PhoBERT's and its word segmenter is not installed.
        ValueError: If the folder holds no model that can be read, or the tokenizer gives no character offsets
            or has no vocabulary.
    """
    source = str(model or PACKAGED_MODEL)
    if source.startswith((".", "/", "~")) and not Path(source).expanduser().is_dir():
        raise FileNotFoundError(f"model folder {source!r} does not exist; expected a folder with a config.json")
    source = str(Path(source).expanduser()) if source.startswith("~") else source
    try:
        loaded = AutoModelForSequenceClassification.from_pretrained(source, **{"dtype": torch.float32, **model_kwargs})
        tokenizer = AutoTokenizer.from_pretrained(source)
    except Exception as error:
        # Broken files surface as OSError, ValueError, SafetensorError, json errors, ...: one clear error for all.
        raise ValueError(
            f"can't load a sequence classifier from {source!r}: {type(error).__name__}: {error}; expected a folder or "
            "Hub id with config.json, model.safetensors and tokenizer.json"
        ) from error
    return loaded.eval(), give_offsets(tokenizer)


def give_offsets(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """Return a tokenizer that says which characters a token covers: the same one, or PhoBERT's with offsets.

    Args:
        tokenizer: A tokenizer as `AutoTokenizer` loads it.

    Returns:
        A fast tokenizer with the same ids.

    Raises:
        ImportError: If it is PhoBERT's and its word segmenter is not installed.
        ValueError: If it can't say so, or has special tokens only.
    """
    if isinstance(tokenizer, PhobertTokenizer):
        tokenizer = PhobertTokenizerFast.from_slow(tokenizer)
    require_offsets(tokenizer)
    return tokenizer


def require_offsets(tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a tokenizer that can't say which characters a token covers, or that knows no words.

    Where a folder lacks its tokenizer's files, `transformers` makes up one without a vocabulary: every word is unknown.

    Args:
        tokenizer: Any tokenizer.

    Raises:
        ValueError: If it is not a fast tokenizer, or has special tokens only.
    """
    if not getattr(tokenizer, "is_fast", False):
        raise ValueError(
            f"{type(tokenizer).__name__} gives no character offsets; expected a fast tokenizer (tokenizer.json)"
        )
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise ValueError(
            f"{type(tokenizer).__name__} of {tokenizer.name_or_path!r} has no vocabulary, only special tokens; "
            "expected a tokenizer.json beside the model"
        )


def use_float32_on_cpu(model: PreTrainedModel) -> PreTrainedModel:
    """Convert a float16 model that sits on a CPU to float32: `from_pretrained` keeps the checkpoint's dtype.

    Args:
        model: A loaded model; other dtypes and devices are left alone.

    Returns:
        The same model.
    """
    return model.float() if model.device.type == "cpu" and model.dtype == torch.float16 else model
