"""An encoder that finds quadruples without an LLM: two taggers, and a classifier of pairs of what they tag (ours).

One tagger marks targets, the other arguments, since a target may lie inside an argument. For a target and an argument
the pair classifier says whether it is hate, and whom it attacks if it is.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils import ModelOutput

from hf_toxspan.core.quadruples import GROUPS
from hf_toxspan.core.tags import TAGS
from hf_toxspan.modeling.encoders import auto_model, first_tokens, without_pooler
from hf_toxspan.modeling.quadruple_encoder_config import QuadrupleEncoderConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans


@dataclass
class QuadrupleOutput(ModelOutput):
    """What `QuadrupleEncoder` returns.

    Attributes:
        target_logits: Of O, B and I of targets, shape (batch, tokens, 3).
        argument_logits: Of O, B and I of arguments, shape (batch, tokens, 3).
        pair_logits: Of hate, and of each group should it be hate, shape (batch, pairs, 1 + groups); None where no pairs
            were asked about.
        last_hidden_state: Of the encoder, shape (batch, tokens, hidden).
    """

    # `ModelOutput` wants a default for all fields but the first; these are always there but for the pairs.
    target_logits: Tensor
    argument_logits: Tensor = None  # type: ignore[assignment]
    pair_logits: Tensor | None = None
    last_hidden_state: Tensor = None  # type: ignore[assignment]


class QuadrupleEncoder(PreTrainedModel):
    """Tag targets and arguments, and classify pairs of them.

    Any encoder that `AutoModel` loads will do; `transformers.AutoModel` loads a saved one. Texts become quadruples in
    `hf_toxspan.modeling.quadruple_extraction`; losses are the trainer's (`hf_toxspan.training.quadruple_encoder`).

    Example:
        ```python
        model = QuadrupleEncoder.from_encoder("intfloat/multilingual-e5-small")
        model(**tokenizer(["..."], return_tensors="pt")).argument_logits  # (1, tokens, 3)
        ```

    Args:
        config: The configuration.
    """

    config_class = QuadrupleEncoderConfig
    base_model_prefix = "encoder"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True

    def __init__(self, config: QuadrupleEncoderConfig) -> None:
        super().__init__(config)
        self.encoder = without_pooler(auto_model().from_config(config.text_config))
        width = config.text_config.hidden_size
        self.dropout = nn.Dropout(config.head_dropout)
        self.target_tagger = nn.Linear(width, len(TAGS))
        self.argument_tagger = nn.Linear(width, len(TAGS))
        self.no_target = nn.Parameter(torch.zeros(width))
        self.pair_classifier = nn.Linear(3 * width, 1 + len(config.groups))
        self.encoder_inputs = frozenset(inspect.signature(self.encoder.forward).parameters)
        # What is said of the model's attention is that of its encoder, which may know fewer kinds than we allow.
        config._attn_implementation = self.encoder.config._attn_implementation
        self.post_init()

    @classmethod
    def from_encoder(cls, encoder: str, *, groups: Sequence[str] = GROUPS, **kwargs: Any) -> "QuadrupleEncoder":
        """Put new heads on a pretrained encoder.

        Args:
            encoder: Folder or Hub id of an encoder, or of a model whose encoder is taken.
            groups: Names of the groups, in the order in which several are written.
            **kwargs: Passed to the encoder's ``from_pretrained`` (``dtype``: float32 unless given, ...).

        Returns:
            The model, in training mode; its heads are new.

        Raises:
            ValueError: If a group is unknown or named twice.
        """
        pretrained = auto_model().from_pretrained(encoder, **{"dtype": torch.float32, **kwargs})
        if isinstance(pretrained, cls | RationaleForToxicSpans):
            pretrained = pretrained.encoder
        model = cls(QuadrupleEncoderConfig(pretrained.config, groups)).to(pretrained.dtype)
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
        pairs: Tensor | None = None,
    ) -> QuadrupleOutput:
        """Run the encoder, both taggers, and the pair classifier where pairs are given.

        Args:
            input_ids: Shape (batch, tokens), or None with `inputs_embeds`.
            attention_mask: Shape (batch, tokens), 1 for what is no padding; all of it when None.
            token_type_ids: Shape (batch, tokens); left out for an encoder that knows none.
            inputs_embeds: Shape (batch, tokens, hidden), in the place of `input_ids`.
            pairs: Half-open ranges of tokens, of the target and of the argument, shape (batch, pairs, 4); a target
                whose range is empty is none, NULL.

        Returns:
            Logits of tags and pairs, and the encoder's states.
        """
        given = {"input_ids": input_ids, "inputs_embeds": inputs_embeds, "token_type_ids": token_type_ids}
        inputs = {name: value for name, value in given.items() if value is not None and name in self.encoder_inputs}
        states = self.encoder(**inputs, attention_mask=attention_mask).last_hidden_state  # (batch, tokens, hidden)
        dropped = self.dropout(states)
        tags = self.target_tagger(dropped), self.argument_tagger(dropped)  # (batch, tokens, 3) each
        if pairs is None:
            return QuadrupleOutput(*tags, None, states)
        first = first_tokens(states, attention_mask)[:, None].expand(-1, pairs.shape[1], -1)
        targets, arguments = (range_means(states, pairs[..., ends]) for ends in (slice(0, 2), slice(2, 4)))
        logits = self.classify_pairs(first, targets, arguments, pairs[..., 1] > pairs[..., 0])
        return QuadrupleOutput(*tags, logits, states)

    def classify_pairs(self, first: Tensor, targets: Tensor, arguments: Tensor, named: Tensor) -> Tensor:
        """Classify pairs by the states of their tokens.

        Args:
            first: State of the text's first token, shape (..., hidden).
            targets: Mean state of the target's tokens, likewise.
            arguments: Mean state of the argument's tokens, likewise.
            named: Whether there is a target, booleans of shape (...).

        Returns:
            Logits of hate, and of each group should it be hate, shape (..., 1 + groups).
        """
        targets = torch.where(named[..., None], targets, self.no_target.to(targets.dtype))
        return self.pair_classifier(self.dropout(torch.cat([first, targets, arguments], dim=-1)))


def range_means(states: Tensor, ranges: Tensor) -> Tensor:
    """Return the mean state of ranges of tokens.

    Args:
        states: Shape (batch, tokens, hidden).
        ranges: Half-open, shape (batch, ranges, 2).

    Returns:
        Shape (batch, ranges, hidden); zeros for an empty range.
    """
    tokens = torch.arange(states.shape[1], device=states.device)
    inside = (tokens >= ranges[..., :1]) & (tokens < ranges[..., 1:])  # (batch, ranges, tokens)
    shares = inside / inside.sum(dim=-1, keepdim=True).clamp(min=1)
    return shares.to(states.dtype) @ states
