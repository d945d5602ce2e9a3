"""What one system says of one text, and how two of them become one answer: the cascade's merge rules."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hf_toxspan.core.spans import Span, intersect, merge

Labels = Mapping[str, bool]
"""The backbone's labels in its own order, each with whether it is toxic."""

Source = Literal["backbone", "judge", "both"]

_TINY = 1e-12  # a probability of 0 is one that was rounded


@dataclass(frozen=True)
class Verdict:
    """What a system says of a text.

    Attributes:
        toxic: Whether the text is toxic.
        label: The label, one of the backbone's; None where the system only says toxic or not.
        toxicity: Probability that the text is toxic; None where the system gives none.
        probabilities: By label; empty where the system gives none.
        spans: Evidence in text order, characters of the text.
    """

    toxic: bool
    label: str | None = None
    toxicity: float | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class MergeRules:
    """How a judge's verdict changes the backbone's.

    The published rules are `PUBLISHED`; pooling is ours.

    Args:
        judge_weight: Weight w of the judge where it gives probabilities: labels are chosen by p ~ backbone^(1 - w)
            judge^w (log-linear pooling; Genest and Zidek 1986). At 1 the judge decides, as one without probabilities
            always does.
        keep_toxic: The backbone's toxic label stays, whatever the judge says, where its toxicity is at least this.
        keep_labels: The same for single labels and their own probability; they stay against other toxic labels too.
        spans: Whose evidence is shown where both have some.
    """

    judge_weight: float = 1.0
    keep_toxic: float | None = None
    keep_labels: Mapping[str, float] = field(default_factory=dict)
    spans: Literal["union", "judge", "backbone"] = "union"

    def __post_init__(self) -> None:
        shares = {"judge_weight": self.judge_weight, **{f"keep_labels[{k!r}]": v for k, v in self.keep_labels.items()}}
        if self.keep_toxic is not None:
            shares["keep_toxic"] = self.keep_toxic
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}; expected a number in [0, 1]")
        if self.spans not in ("union", "judge", "backbone"):
            raise ValueError(f"spans is {self.spans!r}; expected union, judge or backbone")


PUBLISHED = MergeRules(keep_toxic=0.85, keep_labels={"hatespeech": 0.70})
"""RATeD-V's English code: a toxic label at 0.85 outlives a judge's "normal", hate speech at 0.70 any verdict."""


class Merged(NamedTuple):
    """One answer made of two.

    Attributes:
        label: The final label.
        score: Its probability: the pooled one, the judge's, or where it gives none the backbone's.
        toxic: Whether the label is a toxic one.
        kept: A safeguard has kept the backbone's label against the judge's.
        spans: The evidence with who found it, in text order; empty where the label is not toxic.
    """

    label: str
    score: float
    toxic: bool
    kept: bool
    spans: list[tuple[Span, Source]]


def merge_verdicts(backbone: Verdict, judge: Verdict, labels: Labels, rules: MergeRules | None = None) -> Merged:
    """Make one answer of the backbone's and the judge's.

    A judge that only says toxic or not, or names other labels than the backbone's, leaves the choice among the toxic
    labels, or among the clean ones, to the backbone.

    Args:
        backbone: The backbone's verdict, with a label, its toxicity and probabilities.
        judge: The judge's.
        labels: The backbone's labels.
        rules: How to merge; the judge decides when None.

    Returns:
        The answer.

    >>> labels = {"clean": False, "toxic": True}
    >>> doubtful = Verdict(True, "toxic", 0.6, {"clean": 0.4, "toxic": 0.6}, (Span(0, 4),))
    >>> merge_verdicts(doubtful, Verdict(False), labels)
    Merged(label='clean', score=0.4, toxic=False, kept=False, spans=[])
    >>> merge_verdicts(doubtful, Verdict(False), labels, MergeRules(keep_toxic=0.5)).label
    'toxic'
    >>> merge_verdicts(doubtful, Verdict(True, spans=(Span(2, 8),)), labels).spans
    [(Span(start=0, end=8), 'both')]
    """
    rules = rules or MergeRules()
    own = _distribution(backbone, labels)
    label, score = _choose(own, judge, labels, rules.judge_weight)
    kept = backbone.label is not None and label != backbone.label and _is_kept(backbone, labels[label], rules)
    if kept:
        label, score = str(backbone.label), own[str(backbone.label)]
    toxic = labels[label]
    return Merged(label, score, toxic, kept, _evidence(backbone, judge, rules) if toxic else [])


def _distribution(verdict: Verdict, labels: Labels) -> dict[str, float]:
    """Return a probability for each label; without any, a verdict's toxicity stands for its own label."""
    if verdict.probabilities.keys() == labels.keys():
        return dict(verdict.probabilities)
    toxicity = float(verdict.toxic) if verdict.toxicity is None else verdict.toxicity
    sure = {name: name == verdict.label for name in labels}
    return _split(toxicity, sure, labels)


def _split(toxicity: float, shares: Mapping[str, float], labels: Labels) -> dict[str, float]:
    """Share a toxicity among the toxic labels, and the rest among the others, in proportion; evenly without any."""
    split: dict[str, float] = {}
    for side, whole in ((True, toxicity), (False, 1 - toxicity)):
        names = [name for name, toxic in labels.items() if toxic == side]
        total = sum(shares[name] for name in names)
        split |= {name: whole * (shares[name] / total if total > 0 else 1 / len(names)) for name in names}
    return split


def _choose(own: Mapping[str, float], judge: Verdict, labels: Labels, weight: float) -> tuple[str, float]:
    """Return the label before any safeguard, and its probability."""
    named = judge.label if judge.label in labels else None
    if judge.probabilities.keys() == labels.keys():
        theirs: Mapping[str, float] = judge.probabilities
    elif judge.toxicity is not None:
        theirs = _split(judge.toxicity, own, labels)
    else:
        label = named or _best(own, labels, judge.toxic)
        return label, own[label]
    if weight == 1:
        label = named or _best(theirs, labels, judge.toxic)
        return label, theirs[label]
    pooled = _pool(own, theirs, weight)
    label = max(pooled, key=lambda name: pooled[name])
    return label, pooled[label]


def _pool(own: Mapping[str, float], theirs: Mapping[str, float], weight: float) -> dict[str, float]:
    powers = {name: max(own[name], _TINY) ** (1 - weight) * max(theirs[name], _TINY) ** weight for name in own}
    return {name: power / sum(powers.values()) for name, power in powers.items()}


def _best(probabilities: Mapping[str, float], labels: Labels, toxic: bool) -> str:
    """Return the most probable label of one side; of all where this side has none."""
    side = [name for name, is_toxic in labels.items() if is_toxic == toxic] or list(labels)
    return max(side, key=lambda name: probabilities[name])


def _is_kept(backbone: Verdict, against_toxic: bool, rules: MergeRules) -> bool:
    """Say whether a safeguard keeps the backbone's label against another one, toxic or not."""
    if not backbone.toxic or backbone.label is None:
        return False
    if backbone.probabilities.get(backbone.label, 0.0) >= rules.keep_labels.get(backbone.label, math.inf):
        return True
    return not against_toxic and rules.keep_toxic is not None and (backbone.toxicity or 0.0) >= rules.keep_toxic


def _evidence(backbone: Verdict, judge: Verdict, rules: MergeRules) -> list[tuple[Span, Source]]:
    own = [] if rules.spans == "judge" and judge.spans else list(backbone.spans)
    theirs = [] if rules.spans == "backbone" and backbone.spans else list(judge.spans)
    return [(span, _source(span, own, theirs)) for span in merge([*own, *theirs])]


def _source(span: Span, own: Iterable[Span], theirs: Iterable[Span]) -> Source:
    if not intersect([span], theirs):
        return "backbone"
    return "both" if intersect([span], own) else "judge"
