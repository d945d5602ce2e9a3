"""Promises of `hf_toxspan.views.plots`."""

import sys
from pathlib import Path

import pytest

from hf_toxspan.views.plots import check_matplotlib, plot_saliency, plot_sweep, plot_trade_off, plot_votes

TEXTS, SPANS = ["a fool", "蠢货吧"], [[[2, 6]], [[0, 2]]]


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_suffix_says_the_format(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / f"saliency.{suffix}"
    before = [[0.5] * 6, [0.5] * 3]
    after = [[0, 0, 1, 1, 0.9, 0.8], [1, 0.9, 0]]

    plot_saliency(path, TEXTS, SPANS, {"before": before, "after": after})

    assert path.read_bytes().startswith(start)


def test_texts_without_clean_characters_can_be_drawn(tmp_path: Path) -> None:
    plot_saliency(tmp_path / "plot.png", ["fool"], [[[0, 4]]], {"model": [[1, 1, 1, 1]]})

    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(ImportError, match=r"hf_toxspan\[plots\]"):
        plot_saliency(tmp_path / "plot.png", TEXTS, SPANS, {"model": [[0] * 6, [0] * 3]})


def test_a_sweep_is_drawn_with_a_tick_a_weight(tmp_path: Path) -> None:
    plot_sweep(
        tmp_path / "sweep.svg", [0, 0.5, 10], {"IoU F1": [0, 0.4, 0.5], "macro-F1": [0.6, 0.7, 0.6]}, label="alpha"
    )

    drawn = (tmp_path / "sweep.svg").read_text(encoding="utf-8")
    for tick in ("0", "0.5", "10", "IoU F1", "alpha"):
        assert f"<!-- {tick} -->" in drawn


def trade_off(path: Path) -> None:
    plot_trade_off(
        path,
        [0, 0.5, 1],
        {"the doubtful first": [0.6, 0.8, 0.7], "as many by lot": [0.6, 0.65, 0.7]},
        band=([0.5, 0.7, 0.6], [0.7, 0.9, 0.8]),
        levels={"backbone alone": 0.6},
        chosen=(0.4, 0.78),
        label="macro-F1",
    )


def test_a_trade_off_names_all_that_stands_beside_each_other(tmp_path: Path) -> None:
    trade_off(tmp_path / "curve.svg")

    drawn = (tmp_path / "curve.svg").read_text(encoding="utf-8")
    for words in (
        "the doubtful first",
        "as many by lot",
        "backbone alone",
        "95 % interval",
        "chosen",
        "macro-F1 x 100",
    ):
        assert f"<!-- {words}" in drawn


def test_votes_are_drawn_over_their_cost_with_a_name_a_setting_and_a_mark_a_rule(tmp_path: Path) -> None:
    plot_votes(
        tmp_path / "tau.svg",
        [10, 10.5, 200],
        [0.3, 0.31, 0.35],
        band=([0.2, 0.21, 0.25], [0.4, 0.41, 0.45]),
        names=["1", "2", "150"],
        others={"one draw": [(1, 0.28)], "beta": [(20, 0.34), (40, 0.35)]},
        label="average F1",
    )

    drawn = (tmp_path / "tau.svg").read_text(encoding="utf-8")
    for words in ("tau", "95 % interval", "one draw", "beta", "150", "average F1 x 100", "generations a text"):
        assert f"<!-- {words} -->" in drawn
    assert "<!-- 2 -->" not in drawn  # it would hide the 1 beside it


def test_without_matplotlib_a_run_can_know_it_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    check_matplotlib()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"hf_toxspan\[plots\]"):
        check_matplotlib()
