"""Writing a rationale model as an ONNX graph, checked against the model before anything is left behind.

The folder is a checkpoint like any other (`hf_toxspan.modeling.rationale_onnx`): the pipeline, `load_classifier` and
the command line read it without an option.
"""

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from hf_toxspan.modeling.checkpoint import require_offsets
from hf_toxspan.modeling.extraction_config import TAGS, ExtractionConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans, RationaleOutput
from hf_toxspan.modeling.rationale_config import RationaleOnnxConfig
from hf_toxspan.modeling.rationale_onnx import INPUTS, OUTPUTS, RationaleOnnxModel, require_packages
from hf_toxspan.modeling.windows import window_length

OPSET = 24
"""Attention is one operator from 23 on, which halves its time; at 23 the rotary positions of ModernBERT are exported
wrongly (torch 2.13, onnxscript 0.7)."""

TOLERANCE = {False: 1e-4, True: 0.25}
"""By which a probability of a tag or label may differ from the model's, without and with int8 (ours)."""

_FILE_LIMIT = 2**31 - 2**24  # protobuf's 2 GiB, less what is no weight


class Exported(NamedTuple):
    """What an export wrote.

    Attributes:
        file: The graph.
        size: Its bytes.
        tags: Largest difference of a tag's probability to that of the model in torch.
        labels: Largest difference of a label's probability.
    """

    file: Path
    size: int
    tags: float
    labels: float


def export_onnx(
    model: RationaleForToxicSpans,
    tokenizer: PreTrainedTokenizerBase,
    folder: str | Path,
    *,
    int8: bool = False,
    force: bool = False,
    tolerance: float | None = None,
) -> Exported:
    """Write a rationale model as an ONNX graph for any number of texts and tokens, in float32 or int8.

    The graph is compared with the model on drawn tokens, and the folder appears only when it is whole and equal to
    within the tolerance.

    Args:
        model: The model; left as it is.
        tokenizer: Its tokenizer, saved beside the graph.
        folder: Where to write.
        int8: Keep matrices and embeddings in 8 bits: a quarter of the size, at least twice the speed, some loss.
        force: Replace an earlier export.
        tolerance: Largest difference of a probability to the model's; `TOLERANCE` when None.

    Returns:
        The file, its size and the differences that were found.

    Raises:
        FileExistsError: If the folder exists and may not be replaced; with `force` an export may, nothing else.
        FileNotFoundError: If there is no folder to put it into.
        ImportError: If a package of the extra is missing.
        TypeError: If it is another kind of model.
        ValueError: If the model can't be exported, or the graph differs by more than the tolerance.
    """
    require_packages("onnx", "onnxscript", "onnxruntime")
    _check_model(model, tokenizer, int8)
    target = Path(folder).expanduser().absolute()
    _check_target(target, force)
    still = copy.deepcopy(model).to("cpu", torch.float32).eval()
    with TemporaryDirectory(prefix=f"{target.name}.", suffix=".partial", dir=target.parent) as scratch:
        draft = Path(scratch, "new")
        config = _config(still, "model_int8.onnx" if int8 else "model.onnx")
        _write(still, tokenizer, config, draft, Path(scratch, "float32.onnx") if int8 else None)
        exported = _compare(still, tokenizer, draft, TOLERANCE[int8] if tolerance is None else tolerance)
        if target.exists():
            target.rename(Path(scratch, "old"))
        draft.rename(target)
    return exported._replace(file=target / config.onnx_file)


def _check_model(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, int8: bool) -> None:
    if not isinstance(model, RationaleForToxicSpans):
        raise TypeError(
            f"got a {type(model).__name__}; expected a RationaleForToxicSpans: what other classifiers show as evidence "
            "needs gradients, which an ONNX graph has not"
        )
    saliency = ExtractionConfig.from_config(model.config).saliency
    if saliency != TAGS:
        raise ValueError(f"config.span_extraction reads spans off {saliency!r}; an ONNX graph needs {TAGS!r}")
    size = 4 * model.num_parameters()
    if size > _FILE_LIMIT and not int8:
        raise ValueError(f"{size / 2**30:.1f} GiB of weights; an ONNX file holds less than 2 GiB: ask for int8")
    require_offsets(tokenizer)


def _check_target(target: Path, force: bool) -> None:
    """Say before any work what would stop the writing; what is no export is never replaced."""
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder of the output, {target.parent}, does not exist")
    if not target.exists():
        return
    if not force:
        raise FileExistsError(f"{target} exists; force replaces it, or name another folder")
    kind = PreTrainedConfig.get_config_dict(target)[0].get("model_type") if (target / "config.json").is_file() else None
    if kind != RationaleOnnxConfig.model_type:
        raise FileExistsError(f"{target} is no earlier export, so it is not replaced; name another folder")


def _config(model: RationaleForToxicSpans, onnx_file: str) -> RationaleOnnxConfig:
    settings = model.config.to_dict()
    settings = {name: value for name, value in settings.items() if name not in {"model_type", "dtype"}}
    return RationaleOnnxConfig(**{**settings, "onnx_file": onnx_file, "architectures": [RationaleOnnxModel.__name__]})


def _write(
    model: RationaleForToxicSpans,
    tokenizer: PreTrainedTokenizerBase,
    config: RationaleOnnxConfig,
    folder: Path,
    before: Path | None,
) -> None:
    """Write a checkpoint; the graph goes by way of the file `before`, in float32, where it will be in int8."""
    config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    file = folder / config.onnx_file
    length = window_length(tokenizer, config.get_text_config())
    with _quiet():
        program = _trace(model, length)
        if before is None:
            program.save(file, external_data=False)
        else:
            program.save(before, external_data=True)
            _quantise(before, file)


def _trace(model: RationaleForToxicSpans, length: int) -> Any:
    """Return the program of a model for any number of texts of up to `length` tokens."""
    accepted = [name for name in INPUTS if name != "token_type_ids" or name in model.encoder_inputs]
    # Each its own tensor: the exporter takes a tensor that stands in two places for one input.
    example = {name: torch.full((2, 8), name != "token_type_ids", dtype=torch.long) for name in accepted}
    dimensions = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", min=2, max=length)}
    try:
        with torch.no_grad():
            return torch.onnx.export(
                model,
                kwargs=example,
                input_names=accepted,
                output_names=list(OUTPUTS),
                dynamic_shapes=dict.fromkeys(accepted, dimensions),
                dynamo=True,
                opset_version=OPSET,
                verbose=False,
            )
    except Exception as error:
        # What the exporter can't follow surfaces as its own errors, those of torch, or any of Python.
        raise ValueError(
            f"torch {torch.__version__} can't export the encoder {model.config.text_config.model_type!r} for any "
            f"number of texts and tokens: {error}; tested are BERT, RoBERTa, XLM-R, ELECTRA, DeBERTa-v2 and ModernBERT"
        ) from error


def _quantise(source: Path, target: Path) -> None:
    """Write the graph with int8 weights: a scale for each output of a matrix, activations in 8 bits as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Gather"],  # Gather: the embeddings, most of a multilingual model
        per_channel=True,
        reduce_range=True,  # seven bits: older processors without VNNI overflow with eight
        weight_type=QuantType.QInt8,  # unsigned weights miss the fast kernels: three times as slow with AMX
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what exporter and quantiser say of their own insides."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _compare(
    model: RationaleForToxicSpans, tokenizer: PreTrainedTokenizerBase, folder: Path, tolerance: float
) -> Exported:
    """Load an export as users do and measure how far it is from the model."""
    loaded = RationaleOnnxModel.from_pretrained(folder)
    found = []
    for inputs in _probes(model.config, window_length(tokenizer, model.config.get_text_config())):
        with torch.inference_mode():
            wanted, given = model(**inputs), loaded(**inputs)
        tagged = _difference(wanted, given, "tag_logits", inputs["attention_mask"].bool())
        found.append((tagged, _difference(wanted, given, "logits", ...)))
    tags, labels = torch.tensor(found).amax(dim=0).tolist()  # nan stays nan, which Python's max would lose
    if not (tags <= tolerance and labels <= tolerance):
        raise ValueError(
            f"the exported graph differs from the model by {tags:.2g} in a tag's probability and {labels:.2g} in a "
            f"label's; expected at most {tolerance:g}: nothing was written"
        )
    return Exported(loaded.file, loaded.file.stat().st_size, tags, labels)


def _probes(config: PreTrainedConfig, length: int) -> Iterator[dict[str, Tensor]]:
    """Draw tokens for few and many, short and long texts, with padding in rows and in whole columns."""
    draw = torch.Generator().manual_seed(0)
    words = config.get_text_config().vocab_size
    pad = config.get_text_config().pad_token_id or 0
    for rows, tokens in ((1, 2), (1, length), (2, max(length // 2, 2)), (5, min(length, 33))):
        ids = torch.randint(words, (rows, tokens), generator=draw)
        lengths = torch.randint(2, max(tokens, 3), (rows, 1), generator=draw) if rows > 1 else torch.tensor([[tokens]])
        attention = (torch.arange(tokens) < lengths).long()
        text = attention * (torch.arange(tokens) > 0) * (torch.arange(tokens) < lengths - 1)  # no special token
        yield {
            "input_ids": torch.where(attention.bool(), ids, pad),
            "attention_mask": attention,
            "token_type_ids": torch.zeros_like(ids),
            "token_mask": text,
        }


def _difference(wanted: RationaleOutput, given: RationaleOutput, name: str, where: Any) -> float:
    """Return the largest difference of a probability."""
    return float((wanted[name].softmax(dim=-1) - given[name].softmax(dim=-1))[where].abs().max())
