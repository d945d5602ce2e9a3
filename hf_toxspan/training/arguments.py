"""Arguments of the trainers: `transformers.TrainingArguments` and our own fields, nothing declared twice."""

from dataclasses import dataclass, field

from transformers import TrainingArguments

from hf_toxspan.tensor.gradient_loss import METHODS, Method


@dataclass
class GradientConstrainedTrainingArguments(TrainingArguments):
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
    pgr_margin: float = field(
        default=0.5, metadata={"help": "Wanted distance between toxic and clean saliency, in [0, 1]."}
    )
    ppt_alpha: float = field(
        default=0.6, metadata={"help": "Share of the sentence's maximum that toxic tokens should reach, in [0, 1]."}
    )
    ppt_percentile: float = field(
        default=0.15, metadata={"help": "Percentile of the sentence that caps clean tokens, in [0, 1]."}
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
    gradient_method: Method = field(
        default="double_backward",
        metadata={
            "help": "How the constraints are differentiated: double_backward is exact, for any precision; one_sided "
            "(about as fast) and central are differences, for float32 alone, with any attention kernel."
        },
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
        for name, low, high in (
            ("warmup_epochs", 0, float("inf")),
            ("lambda_grad", 0, float("inf")),
            ("pgr_margin", 0, 1),
            ("ppt_alpha", 0, 1),
            ("ppt_percentile", 0, 1),
            ("lambda_sem", 0, float("inf")),
            ("contrast_temperature", 1e-6, float("inf")),
            ("contrast_gamma", 0, float("inf")),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value!r}; expected a number in [{low}, {high}]")
        if not 0 < self.constraint_share <= 1:
            raise ValueError(f"constraint_share is {self.constraint_share!r}; expected a share in (0, 1]")
        if self.gradient_method not in METHODS:
            raise ValueError(f"gradient_method is {self.gradient_method!r}; expected one of {METHODS}")
