"""`hard_soft_quad_f1` through `evaluate`: the numbers of both official scorers."""

import pytest

from hf_toxspan.metrics.loading import load
from tests.conftest import GoldenCases

METRIC = load("hard_soft_quad_f1", keep_in_memory=True)
CELLS = {"quad": "quad", "triple": "triple", "pair": "pair", "argument": "single"}


def scores(result: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in result.items() if isinstance(value, float)}


def test_every_golden_corpus_of_ccl25_is_met_to_1e_9(golden_cases: GoldenCases) -> None:
    """The official script aligns by id: gold ids count, a missing prediction is an empty one, the last id stands."""
    for case in golden_cases("quad_ccl25", "corpus"):
        gold, said = ({row["id"]: row["output"] for row in case["inputs"][side]} for side in ("gold", "pred"))
        found = METRIC.compute(predictions=[said.get(name, "") for name in gold], references=list(gold.values()))
        official = {name: value for name, value in case["expected"].items() if name != "printed"}
        official["average_f1"] = official.pop("avg_f1")
        assert scores(found) == pytest.approx(official, abs=1e-9, rel=0), case["name"]


@pytest.mark.parametrize(("elements", "cell"), CELLS.items())
def test_every_golden_case_of_state_is_met_to_1e_9(golden_cases: GoldenCases, elements: str, cell: str) -> None:
    for case in golden_cases("quad_state"):
        records = case["inputs"]["records"]
        found = METRIC.compute(
            predictions=[record["response"] for record in records],
            references=[record["output"] for record in records],
            protocol="state",
            elements=elements,
        )
        official = {
            f"{kind}_{name}": case["expected"][f"{cell}_{kind}"][name]
            for kind in ("hard", "soft")
            for name in ("precision", "recall", "f1")
        }
        official["average_f1"] = (official["hard_f1"] + official["soft_f1"]) / 2
        assert scores(found) == pytest.approx(official, abs=1e-9, rel=0), case["name"]
