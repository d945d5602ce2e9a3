"""A rationale model as an ONNX graph that onnxruntime reads on the CPU: loaded and called as any other checkpoint.

`hf_toxspan.modeling.onnx_export` writes them. There are no weights to train and no gradients, so spans come off the
tags. onnxruntime is needed when such a model is loaded, not before.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.utils import cached_file

from hf_toxspan.modeling.rationale import RationaleOutput
from hf_toxspan.modeling.rationale_config import RationaleOnnxConfig

INPUTS = ("input_ids", "attention_mask", "token_type_ids", "token_mask")
"""What a graph may take; the encoder says whether token types are among them."""
OUTPUTS = ("logits", "tag_logits", "toxicity")
"""What a graph gives."""

_HUB_OPTIONS = {"cache_dir", "force_download", "local_files_only", "proxies", "revision", "subfolder", "token"}
_SLOW_FUSIONS = ["SkipLayerNormFusion"]
"""The fused kernel takes three times as long as an addition and a normalisation (onnxruntime 1.32, measured)."""


class RationaleOnnxModel(PreTrainedModel):
    """A `RationaleForToxicSpans` that onnxruntime runs.

    `transformers.AutoModelForSequenceClassification` loads one, and so do the pipeline and the command line. It has as
    many threads as torch has when it is loaded. It lives on the CPU, in the numbers of its graph: moving it or asking
    for a dtype changes nothing.

    Args:
        config: The configuration.
        file: The graph.

    Raises:
        ImportError: If onnxruntime is not installed.
        ValueError: If the file holds no graph of a rationale model, or one that the config does not describe.
    """

    config_class = RationaleOnnxConfig

    def __init__(self, config: RationaleOnnxConfig, file: str | Path) -> None:
        super().__init__(config)
        self.file = Path(file)
        self.session = _open(self.file)
        given = {own.name: own.shape for own in self.session.get_outputs()}
        self._inputs = [own.name for own in self.session.get_inputs()]
        if set(given) != set(OUTPUTS) or not set(self._inputs) <= set(INPUTS):
            raise ValueError(
                f"{self.file} takes {self._inputs} and gives {list(given)}; expected {list(INPUTS)} and {list(OUTPUTS)}"
            )
        if given["logits"][-1] != config.num_labels:
            raise ValueError(f"{self.file} has {given['logits'][-1]} labels; its config says {config.num_labels}")

    @classmethod
    def from_pretrained(
        cls, source: str | Path, *_: Any, config: RationaleOnnxConfig | None = None, **kwargs: Any
    ) -> "RationaleOnnxModel":
        """Load a model; no code comes with it.

        Args:
            source: Folder or Hub id.
            config: The configuration, where it is known.
            **kwargs: Where to look on the Hub (``revision``, ``token``, ``cache_dir``, ...); what is about weights in
                torch (``dtype``, ``device_map``, ...) has no meaning here.

        Returns:
            The model.

        Raises:
            ImportError: If onnxruntime is not installed.
            OSError: If there is no such file.
            ValueError: If the file is not what the config says.
        """
        where = {name: value for name, value in kwargs.items() if name in _HUB_OPTIONS}
        found = config or RationaleOnnxConfig.from_pretrained(source, **where)
        return cls(found, cached_file(source, found.onnx_file, **where))

    def save_pretrained(self, save_directory: str | Path, **_: Any) -> None:
        """Write config and graph into a folder.

        Args:
            save_directory: The folder; made where it does not exist.
        """
        folder = Path(save_directory)
        self.config.architectures = [type(self).__name__]
        self.config.save_pretrained(folder)
        target = folder / self.config.onnx_file
        if not (target.exists() and target.samefile(self.file)):
            shutil.copyfile(self.file, target)

    @property
    def device(self) -> torch.device:
        """The CPU."""
        return torch.device("cpu")

    @property
    def dtype(self) -> torch.dtype:
        """The type of what comes out."""
        return torch.float32

    def get_input_embeddings(self) -> NoReturn:
        """Refuse: there are no embeddings to take a gradient of.

        Raises:
            ValueError: Always, with what to do.
        """
        raise ValueError(
            "an ONNX model has no gradients to read spans off; expected saliency='tags' in config.span_extraction, or "
            "the PyTorch model that it was exported from"
        )

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        token_mask: Tensor | None = None,
    ) -> RationaleOutput:
        """Run the graph.

        Args:
            input_ids: Shape (batch, tokens).
            attention_mask: Shape (batch, tokens), 1 for what is no padding; all of it when None.
            token_type_ids: Shape (batch, tokens); zeros when None, left out for an encoder that knows none.
            token_mask: Shape (batch, tokens), 1 for tokens of the text; `attention_mask` when None.

        Returns:
            Logits, tag logits and token toxicity, on the CPU.
        """
        attention = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        types = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        tensors = (input_ids, attention, types, attention if token_mask is None else token_mask)
        given = dict(zip(INPUTS, tensors, strict=True))
        arrays = {name: given[name].to("cpu", torch.int64).numpy() for name in self._inputs}
        return RationaleOutput(*map(torch.from_numpy, self.session.run(OUTPUTS, arrays)))


def require_packages(*names: str) -> None:
    """Say which packages of the extra are missing.

    Args:
        *names: Of the modules.

    Raises:
        ImportError: If one is not installed, with the command that installs it.
    """
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise ImportError(f'an ONNX model needs {" and ".join(missing)}: pip install "hf_toxspan[onnx]"')


def _open(file: Path) -> Any:
    """Open a graph; onnxruntime reads no file outside the graph's folder."""
    require_packages("onnxruntime")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors
    try:
        return onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOW_FUSIONS
        )
    except Exception as error:
        # Its own error types have no common base.
        raise ValueError(
            f"can't read {file}: {error}; expected a graph that `hf-toxspan export` wrote, and onnxruntime 1.24 or "
            "later"
        ) from error
