"""Promises of the table of scores."""

import io
import math

from rich.console import Console

from hf_toxspan.cli.score_table import to_tables


def shown(result: dict[str, object]) -> str:
    stream = io.StringIO()
    Console(file=stream, width=80).print(to_tables("heading", result))
    return stream.getvalue()


def test_scores_are_printed_times_100_with_interval_and_trivial_systems() -> None:
    table = shown(
        {
            "char_f1": 0.6666,
            "confidence_intervals": {"char_f1": [0.5, 0.75]},
            "baselines": {"mark nothing": {"char_f1": 0.0}, "mark everything": {"char_f1": 0.401}},
        }
    )

    (line,) = (line for line in table.splitlines() if "char_f1" in line)
    assert line.split() == ["char_f1", "66.7", "50.0", "to", "75.0", "0.0", "40.1"]


def test_what_is_undefined_is_a_dash() -> None:
    assert "gmb_subgroup_auc - " in " ".join(shown({"gmb_subgroup_auc": math.nan}).split()) + " "


def test_a_difference_has_a_sign_and_a_p_value() -> None:
    row = {"difference": -0.0123, "low": -0.05, "high": 0.02, "p_value": 0.0469}
    table = shown({"char_f1": 0.5, "comparison": {"char_f1": row}})

    assert "char_f1 -1.2 -5.0 to 2.0 0.047" in " ".join(table.split())


def test_groups_are_shown_with_their_counts() -> None:
    table = shown({"groups": {"Women": {"subgroup_auc": 0.9, "positives": 12, "negatives": 3}}})

    assert "Women 90.0 12 3" in " ".join(table.split())
