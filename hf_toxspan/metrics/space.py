"""The page of a metric's Space: paste inputs, see scores with their intervals beside trivial systems.

The launcher that `evaluate` brings (`evaluate.utils.launch_gradio_widget`) calls parts of gradio that are gone since
gradio 4, and shows a list of spans as a string; this page takes inputs as JSON.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import Metric, compute

if TYPE_CHECKING:
    import gradio

LONGEST_INPUT = 2_000_000
"""Characters of JSON that the page takes, about 20,000 texts."""


def build(name: str, example: Mapping[str, Any], *, readme: Path | None = None) -> "gradio.Blocks":
    """Build the page of a metric; `.launch()` serves it.

    Args:
        name: One of the six metrics.
        example: Inputs and options that the page starts with.
        readme: The Space's README, shown below without its header.

    Returns:
        A gradio app with one endpoint, ``/score``: JSON in, a table and JSON out.

    Raises:
        ImportError: If gradio is not installed.
    """
    try:
        import gradio
    except ImportError as error:
        raise ImportError('the page of a metric needs gradio: pip install "hf_toxspan[space]"') from error
    metric, shown = METRICS[name], _one_input_a_line(example)
    first = _score(metric, shown)

    def score(inputs: str) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            result = _score(metric, inputs)
        except ValueError as error:
            raise gradio.Error(str(error)) from error
        return _table(result), result

    with gradio.Blocks(title=name) as page:
        gradio.Markdown(f"# {name}\n\n{metric.summary}\n\nInputs and options by name, one value a text in each input.")
        inputs = gradio.Code(shown, language="json", label="inputs")
        button = gradio.Button("Score", variant="primary")
        table = gradio.Dataframe(
            _table(first), label="scores x 100, 95 % intervals, trivial systems", interactive=False
        )
        with gradio.Accordion("everything, as JSON", open=False):
            whole = gradio.JSON(first, show_label=False)
        button.click(score, inputs, [table, whole], api_name="score")
        if readme is not None:
            gradio.Markdown(_without_header(readme.read_text(encoding="utf-8")))
    return page


def _score(metric: Metric, inputs: str) -> dict[str, Any]:
    if len(inputs) > LONGEST_INPUT:
        raise ValueError(
            f"{len(inputs)} characters; this page takes {LONGEST_INPUT}. For more use hf-toxspan score {metric.name}"
        )
    try:
        arguments = json.loads(inputs)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ValueError(f"expected a JSON object of inputs by name, found {type(arguments).__name__}")
    return compute(metric, {"confidence_level": 0.95, "baselines": True, **arguments, "n_resamples": 1000})


def _table(result: Mapping[str, Any]) -> dict[str, Any]:
    intervals, trivial = result.get("confidence_intervals", {}), result.get("baselines", {})
    rows = [
        [name, f"{100 * value:.2f}", " to ".join(f"{100 * end:.1f}" for end in intervals.get(name, []))]
        + [f"{100 * scores[name]:.2f}" if name in scores else "" for scores in trivial.values()]
        for name, value in result.items()
        if isinstance(value, float)
    ]
    return {"headers": ["score", "system", "interval", *trivial], "data": rows}


def _one_input_a_line(example: Mapping[str, Any]) -> str:
    lines = (f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in example.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def _without_header(readme: str) -> str:
    """Return a README without the block of settings at its top."""
    return readme.split("\n---\n", maxsplit=1)[-1] if readme.startswith("---\n") else readme
