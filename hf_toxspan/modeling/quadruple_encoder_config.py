"""Configuration of the encoder that finds quadruples; importing it loads no model code."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import Any, ClassVar

from transformers import AutoConfig, PreTrainedConfig

from hf_toxspan.core.quadruples import GROUPS


@dataclass(frozen=True)
class Decoding:
    """How spans are chosen (`hf_toxspan.core.quadruple_pairing.best_runs`); the values are ours.

    Attributes:
        bonus: What each target or argument gains on top of its log-odds, in nats; below 0 there are rather few.
        target_floor: Log-odds from which the best target stands where none is likelier than its absence; below it the
            target is NULL. An argument is always chosen.
    """

    bonus: float = 0.0
    target_floor: float = -2.0

    def __post_init__(self) -> None:
        """Quote a value that is no number."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                raise ValueError(f"decoding: {field.name} is {value!r}; expected a finite number")

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "Decoding":
        """Read the settings of a config; what it does not say has its default.

        Args:
            settings: By name.

        Returns:
            The decoding.

        Raises:
            ValueError: If a setting is unknown or no number.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(settings.keys() - set(known))
        if unknown:
            raise ValueError(f"decoding has {', '.join(map(repr, unknown))}; expected {', '.join(known)}")
        return cls(**settings)

    def to_dict(self) -> dict[str, float]:
        """Return the settings as a config stores them."""
        return asdict(self)


class QuadrupleEncoderConfig(PreTrainedConfig):
    """Configuration of `hf_toxspan.modeling.quadruple_encoder.QuadrupleEncoder`.

    Args:
        text_config: The encoder's own configuration, or the dict of one; a BERT when None.
        groups: Names of the groups, in the order in which several are written.
        head_dropout: Dropout before the heads.
        decoding: How spans are chosen (`Decoding`); its defaults where it does not say.
        **kwargs: As for every configuration.

    Raises:
        ValueError: If a group is unknown or named twice, or a setting of the decoding makes no sense.
    """

    model_type = "toxspan-quadruples"
    sub_configs: ClassVar[dict[str, Any]] = {"text_config": AutoConfig}

    def __init__(
        self,
        text_config: PreTrainedConfig | Mapping[str, Any] | None = None,
        groups: Sequence[str] = GROUPS,
        head_dropout: float = 0.1,
        decoding: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not groups or len(set(groups)) < len(groups) or not set(groups) <= set(GROUPS):
            raise ValueError(f"groups is {[*groups]}; expected some of {', '.join(GROUPS)}, each once")
        self.text_config: PreTrainedConfig
        if isinstance(text_config, PreTrainedConfig):
            self.text_config = text_config
        else:
            settings = dict(text_config or {})
            self.text_config = AutoConfig.for_model(settings.pop("model_type", "bert"), **settings)
        self.groups = list(groups)
        self.head_dropout = head_dropout
        self.decoding = Decoding.from_dict(decoding or {}).to_dict()
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
                "QuadrupleEncoder.from_encoder(...) makes one of any encoder, hf_toxspan.recipes.quadruple_encoder "
                "trains it"
            )
        return super().from_dict(config_dict, **kwargs)
