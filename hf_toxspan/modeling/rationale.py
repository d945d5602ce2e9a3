"""RATeD-V's backbone: one encoder that tags the evidence and classifies by what it tagged.

A token head says O, B or I of every token; its toxicity P(B) + P(I) weighs the token states that the classifier sees
(rationale-guided fusion), so the label rests on the spans that are shown. Read in one forward pass, without gradients.
"""

import inspect
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils import ModelOutput

from hf_toxspan.core.tags import BEGIN, TAGS
from hf_toxspan.modeling.encoders import auto_model, first_tokens, without_pooler
from hf_toxspan.modeling.rationale_config import RationaleConfig
from hf_toxspan.tensor.pooling import weighted_mean


@dataclass
class RationaleOutput(ModelOutput):
    """What `RationaleForToxicSpans` returns.

    Attributes:
        logits: Of the labels, shape (batch, labels).
        tag_logits: Of O, B and I, shape (batch, tokens, 3).
        toxicity: P(B) + P(I) of each token, shape (batch, tokens), at least float32.
        hidden_states: Of the encoder, one (batch, tokens, hidden) a layer, where asked for.
    """

    # `ModelOutput` wants a default for all fields but the first; these three are always there.
    logits: Tensor
    tag_logits: Tensor = None  # type: ignore[assignment]
    toxicity: Tensor = None  # type: ignore[assignment]
    hidden_states: tuple[Tensor, ...] | None = None


class RationaleForToxicSpans(PreTrainedModel):
    """Classify texts and tag their evidence (RATeD-V; published code: `model_multitask_en.py`).

    Any encoder that `AutoModel` loads will do. `transformers.AutoModelForSequenceClassification` loads a saved one.
    Losses are the trainer's: `hf_toxspan.training.multitask_rationale`.

    Example:
        ```python
        model = RationaleForToxicSpans.from_encoder(
            "FacebookAI/roberta-base", labels=["clean", "toxic"], toxic_labels=["toxic"]
        )
        model(**tokenizer(["..."], return_tensors="pt")).tag_logits  # (1, tokens, 3)
        ```

    Args:
        config: The configuration.
    """

    config_class = RationaleConfig
    base_model_prefix = "encoder"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True

    def __init__(self, config: RationaleConfig) -> None:
        super().__init__(config)
        self.encoder = without_pooler(auto_model().from_config(config.text_config))
        width = config.text_config.hidden_size
        self.pooler = None if config.fusion == "rationale" else nn.Linear(width, width)
        self.dropout = nn.Dropout(config.head_dropout)
        self.tagger = nn.Linear(width, len(TAGS))
        self.classifier = nn.Linear(width if config.fusion in ("rationale", "pooler") else 2 * width, config.num_labels)
        self.encoder_inputs = frozenset(inspect.signature(self.encoder.forward).parameters)
        # What is said of the model's attention is that of its encoder, which may know fewer kinds than we allow.
        config._attn_implementation = self.encoder.config._attn_implementation
        self.post_init()

    @classmethod
    def from_encoder(
        cls,
        encoder: str,
        *,
        labels: list[str],
        toxic_labels: list[str],
        fusion: str = "pooler_rationale",
        **kwargs: Any,
    ) -> "RationaleForToxicSpans":
        """Put new heads on a pretrained encoder.

        Args:
            encoder: Folder or Hub id of an encoder, or of a classifier whose encoder is taken.
            labels: Names of the labels, in order.
            toxic_labels: Which of them are toxic.
            fusion: What the classifier sees: one of `hf_toxspan.modeling.rationale_config.FUSIONS`.
            **kwargs: Passed to the encoder's ``from_pretrained`` (``dtype``: float32 unless given, ...).

        Returns:
            The model, in training mode; its heads are new, its pooler is the encoder's own where that has one.

        Raises:
            ValueError: If `fusion` or a toxic label is unknown, or no label is left for clean texts.
        """
        if not set() < set(toxic_labels) < set(labels):
            raise ValueError(f"toxic_labels is {toxic_labels}; expected some, not all, of {labels}")
        pretrained = auto_model().from_pretrained(encoder, **{"dtype": torch.float32, **kwargs})
        if isinstance(pretrained, cls):
            pretrained = pretrained.encoder
        id2label = dict(enumerate(labels))
        config = RationaleConfig(
            pretrained.config, fusion, id2label=id2label, label2id={name: i for i, name in id2label.items()}
        )
        config.toxic_labels = list(toxic_labels)
        model = cls(config).to(pretrained.dtype)
        pooler = getattr(pretrained, "pooler", None)
        pooler = getattr(pooler, "dense", pooler)  # ALBERT's is a layer itself
        if isinstance(pooler, nn.Linear) and model.pooler is not None:
            model.pooler.load_state_dict(pooler.state_dict())
        model.encoder = without_pooler(pretrained)
        return model.train()

    def get_input_embeddings(self) -> nn.Module:
        """Return the encoder's input embeddings."""
        return self.encoder.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the encoder's input embeddings."""
        self.encoder.set_input_embeddings(value)

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        token_mask: Tensor | None = None,
        output_hidden_states: bool = False,
    ) -> RationaleOutput:
        """Run the encoder and both heads.

        Args:
            input_ids: Shape (batch, tokens), or None with `inputs_embeds`.
            attention_mask: Shape (batch, tokens), 1 for what is no padding; all of it when None.
            token_type_ids: Shape (batch, tokens); left out for an encoder that knows none.
            inputs_embeds: Shape (batch, tokens, hidden), in the place of `input_ids`.
            token_mask: Shape (batch, tokens), 1 for tokens of the text: neither padding nor special tokens, which can't
                be evidence. `attention_mask` when None.
            output_hidden_states: Return the states of every layer too.

        Returns:
            Logits, tag logits and token toxicity.
        """
        given = {"input_ids": input_ids, "inputs_embeds": inputs_embeds, "token_type_ids": token_type_ids}
        inputs = {name: value for name, value in given.items() if value is not None and name in self.encoder_inputs}
        encoded = self.encoder(**inputs, attention_mask=attention_mask, output_hidden_states=output_hidden_states)
        states = encoded.last_hidden_state  # (batch, tokens, hidden)
        tag_logits = self.tagger(self.dropout(states))  # (batch, tokens, 3)
        wide = tag_logits.to(torch.promote_types(tag_logits.dtype, torch.float32))
        toxicity = wide.softmax(dim=-1)[..., BEGIN:].sum(dim=-1)  # (batch, tokens)
        logits = self.classifier(self.dropout(self._fuse(states, toxicity, attention_mask, token_mask)))
        return RationaleOutput(logits, tag_logits, toxicity, encoded.hidden_states if output_hidden_states else None)

    def _fuse(
        self, states: Tensor, toxicity: Tensor, attention_mask: Tensor | None, token_mask: Tensor | None
    ) -> Tensor:
        """Return what the classifier sees, shape (batch, hidden or 2 hidden)."""
        fusion, parts = self.config.fusion, []
        if self.pooler is not None:
            parts.append(torch.tanh(self.pooler(first_tokens(states, attention_mask))))
        if fusion != "pooler":
            mask = attention_mask if token_mask is None else token_mask
            weights = toxicity if mask is None or fusion == "published" else toxicity * mask
            parts.append(weighted_mean(states, weights))
        return torch.cat(parts, dim=-1)
