"""Promises of `hf_toxspan.recipes.ablation_table`."""

from typing import Any

from hf_toxspan.recipes.ablation_arms import ARMS
from hf_toxspan.recipes.ablation_rows import Rows
from hf_toxspan.recipes.ablation_table import EXTRACTORS, to_markdown

GOLD = {"id": "1", "text": "you big fool", "toxic": True, "spans": [[8, 12]]}
ROWS = Rows([GOLD], [{**GOLD, "spans": None}], [GOLD], [GOLD] * 4, [GOLD])


def result(arm: str, seed: int, spans: list[list[list[int]]], macro_f1: float = 0.8) -> dict[str, Any]:
    return {"arm": arm, "seed": seed, "spans": dict.fromkeys(EXTRACTORS, spans), "macro_f1": macro_f1}


def lines(table: str) -> dict[str, list[str]]:
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in cells}


def test_scores_pool_the_seeds_and_stand_beside_trivial_systems_and_the_paper() -> None:
    full, plain = ARMS[-1].name, ARMS[0].name
    right, half, wrong = [[8, 12]], [[8, 10]], [[0, 3]]
    results = [
        result(full, 1, [right] * 4, 0.81),
        result(full, 2, [right] * 4, 0.83),
        result(plain, 1, [half] * 4),
        result(plain, 2, [wrong] * 4),
    ]

    table = lines(to_markdown(results, ROWS))

    assert table[full] == [
        "82.0 ± 1.4",
        "100.0 [100.0, 100.0]",
        "",
        "100.0 [100.0, 100.0]",
        "100.0 [100.0, 100.0]",
        "83.68 / 77.90",
    ]
    # 8 of the 20 characters marked over both seeds are right, of 32 gold ones
    assert table[plain][:2] == ["80.0 ± 0.0", "30.8 [30.8, 30.8]"]
    assert table[plain][-1] == "82.76 / 65.08"
    assert table["mark everything"][1] == "50.0 [50.0, 50.0]"


def test_an_arm_that_was_not_run_has_no_line() -> None:
    table = lines(to_markdown([result(ARMS[0].name, 1, [[[8, 12]]] * 4)], ROWS))

    assert ARMS[-1].name not in table
    assert table[ARMS[0].name][2] == ""


def test_an_arm_is_tested_on_the_seeds_that_the_full_system_was_run_with() -> None:
    full, plain = ARMS[-1].name, ARMS[0].name
    right = [[8, 12]]
    more = [result(full, 1, [right] * 4), result(plain, 1, [right] * 4), result(plain, 2, [[[0, 3]]] * 4)]

    assert lines(to_markdown(more, ROWS))[plain][2] == "1.000"
    assert lines(to_markdown([more[0], more[2]], ROWS))[plain][2] == ""
