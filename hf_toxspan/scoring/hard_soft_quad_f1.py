"""`hard_soft_quad_f1`: quadruples of target, argument, group and hatefulness, matched hard and soft."""

from collections import Counter
from typing import Any

from hf_toxspan.core.quadruple_scores import tally_quadruples
from hf_toxspan.core.tallies import Tally
from hf_toxspan.scoring.inputs import TEXT, one_of
from hf_toxspan.scoring.metric import Input, Inputs, Metric, Option
from hf_toxspan.scoring.trivial import systems

COLUMNS = ("output", "quadruples")


def _baselines(inputs: Inputs) -> dict[str, Inputs]:
    """Mark everything: the whole text is target and argument, with the group and hatefulness that gold has most."""
    texts, annotator = inputs.get("texts"), inputs.get("annotator")
    return systems(
        nothing={"predictions": ["[END]"] * len(inputs["references"])},
        everything=None if texts is None else {"predictions": _whole_texts(texts, inputs["references"])},
        annotator=None if annotator is None else {"predictions": annotator},
    )


def _whole_texts(texts: list[str], references: list[str]) -> list[str]:
    endings = Counter(
        tuple(field.strip() for field in piece.split("|")[-2:])
        for reference in references
        for piece in reference.replace("[END]", "").split("[SEP]")
        if piece.count("|") == 3
    )
    group, hateful = endings.most_common(1)[0][0] if endings else ("non-hate", "non-hate")
    # a bar or a bracket inside a field could start another one
    wholes = [text.translate(str.maketrans("|[]", "/()")).strip() for text in texts]
    return [f"{whole} | {whole} | {group} | {hateful} [END]" for whole in wholes]


def _details(corpus: Tally) -> dict[str, Any]:
    """Count the pieces without four fields, where there are any: "ccl25" forgives them in silence."""
    columns = {"predictions": "malformed_predicted", "references": "malformed_gold"}
    counts = {side: int(corpus.columns[name].sum()) for side, name in columns.items()}
    return {"malformed": counts} if any(counts.values()) else {}


HARD_SOFT_QUAD_F1 = Metric(
    name="hard_soft_quad_f1",
    summary="Quadruples T | A | G | H against gold ones: equal (hard), or similar target and argument (soft).",
    inputs={
        "predictions": Input(
            TEXT, "a system's quadruples", by_system=True, columns=("predictions", "prediction", *COLUMNS), nothing=""
        ),
        "references": Input(TEXT, "gold quadruples", columns=("references", "reference", "gold", *COLUMNS)),
        "texts": Input(TEXT, "the texts, for mark everything", required=False, columns=("text", "content")),
        "annotator": Input(TEXT, "one annotator's quadruples", required=False, columns=("annotator",)),
    },
    options={
        "protocol": Option("ccl25", one_of("ccl25", "state"), "whose rules"),
        "elements": Option(
            "quad", one_of("quad", "triple", "pair", "argument"), 'what is compared; "ccl25": quad only'
        ),
    },
    tally=lambda inputs, options: tally_quadruples(inputs["predictions"], inputs["references"], **options),
    baselines=_baselines,
    details=_details,
)
