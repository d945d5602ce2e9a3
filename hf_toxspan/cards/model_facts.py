"""What a model is, told from its configuration alone: its kind, its labels, how its spans are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hf_toxspan.cards.markdown import Markdown, table

Kind = Literal["span_classifier", "rationale_model", "quadruple_encoder", "chat_model", "adapter"]

_OF_TYPE: dict[str, Kind] = {
    "toxspan-rationale": "rationale_model",
    "toxspan-rationale-onnx": "rationale_model",
    "toxspan-quadruples": "quadruple_encoder",
}
_SHAPE = {
    "hidden_size": "width",
    "num_hidden_layers": "layers",
    "vocab_size": "pieces in the vocabulary",
    "max_position_embeddings": "positions",
}


@dataclass(frozen=True)
class ModelFacts:
    """What a card says of a model.

    Attributes:
        kind: Which of our systems it is.
        architecture: Its class.
        labels: Whether each label is toxic, by name; None where the checkpoint does not say.
        settings: Everything else, by a name that people read.
        base_model: Hub id of the model below an adapter; None where there is none.
    """

    kind: Kind
    architecture: str
    labels: Mapping[str, bool | None] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    base_model: str | None = None

    def settings_table(self) -> Markdown:
        """Lay out the settings."""
        return table(["", ""], [[name, own] for name, own in self.settings.items()], text_columns=2)


def describe(
    config: Mapping[str, Any], *, parameters: int | None = None, size: int | None = None, dtype: str | None = None
) -> ModelFacts:
    """Describe a model.

    Args:
        config: Its ``config.json``, or an adapter's ``adapter_config.json``.
        parameters: How many it has, where somebody counted.
        size: Bytes of its weights.
        dtype: In which its weights are stored.

    Returns:
        What a card says of it.

    Raises:
        ValueError: If it is none of our kinds.
    """
    kind, architecture = kind_of(config), _architecture(config)
    settings: dict[str, Any] = {"architecture": architecture}
    if parameters is not None:
        settings["parameters"] = f"{parameters:,}"
    if size is not None:
        settings["weights"] = f"{size / 1e6:.1f} MB" + (f" in {dtype}" if dtype else "")
    encoder = config.get("text_config") or config
    if encoder is not config and encoder.get("model_type"):
        settings["encoder"] = encoder["model_type"]
    settings |= {name: f"{encoder[own]:,}" for own, name in _SHAPE.items() if isinstance(encoder.get(own), int)}
    settings |= _own_settings(kind, config)
    base = config.get("base_model_name_or_path") if kind == "adapter" else None
    return ModelFacts(kind, architecture, _labels(kind, config), settings, base)


def kind_of(config: Mapping[str, Any]) -> Kind:
    """Return which of our systems a configuration belongs to.

    Args:
        config: As for `describe`.

    Returns:
        The kind.

    Raises:
        ValueError: If it is none.

    >>> kind_of({"architectures": ["BertForSequenceClassification"]})
    'span_classifier'
    """
    if "peft_type" in config:
        return "adapter"
    known = _OF_TYPE.get(config.get("model_type", ""))
    if known is not None:
        return known
    architecture = _architecture(config)
    if architecture.endswith("ForSequenceClassification"):
        return "span_classifier"
    if architecture.endswith(("ForCausalLM", "ForConditionalGeneration")):
        return "chat_model"
    raise ValueError(
        f"the config is that of {architecture or config.get('model_type') or 'nothing known'}; expected a sequence "
        "classifier, a rationale model, an encoder of quadruples, a causal language model, or an adapter of one"
    )


def _architecture(config: Mapping[str, Any]) -> str:
    if "peft_type" in config:
        return f"{config['peft_type']} adapter"
    return ", ".join(map(str, config.get("architectures") or ()))


def _labels(kind: Kind, config: Mapping[str, Any]) -> dict[str, bool | None]:
    if kind not in ("span_classifier", "rationale_model"):
        return {}
    # A configuration leaves out the two labels that it would make up.
    names = config.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    toxic = config.get("toxic_labels")
    ordered = [str(names[place]) for place in sorted(names, key=int)]
    return {name: None if toxic is None else name in toxic for name in ordered}


def _own_settings(kind: Kind, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only one kind has."""
    if kind == "adapter":
        names = {"r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout"}
        return {name: config[own] for own, name in names.items() if own in config}
    if kind == "quadruple_encoder":
        decoding = config.get("decoding") or {}
        named = {f"decoding: {name.replace('_', ' ')}": own for name, own in decoding.items()}
        return {"groups": ", ".join(map(str, config.get("groups") or ())), **named}
    if kind == "chat_model":
        return {}
    reading = config.get("span_extraction") or {}
    saliency = reading.get("saliency", "tags" if kind == "rationale_model" else "gradient_norm")
    found: dict[str, Any] = {"spans are read off": str(saliency).replace("_", " ")}
    found |= {
        f"spans: {name.replace('_', ' ')}": own
        for name, own in reading.items()
        if isinstance(own, int | float | str) and name != "saliency"
    }
    found |= {f"BiCSE: {name.replace('_', ' ')}": own for name, own in (reading.get("bicse") or {}).items()}
    if kind == "rationale_model" and config.get("fusion"):
        found["fusion"] = str(config["fusion"]).replace("_", " ")
    if config.get("problem_type") == "multi_label_classification":
        found["labels"] = "independent of each other"
    return found
