"""What the six `evaluate` modules share: a metric of `scoring/` in the form that `evaluate.load` hands out."""

from collections.abc import Mapping
from typing import Any, ClassVar

import evaluate
from datasets import Features, List, Value

from hf_toxspan.scoring import inputs
from hf_toxspan.scoring.metric import Inputs, Metric, Request, compute, read_inputs, read_request

FEATURES = {
    inputs.SPANS: List(List(Value("int64"))),
    inputs.TOKEN_SPANS: List(List(Value("int64"))),
    inputs.TEXT: Value("string"),
    inputs.COUNT: Value("int64"),
    inputs.NUMBER: Value("float64"),
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

    def add(self, *, prediction: Any = None, reference: Any = None, **inputs: Any) -> None:
        """Collect one text for `compute`: the required inputs."""
        given = {"predictions": prediction, "references": reference, **inputs}
        checked = self._checked({name: [value] for name, value in given.items() if value is not None})
        evaluate.Metric.add(self, **{name: values[0] for name, values in checked.items()})

    def add_batch(self, *, predictions: Any = None, references: Any = None, **inputs: Any) -> None:
        """Collect texts for `compute`: the required inputs."""
        checked, before = self._checked({"predictions": predictions, "references": references, **inputs}), len(self)
        try:
            evaluate.Metric.add_batch(self, **checked)
        except ValueError:
            if not before:
                self.writer = None  # it expects what the first text looked like
            raise

    def compute(self, *, predictions: Any = None, references: Any = None, **arguments: Any) -> dict[str, Any] | None:
        """Score the texts given here and those collected before.

        Where nothing was collected and this process works alone, nothing needs to be stored either.
        """
        given = {"predictions": predictions, "references": references, **arguments}
        if not len(self) and self.num_process == 1:
            return self._score({name: values for name, values in given.items() if values is not None})
        read_request(self.metric, arguments)  # before the collected texts are used up
        result = evaluate.Metric.compute(self, **given)
        if isinstance(result, ValueError):
            raise result
        return result

    def _score(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        chosen = {} if self.config_name == "default" else {"protocol": self.config_name}
        return compute(self.metric, {**chosen, **arguments})

    def _checked(self, given: Mapping[str, Any]) -> Inputs:
        """Check before `evaluate` stores values, which takes 0.5 for the whole number 0 and "3" for 3."""
        return read_inputs(self.metric, given)

    def _compute(self, **arguments: Any) -> dict[str, Any] | ValueError:
        """Score what was collected; the arguments are those of `hf_toxspan.scoring.metric.compute`.

        An error is returned: where one is raised here, `evaluate` keeps its file and the lock on it.
        """
        try:
            return self._score(arguments)
        except ValueError as error:
            return error


def describe(metric: Metric) -> str:
    """Return the section *Args* of a metric, as `evaluate` appends it to the help of `compute`.

    Args:
        metric: The metric.

    Returns:
        A line an input and option, with what every metric takes besides.
    """
    lines = ["", "", "Args:"]
    for name, one in metric.inputs.items():
        wanted = "" if one.required else ", optional"
        lines.append(f"    {name}: {one.meaning}; for each text {one.kind.expected}{wanted}.")
    for name, option in metric.options.items():
        lines.append(f"    {name}: {option.meaning}; {option.kind.expected}, default {option.default!r}.")
    documented = (Request.__doc__ or "").partition("Attributes:\n")[2]
    lines += [line[4:] for line in documented.splitlines() if line.strip()]
    return "\n".join(lines) + "\n"
