"""`rationale_faithfulness`: whether a model relies on the evidence it shows."""

from typing import Any

from hf_toxspan.core.faithfulness import tally_faithfulness
from hf_toxspan.scoring.inputs import PROBABILITIES, PROBABILITY
from hf_toxspan.scoring.metric import Input, Inputs, Metric
from hf_toxspan.scoring.trivial import systems


def _baselines(inputs: Inputs) -> dict[str, Inputs]:
    """Return what the rationales "nothing" and "everything" do to the model, where it was shown an empty text."""
    empty: list[Any] | None = inputs.get("empty")
    if empty is None:
        return {}
    return systems(
        nothing={"without": inputs["full"], "only": empty}, everything={"without": empty, "only": inputs["full"]}
    )


RATIONALE_FAITHFULNESS = Metric(
    name="rationale_faithfulness",
    summary="How much a class loses without its rationale (comprehensiveness) and with it alone (sufficiency).",
    inputs={
        "full": Input(PROBABILITY, "of the predicted class, whole text", by_system=True, columns=("full",)),
        "without": Input(
            PROBABILITIES, "of that class without the rationale, for each bin", by_system=True, columns=("without",)
        ),
        "only": Input(PROBABILITIES, "of that class with the rationale alone", by_system=True, columns=("only",)),
        "empty": Input(PROBABILITY, "of that class for an empty text", required=False, columns=("empty",)),
    },
    options={"clip": False},
    tally=lambda inputs, options: tally_faithfulness(
        inputs["full"], inputs["without"], inputs["only"], clip=options["clip"]
    ),
    baselines=_baselines,
)
