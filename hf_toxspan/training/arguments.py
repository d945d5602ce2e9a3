"""Arguments of the trainers: `transformers.TrainingArguments` and our own fields, nothing declared twice."""

from dataclasses import dataclass, field
from typing import get_args

from transformers import TrainingArguments

from hf_toxspan.tensor.gradient_loss import METHODS, Method
from hf_toxspan.tensor.rationale_losses import Sides
from hf_toxspan.training.objective import Constraints

ANY_WEIGHT = (0, float("inf"))
SIDES: tuple[Sides, ...] = get_args(Sides)


@dataclass
class ConstraintArguments(TrainingArguments):
    """Arguments of the gradient constraints PGR and PPT (ToxiTrace, arXiv 2604.12321; most values are ours)."""

    lambda_grad: float = field(default=0.0, metadata={"help": "Weight of PGR + PPT; 0 leaves them out."})
    pgr_margin: float = field(
        default=0.5, metadata={"help": "Wanted distance between toxic and clean saliency, in [0, 1]."}
    )
    ppt_alpha: float = field(
        default=0.6, metadata={"help": "Share of the sentence's maximum that toxic tokens should reach, in [0, 1]."}
    )
    ppt_percentile: float = field(
        default=0.15, metadata={"help": "Percentile of the sentence that caps clean tokens, in [0, 1]."}
    )
    gradient_method: Method = field(
        default="double_backward",
        metadata={
            "help": "How the constraints are differentiated: double_backward is exact, for any precision; one_sided "
            "(about as fast) and central are differences, for float32 alone, with any attention kernel."
        },
    )

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        super().__post_init__()
        check_range(self, lambda_grad=ANY_WEIGHT, pgr_margin=(0, 1), ppt_alpha=(0, 1), ppt_percentile=(0, 1))
        if self.gradient_method not in METHODS:
            raise ValueError(f"gradient_method is {self.gradient_method!r}; expected one of {METHODS}")

    @property
    def constraints(self) -> Constraints | None:
        """The constraints; None where their weight is 0."""
        if not self.lambda_grad:
            return None
        return Constraints(self.pgr_margin, self.ppt_alpha, self.ppt_percentile, self.gradient_method)


@dataclass
class GradientConstrainedTrainingArguments(ConstraintArguments):
    """Arguments of `GradientConstrainedTrainer`.

    The loss is cross entropy for ``warmup_epochs``, then ``CE + lambda_grad (PGR + PPT) + lambda_sem InfoNCE``
    (ToxiTrace, arXiv 2604.12321; values not given there are ours).
    """

    warmup_epochs: float = field(
        default=3.0,
        metadata={"help": "Epochs of cross entropy alone before the gradient constraints begin (3 in the paper)."},
    )
    lambda_grad: float = field(
        default=1.0, metadata={"help": "Weight of PGR + PPT after warm-up; 0 trains on cross entropy alone."}
    )
    lambda_sem: float = field(
        default=0.02,
        metadata={"help": "Weight of the contrast with reasons, after warm-up, for texts that have both of them."},
    )
    contrast_temperature: float = field(
        default=0.1, metadata={"help": "Divides the cosines of the contrast; smaller is sharper."}
    )
    contrast_gamma: float = field(
        default=1.0, metadata={"help": "How much more a hard pair weighs in the contrast; 0 weighs all alike."}
    )
    constraint_share: float = field(
        default=1.0,
        metadata={
            "help": "Share of the sentences with toxic tokens that enter the constraints of a step, in (0, 1], drawn "
            "anew each step; the others are trained on cross entropy. The gradient stays unbiased, the step gets "
            "cheaper."
        },
    )

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        super().__post_init__()
        check_range(self, warmup_epochs=ANY_WEIGHT, lambda_sem=ANY_WEIGHT, contrast_gamma=ANY_WEIGHT)
        check_range(self, contrast_temperature=(1e-6, float("inf")))
        if not 0 < self.constraint_share <= 1:
            raise ValueError(f"constraint_share is {self.constraint_share!r}; expected a share in (0, 1]")


@dataclass
class MultitaskRationaleTrainingArguments(ConstraintArguments):
    """Arguments of `MultitaskRationaleTrainer`.

    The loss is ``lambda_cls CE(label) + lambda_tag CE(BIO) + lambda_cons consistency`` (RATeD-V), and where asked
    ``+ lambda_grad (PGR + PPT)``.
    """

    lambda_cls: float = field(default=1.0, metadata={"help": "Weight of the labels' cross entropy."})
    lambda_tag: float = field(
        default=2.0,
        metadata={
            "help": "Weight of the tags' cross entropy: RATeD-V's alpha (its code has 2 for HateXplain, 5 for ViHOS)."
        },
    )
    lambda_cons: float = field(
        default=0.1, metadata={"help": "Weight of the consistency between a text's tags and its label."}
    )
    consistency: Sides = field(
        default="two_sided",
        metadata={
            "help": "two_sided: a toxic text needs evidence, a clean one must have none; one_sided: only the latter "
            "(RATeD-V)."
        },
    )
    class_weights: list[float] | None = field(
        default=None,
        metadata={"help": "Weight of each label in the cross entropy, in the order of the model's labels."},
    )

    def __post_init__(self) -> None:
        """Quote a value that is out of range."""
        super().__post_init__()
        check_range(self, lambda_cls=ANY_WEIGHT, lambda_tag=ANY_WEIGHT, lambda_cons=ANY_WEIGHT)
        if self.consistency not in SIDES:
            raise ValueError(f"consistency is {self.consistency!r}; expected one of {SIDES}")
        if any(not 0 < weight < float("inf") for weight in self.class_weights or []):
            raise ValueError(f"class_weights is {self.class_weights!r}; expected numbers above 0, one a label")


def check_range(arguments: TrainingArguments, **ranges: tuple[float, float]) -> None:
    """Quote the first argument that is out of its range.

    Args:
        arguments: The arguments.
        **ranges: By name, the lowest and the highest value.

    Raises:
        ValueError: If one is out of range.
    """
    for name, (low, high) in ranges.items():
        value = getattr(arguments, name)
        if not low <= value <= high:
            raise ValueError(f"{name} is {value!r}; expected a number in [{low}, {high}]")
