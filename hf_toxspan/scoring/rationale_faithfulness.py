"""`rationale_faithfulness`: whether a model relies on the evidence it shows."""

from typing import Any

from hf_toxspan.core.faithfulness import tally_faithfulness
from hf_toxspan.scoring.inputs import NUMBER, NUMBER_OR_BINS, SWITCH
from hf_toxspan.scoring.metric import Input, Inputs, Metric, Option
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
        "full": Input(NUMBER, "probability of the predicted class", by_system=True, columns=("full",)),
        "without": Input(NUMBER_OR_BINS, "its probability without the rationale", by_system=True, columns=("without",)),
        "only": Input(
            NUMBER_OR_BINS, "its probability with nothing but the rationale", by_system=True, columns=("only",)
        ),
        "empty": Input(NUMBER, "its probability for an empty text", required=False, columns=("empty",)),
    },
    options={"clip": Option(False, SWITCH, "count a negative difference as 0, as RATeD does")},
    tally=lambda inputs, options: tally_faithfulness(
        inputs["full"], inputs["without"], inputs["only"], clip=options["clip"]
    ),
    baselines=_baselines,
)
