"""Promises of the ablation, run from files to the table with a tiny model."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hf_toxspan.recipes import ablation
from hf_toxspan.recipes.ablation_arms import ARMS
from hf_toxspan.recipes.ablation_rows import AblationOptions
from hf_toxspan.recipes.run_folder import check_folder

REPO = Path(__file__).parents[2]
TWO = [ARMS[0].name, ARMS[-1].name]


def test_a_run_that_is_started_again_goes_on_behind_the_last_arm(ablation_options: AblationOptions) -> None:
    first = ablation.run(replace(ablation_options, only=TWO[:1]))
    files = sorted(Path(ablation_options.output).rglob("*.json"))
    written = {file: file.stat().st_mtime_ns for file in files if file.name != "options.json"}
    assert not Path(ablation_options.output, "saliency.png").exists()

    both = ablation.run(replace(ablation_options, only=TWO))

    assert written == {file: file.stat().st_mtime_ns for file in written}
    assert TWO[1] in both
    assert TWO[1] not in first
    assert Path(ablation_options.output, "table.md").read_text(encoding="utf-8") == both
    assert Path(ablation_options.output, "saliency.png").read_bytes().startswith(b"\x89PNG")


def test_results_of_other_options_are_not_mixed(ablation_options: AblationOptions) -> None:
    check_folder(ablation_options, Path(ablation_options.output), free=ablation.FREE)

    with pytest.raises(ValueError, match=r"other values of learning_rate"):
        ablation.run(replace(ablation_options, learning_rate=1e-3))


def test_an_unknown_arm_is_named_before_anything_is_read(ablation_options: AblationOptions) -> None:
    with pytest.raises(ValueError, match=r"--only names \['everything'\]; expected some of \['cross entropy'"):
        ablation.run(replace(ablation_options, only=["everything"], spans=["nowhere.jsonl"]))


def test_the_example_teaches_its_options() -> None:
    done = subprocess.run(
        [sys.executable, "examples/ablate_toxitrace.py", "--help"], cwd=REPO, capture_output=True, text=True, check=True
    )
    assert "goes on behind the last finished arm" in done.stdout
    assert "--rewrite_field" in done.stdout
