"""Promises of `hf_toxspan.recipes.alpha_sweep`."""

from dataclasses import replace
from pathlib import Path

import pytest

from hf_toxspan.recipes import alpha_sweep
from hf_toxspan.recipes.rated_rows import RatedOptions


def test_supervised_tags_find_spans_that_unsupervised_ones_do_not(rated_options: RatedOptions) -> None:
    table = alpha_sweep.run(rated_options, alpha_sweep.SweepOptions(alphas=[5.0, 0.0]))

    without, supervised = (line.split("|")[1:-1] for line in table.splitlines()[-2:])
    assert [float(without[0]), float(supervised[0])] == [0, 5]
    assert float(supervised[3]) > 80  # span IoU F1
    assert float(without[3]) < 60
    output = Path(rated_options.output)
    assert (output / "sweep.md").read_text(encoding="utf-8") == table
    assert (output / "sweep.png").read_bytes().startswith(b"\x89PNG")


def test_a_finished_weight_is_not_trained_again(rated_options: RatedOptions) -> None:
    options = replace(rated_options, epochs=1)
    alpha_sweep.run(options, alpha_sweep.SweepOptions(alphas=[1.0]))
    result = Path(options.output, "alpha-1.json")
    written = result.stat().st_mtime_ns

    table = alpha_sweep.run(options, alpha_sweep.SweepOptions(alphas=[1.0, 2.0]))

    assert result.stat().st_mtime_ns == written
    assert len(table.splitlines()) == 6
    with pytest.raises(ValueError, match="other values of fusion"):
        alpha_sweep.run(replace(options, fusion="pooler"), alpha_sweep.SweepOptions(alphas=[1.0]))
