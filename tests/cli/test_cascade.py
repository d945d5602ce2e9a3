"""Regions by their names, and the line that says what a cascade came to."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.cli.cascade import Tally, merge_rules, read_region
from hf_toxspan.cli.main import build_parser
from hf_toxspan.core.routing import EVERYTHING, NOTHING, Region
from hf_toxspan.core.verdicts import MergeRules


def test_a_region_is_a_name_a_range_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "region.json"
    path.write_text(Region(0.4, 0.7, temperature=1.5).to_json({"rows": 3}))
    assert [read_region(name) for name in ("all", "none")] == [EVERYTHING, NOTHING]
    assert read_region("0.5:0.75") == Region(0.5, 0.75)
    assert read_region(str(path)) == Region(0.4, 0.7, temperature=1.5)
    with pytest.raises(ValueError, match="expected all, none, LOW:HIGH"):
        read_region("some")


def options(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(["judge", *arguments])


def test_verdicts_are_merged_as_the_region_was_found_unless_asked_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "region.json"
    path.write_text(Region(0.4, 0.7).to_json({"merged_anew": {"judge_weight": 0.3, "keep_toxic": None}}))
    assert merge_rules(options("--region", str(path))) == MergeRules(0.3)
    assert merge_rules(options("--region", str(path), "--judge-weight", "0.5")) == MergeRules(0.5)
    assert merge_rules(options("--region", "all", "--keep-toxic", "0.9")) == MergeRules(1.0, 0.9)


@pytest.mark.parametrize("provenance", ["by hand", {"merged_anew": 3}])
def test_a_provenance_that_was_edited_is_named(provenance: Any, tmp_path: Path) -> None:
    path = tmp_path / "region.json"
    path.write_text(json.dumps({"low": 0.4, "high": 0.7, "provenance": provenance}))
    with pytest.raises(ValueError, match="take the provenance out"):
        merge_rules(options("--region", str(path)))


def result(status: str | None, label: str = "clean") -> dict[str, Any]:
    judge = status and {"status": status, "calls": 1, "cached": 0, "prompt_tokens": 10, "completion_tokens": 2}
    return {"label": label, "backbone": {"label": "clean"}, "judge": judge}


def test_a_tally_counts_what_waits_and_what_changed() -> None:
    tally = Tally()
    results = [result(None), result("judged", "toxic"), result("unparsed"), result("failed"), result("budget")]
    assert list(tally.counting(lambda _: results)(["a"] * 5)) == results
    assert tally.waiting == 2
    assert tally.line() == (
        "judge asked about 4 of 5 texts (1 judged, 1 unparsed, 1 failed, 1 budget), 1 labels changed; 4 calls, "
        "0 answers from the store; 40 tokens read, 8 written"
    )


def test_where_nobody_was_asked_there_is_no_cost_to_tell() -> None:
    tally = Tally()
    tally.counting(lambda _: [result(None)])(["a"])
    assert tally.line() == "judge asked about 0 of 1 texts"
