"""`vihos_char_f1`: character vectors of Vietnamese comments, by the rules of ViHateT5 or RATeD-V."""

from hf_toxspan.core.vihos_scores import tally_vihos
from hf_toxspan.scoring.inputs import SPANS, TEXT, one_of
from hf_toxspan.scoring.metric import Input, Metric, Option
from hf_toxspan.scoring.trivial import for_spans

VIHOS_CHAR_F1 = Metric(
    name="vihos_char_f1",
    summary="Accuracy, weighted and macro F1 of each text's characters, averaged over texts (ViHOS).",
    inputs={
        "texts": Input(TEXT, "the texts as published", columns=("text", "content")),
        "predictions": Input(
            SPANS, "a system's spans", by_system=True, columns=("predictions", "prediction", "spans"), nothing=()
        ),
        "references": Input(SPANS, "gold spans", columns=("references", "reference", "gold", "spans")),
        "annotator": Input(SPANS, "one annotator's spans", required=False, columns=("annotator",)),
    },
    options={"protocol": Option("vihatet5", one_of("vihatet5", "rated"), "whose rules")},
    tally=lambda inputs, options: tally_vihos(
        inputs["texts"], inputs["predictions"], inputs["references"], protocol=options["protocol"]
    ),
    baselines=for_spans,
)
