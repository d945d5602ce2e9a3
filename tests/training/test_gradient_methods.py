"""Promises of `hf_toxspan.training.gradient_methods`."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertForSequenceClassification, GPT2Config, GPT2ForSequenceClassification, TrainingArguments

from hf_toxspan.training.arguments import GradientConstrainedTrainingArguments
from hf_toxspan.training.gradient_methods import check_gradient_method

# Renamed in the course of transformers 5.
NAMES = ("activation_checkpointing", "gradient_checkpointing")
CHECKPOINTING = next(name for name in NAMES if name in TrainingArguments.__dataclass_fields__)
DIFFERENCES = ["central", "one_sided"]


@pytest.fixture
def args(tmp_path: Path) -> GradientConstrainedTrainingArguments:
    return GradientConstrainedTrainingArguments(tmp_path, use_cpu=True)


@pytest.mark.parametrize("method", ["double_backward", *DIFFERENCES])
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_every_method_accepts_float32(
    tiny_model: BertForSequenceClassification,
    args: GradientConstrainedTrainingArguments,
    method: Any,
    attention: str,
) -> None:
    tiny_model.set_attn_implementation(attention)
    args.gradient_method = method

    check_gradient_method(tiny_model, args)


@pytest.mark.parametrize("attention", ["flex_attention", "flash_attention_2"])
def test_attention_without_second_derivative_is_refused_where_one_is_needed(
    tiny_model: BertForSequenceClassification, args: GradientConstrainedTrainingArguments, attention: str
) -> None:
    tiny_model.config._attn_implementation = attention

    with pytest.raises(ValueError, match=f"attn_implementation is '{attention}'.*load the model with attn"):
        check_gradient_method(tiny_model, args)
    args.gradient_method = "one_sided"
    check_gradient_method(tiny_model, args)


def test_checkpointing_with_double_backward_needs_eager_attention(
    tiny_model: BertForSequenceClassification, tmp_path: Path
) -> None:
    args = GradientConstrainedTrainingArguments(tmp_path, use_cpu=True, **{CHECKPOINTING: True})

    with pytest.raises(ValueError, match=r"attn_implementation is 'sdpa'.*load the model with attn.*eager"):
        check_gradient_method(tiny_model, args)
    args.gradient_method = "central"
    check_gradient_method(tiny_model, args)


@pytest.mark.parametrize("method", ["double_backward", *DIFFERENCES])
def test_reentrant_checkpointing_is_refused(
    tiny_model: BertForSequenceClassification, tmp_path: Path, method: Any
) -> None:
    settings: dict[str, Any] = {CHECKPOINTING: True, f"{CHECKPOINTING}_kwargs": {"use_reentrant": True}}
    args = GradientConstrainedTrainingArguments(tmp_path, use_cpu=True, gradient_method=method, **settings)

    with pytest.raises(
        ValueError, match=r'use_reentrant=True.*pass gradient_checkpointing_kwargs=\{"use_reentrant": F'
    ):
        check_gradient_method(tiny_model, args)


@pytest.mark.parametrize("method", ["double_backward", *DIFFERENCES])
def test_compiling_is_refused(
    tiny_model: BertForSequenceClassification, args: GradientConstrainedTrainingArguments, method: Any
) -> None:
    args.gradient_method = method
    # Set afterwards, since `TrainingArguments` would leave its choice in the environment of the other tests.
    args.torch_compile = True

    with pytest.raises(ValueError, match=r"torch_compile is True.*set torch_compile=False"):
        check_gradient_method(tiny_model, args)


@pytest.mark.parametrize("method", DIFFERENCES)
@pytest.mark.parametrize("name", ["bf16", "fp16", "tf32"])
def test_differences_in_reduced_precision_are_refused(
    tiny_model: BertForSequenceClassification, args: GradientConstrainedTrainingArguments, method: Any, name: str
) -> None:
    setattr(args, name, True)
    check_gradient_method(tiny_model, args)
    args.gradient_method = method

    with pytest.raises(ValueError, match=rf"'{method}'.*{name}=True would.*or set gradient_method=\"double_backward\""):
        check_gradient_method(tiny_model, args)


def test_differences_with_half_weights_are_refused(
    tiny_model: BertForSequenceClassification, args: GradientConstrainedTrainingArguments
) -> None:
    args.gradient_method = "one_sided"
    check_gradient_method(tiny_model.double(), args)

    with pytest.raises(ValueError, match=r"weights in torch\.bfloat16 would round away; expected float32"):
        check_gradient_method(tiny_model.to(torch.bfloat16), args)


def test_differences_on_several_gpus_of_one_process_are_refused(
    tiny_model: BertForSequenceClassification, args: GradientConstrainedTrainingArguments
) -> None:
    args._n_gpu = 2
    check_gradient_method(tiny_model, args)
    args.gradient_method = "one_sided"

    with pytest.raises(ValueError, match=r"one process drives 2 GPUs.*start one process a GPU with torchrun"):
        check_gradient_method(tiny_model, args)


def test_a_decoder_is_refused(args: GradientConstrainedTrainingArguments) -> None:
    config = GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2, pad_token_id=0)

    with pytest.raises(ValueError, match=r"GPT2ForSequenceClassification is a decoder's.*expected an encoder"):
        check_gradient_method(GPT2ForSequenceClassification(config), args)
