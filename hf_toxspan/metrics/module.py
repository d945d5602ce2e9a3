"""What the six `evaluate` modules share: a metric of `scoring/` in the form that `evaluate.load` hands out."""

from typing import Any, ClassVar

import evaluate
from datasets import Features, List, Value

from hf_toxspan.scoring import inputs
from hf_toxspan.scoring.metric import Metric, Request, compute

FEATURES = {
    inputs.SPANS: List(List(Value("int64"))),
    inputs.TEXT: Value("string"),
    inputs.COUNT: Value("int64"),
    inputs.NUMBER: Value("float64"),
    inputs.PROBABILITY: Value("float64"),
    inputs.TRUTH: Value("int64"),
    inputs.NAMES: List(Value("string")),
}
"""How `evaluate` stores each kind of input between `add_batch` and `compute`."""

HOMEPAGE = "https://pypi.org/project/hf-toxspan"


class MetricModule(evaluate.Metric):
    """A metric of `scoring/` as an `evaluate` module.

    A protocol can be chosen once for all, ``evaluate.load("vihos_char_f1", "rated")``, or in ``compute``.

    Attributes:
        metric: The metric.
        citation_text: BibTeX of its sources.
        sources: Addresses of them.
    """

    metric: ClassVar[Metric]
    citation_text: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=f"{self.metric.summary}\n",
            citation=self.citation_text,
            inputs_description=describe(self.metric),
            features=self._features(),
            codebase_urls=[HOMEPAGE],
            reference_urls=list(self.sources),
        )

    def _features(self) -> Features | list[Features]:
        return Features({name: FEATURES[one.kind] for name, one in self.metric.inputs.items() if one.required})

    def _compute(self, **arguments: Any) -> dict[str, Any]:
        """Score what was collected; the arguments are those of `hf_toxspan.scoring.metric.compute`."""
        chosen = {} if self.config_name == "default" else {"protocol": self.config_name}
        return compute(self.metric, chosen | arguments)


def describe(metric: Metric) -> str:
    """Return the section *Args* of a metric, as `evaluate` appends it to the help of `compute`.

    Args:
        metric: The metric.

    Returns:
        A line an input and option, with what every metric takes besides.
    """
    lines = ["", "Args:"]
    for name, one in metric.inputs.items():
        wanted = "" if one.required else ", optional"
        lines.append(f"    {name}: {one.meaning}; for each text {one.kind.expected}{wanted}.")
    lines += [f"    {name}: default {default!r}." for name, default in metric.options.items()]
    documented = (Request.__doc__ or "").partition("Attributes:\n")[2]
    lines += [line[4:] for line in documented.splitlines() if line.strip()]
    return "\n".join(lines) + "\n"
