"""LoRA adapters: small matrices trained beside a frozen model, and merged into it when they are done.

The only importer of peft.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

if TYPE_CHECKING:
    from peft import LoraConfig


def lora(*, rank: int = 16, alpha: int = 32, dropout: float = 0.0) -> "LoraConfig":
    """Describe adapters for all linear layers of a causal language model but its output head.

    The defaults are RATeD-V's (its training script: rank 16, alpha 32, no dropout, all projections).

    Args:
        rank: Width of the adapters.
        alpha: Their scale is `alpha` / `rank`.
        dropout: Dropout on their input.

    Returns:
        The configuration that TRL's trainer and peft take.
    """
    return _peft().LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def merge_adapter(adapter: str | os.PathLike[str], output: str | os.PathLike[str]) -> None:
    """Write a model with its adapter merged in, which loads anywhere without peft.

    Weights are merged and written in float32: bfloat16 would round small changes away.

    Args:
        adapter: Folder of the adapter, with the tokenizer; it names the model below it.
        output: Folder for the merged model and the tokenizer.
    """
    peft = _peft()
    below = peft.PeftConfig.from_pretrained(os.fspath(adapter)).base_model_name_or_path
    model = AutoModelForCausalLM.from_pretrained(below, dtype=torch.float32)
    merged: Any = peft.PeftModel.from_pretrained(model, os.fspath(adapter)).merge_and_unload()
    Path(output).mkdir(parents=True, exist_ok=True)
    merged.save_pretrained(output)
    AutoTokenizer.from_pretrained(adapter).save_pretrained(output)


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise ImportError('adapters need peft: pip install "hf_toxspan[sft]"') from error
    return peft
