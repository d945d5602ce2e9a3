"""Configurations of rationale models, in PyTorch and in ONNX; importing them loads no model code."""

from collections.abc import Mapping
from typing import Any, ClassVar

from transformers import AutoConfig, PreTrainedConfig

FUSIONS = {
    "pooler_rationale": "pooled first token and rationale, side by side (RATeD-V)",
    "rationale": "the rationale alone: what is not tagged can't decide",
    "pooler": "the pooled first token alone: a control, the label rests on nothing that is shown",
    "published": "as RATeD-V's code: side by side, special tokens and padding in the rationale, so padding matters",
}
"""What the classifier sees."""


class RationaleConfig(PreTrainedConfig):
    """Configuration of `hf_toxspan.modeling.rationale.RationaleForToxicSpans`.

    Args:
        text_config: The encoder's own configuration, or the dict of one; a BERT when None.
        fusion: What the classifier sees: one of `FUSIONS`.
        head_dropout: Dropout before both heads.
        span_extraction: How spans are read (`hf_toxspan.modeling.extraction_config.ExtractionConfig`); off the tags
            where it does not say.
        **kwargs: As for every configuration; ``id2label`` and ``toxic_labels`` say what the labels mean.

    Raises:
        ValueError: If `fusion` is unknown.
    """

    model_type = "toxspan-rationale"
    sub_configs: ClassVar[dict[str, Any]] = {"text_config": AutoConfig}

    def __init__(
        self,
        text_config: PreTrainedConfig | Mapping[str, Any] | None = None,
        fusion: str = "pooler_rationale",
        head_dropout: float = 0.1,
        span_extraction: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if fusion not in FUSIONS:
            raise ValueError(f"fusion is {fusion!r}; expected one of {', '.join(FUSIONS)}")
        self.text_config: PreTrainedConfig
        if isinstance(text_config, PreTrainedConfig):
            self.text_config = text_config
        else:
            settings = dict(text_config or {})
            self.text_config = AutoConfig.for_model(settings.pop("model_type", "bert"), **settings)
        self.fusion = fusion
        self.head_dropout = head_dropout
        self.span_extraction = {"saliency": "tags", **(span_extraction or {})}
        # The base class gives the encoder's configuration the attention of this one: None would undo its own.
        kwargs.setdefault("attn_implementation", self.text_config._attn_implementation)
        super().__init__(**kwargs)

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        """Read a stored configuration; that of another model, of which nothing here would be left, is refused.

        Args:
            config_dict: What a ``config.json`` holds.
            **kwargs: As for every configuration.

        Returns:
            The configuration (and with ``return_unused_kwargs`` what is left of `kwargs`).

        Raises:
            ValueError: If it is that of another model.
        """
        stored = config_dict.get("model_type", cls.model_type)
        if stored != cls.model_type:
            raise ValueError(
                f"the checkpoint holds a {stored!r}; expected a {cls.model_type!r}: "
                "RationaleForToxicSpans.from_encoder(...) makes one of any encoder"
            )
        return super().from_dict(config_dict, **kwargs)

    def to_dict(self) -> dict[str, Any]:
        """Return what a ``config.json`` holds; not where the encoder once lay, which may be a folder of somebody's.

        Returns:
            JSON values.
        """
        content = super().to_dict()
        content["text_config"].pop("_name_or_path", None)
        return content


class RationaleOnnxConfig(RationaleConfig):
    """Configuration of `hf_toxspan.modeling.rationale_onnx.RationaleOnnxModel`.

    Args:
        *args: As for a `RationaleConfig`.
        onnx_file: Name of the graph's file, beside the config.
        **kwargs: As for a `RationaleConfig`.

    Raises:
        ValueError: If `onnx_file` is no plain name of an ONNX file: a config can't point out of its folder.
    """

    model_type = "toxspan-rationale-onnx"

    def __init__(self, *args: Any, onnx_file: str = "model.onnx", **kwargs: Any) -> None:
        if not isinstance(onnx_file, str) or not onnx_file.endswith(".onnx") or set(onnx_file) & set("/\\:\0"):
            raise ValueError(f"onnx_file is {onnx_file!r}; expected the plain name of a file, such as 'model.onnx'")
        self.onnx_file = onnx_file
        super().__init__(*args, **kwargs)
