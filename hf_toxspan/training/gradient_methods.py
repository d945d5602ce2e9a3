"""What each way to differentiate the gradient constraints asks of the model and the arguments."""

import torch
from transformers import PreTrainedModel

from hf_toxspan.training.arguments import ConstraintArguments

DOUBLE_BACKWARD_ATTENTION = ("eager", "sdpa")


def check_gradient_method(model: PreTrainedModel, args: ConstraintArguments) -> None:
    """Refuse settings under which the constraints can't be differentiated, or only to a wrong result.

    Args:
        model: The classifier.
        args: The arguments.

    Raises:
        ValueError: Naming the setting, what is expected and what to change.
    """
    if hasattr(model, "score"):
        raise ValueError(
            f"{type(model).__name__} is a decoder's classifier, which reads the last position and can't be trained on "
            "embeddings with padding; expected an encoder, or lambda_grad=0"
        )
    if args.torch_compile:
        raise ValueError(
            "torch_compile is True, but a compiled graph can't be differentiated twice, as the gradient constraints "
            "do; set torch_compile=False, or lambda_grad=0"
        )
    if args.gradient_checkpointing and (args.gradient_checkpointing_kwargs or {}).get("use_reentrant", False):
        raise ValueError(
            "gradient checkpointing with use_reentrant=True gives no gradient of the embeddings; pass "
            'gradient_checkpointing_kwargs={"use_reentrant": False}'
        )
    if args.gradient_method == "double_backward":
        _check_second_derivatives(model, args)
    else:
        _check_differences(model, args)


def _check_second_derivatives(model: PreTrainedModel, args: ConstraintArguments) -> None:
    attention = model.config._attn_implementation
    way_out = 'or set gradient_method="one_sided", or lambda_grad=0'
    if attention not in DOUBLE_BACKWARD_ATTENTION:
        raise ValueError(
            f"attn_implementation is {attention!r}, which has no second derivative; expected one of "
            f'{DOUBLE_BACKWARD_ATTENTION}: load the model with attn_implementation="sdpa", {way_out}'
        )
    if args.gradient_checkpointing and attention != "eager":
        # The backward pass recomputes the layers outside the choice of the math kernel.
        raise ValueError(
            f"attn_implementation is {attention!r}, whose kernels gradient checkpointing recomputes otherwise than "
            f'they were; load the model with attn_implementation="eager", {way_out}'
        )


def _check_differences(model: PreTrainedModel, args: ConstraintArguments) -> None:
    reduced = [f"{name}=True" for name in ("bf16", "fp16", "tf32") if getattr(args, name)]
    if model.dtype not in (torch.float32, torch.float64):
        reduced.append(f"weights in {model.dtype}")
    if reduced:
        raise ValueError(
            f"gradient_method is {args.gradient_method!r}, whose small differences {' and '.join(reduced)} would round "
            'away; expected float32: change that, or set gradient_method="double_backward"'
        )
    if args.n_gpu > 1:
        raise ValueError(
            f"one process drives {args.n_gpu} GPUs, whose dropout masks gradient_method {args.gradient_method!r} can't "
            "repeat; start one process a GPU with torchrun"
        )
