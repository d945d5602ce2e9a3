"""`gmb_bias_auc`: whether a classifier ranks texts about some communities worse than others."""

from typing import Any

from hf_toxspan.core.bias import BiasCorpus, tally_bias
from hf_toxspan.scoring.inputs import NAMES, NAMES_OR_NONE, NUMBER, POWER, TRUTH, one_of
from hf_toxspan.scoring.metric import Input, Inputs, Metric, Option, Options
from hf_toxspan.scoring.trivial import systems


def _tally(inputs: Inputs, options: Options) -> BiasCorpus:
    return tally_bias(inputs["scores"], inputs["references"], inputs["groups"], **options)


def _details(corpus: BiasCorpus) -> dict[str, Any]:
    return {
        "groups": {group: areas._asdict() for group, areas in corpus.per_group().items()},
        "skipped": [left_out._asdict() for left_out in corpus.skipped()],
    }


def _baselines(inputs: Inputs) -> dict[str, Inputs]:
    texts = len(inputs["references"])
    annotator = inputs.get("annotator")
    return systems(
        nothing={"scores": [0.0] * texts},
        everything={"scores": [1.0] * texts},
        annotator=None if annotator is None else {"scores": annotator},
    )


GMB_BIAS_AUC = Metric(
    name="gmb_bias_auc",
    summary="AUCs inside and across communities, and the power mean that the worst community dominates (GMB).",
    inputs={
        "scores": Input(NUMBER, "a system's toxicity", by_system=True, columns=("toxicity", "scores")),
        "references": Input(TRUTH, "whether it is toxic", columns=("references", "reference", "gold", "toxic")),
        "groups": Input(NAMES, "the groups it speaks of", columns=("groups", "targets")),
        "annotator": Input(NUMBER, "one annotator's 0 or 1", required=False, columns=("annotator",)),
    },
    options={
        "protocol": Option("hatexplain", one_of("hatexplain", "rated"), "whose rules"),
        "power": Option(-5.0, POWER, "exponent of the mean over communities"),
        "communities": Option(None, NAMES_OR_NONE, "those that are scored"),
    },
    tally=_tally,
    baselines=_baselines,
    details=_details,
)
