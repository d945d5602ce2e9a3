"""Systems beside each other: every score with its interval, and what is missing is told."""

from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.views.comparison_plot import Line, lines_of, plot_comparison


def report(**systems: float) -> dict[str, Any]:
    scores = {
        name: {"macro_f1": score, "roc_auc": None, "confidence_intervals": {"macro_f1": [score - 0.1, score + 0.1]}}
        for name, score in systems.items()
    }
    return {"protocols": {"toxic_or_not": {"protocol": "Classes", "systems": scores}}}


def test_a_score_comes_with_the_ends_of_its_interval() -> None:
    assert lines_of({"r": report(mine=0.5)}, "toxic_or_not", "macro_f1") == [Line("mine", 0.5, 0.4, 0.6)]


def test_what_two_reports_share_stands_once_and_what_differs_is_named_apart() -> None:
    lines = lines_of(
        {"a": report(nothing=0.25, model=0.5), "b": report(nothing=0.25, model=0.75)}, "toxic_or_not", "macro_f1"
    )
    assert [(line.system, line.score) for line in lines] == [("nothing", 0.25), ("model", 0.5), ("model (b)", 0.75)]


def test_a_score_without_an_interval_is_a_point() -> None:
    own = report(mine=0.5)
    del own["protocols"]["toxic_or_not"]["systems"]["mine"]["confidence_intervals"]
    assert lines_of({"r": own}, "toxic_or_not", "macro_f1") == [Line("mine", 0.5, None, None)]


@pytest.mark.parametrize(
    ("protocol", "score", "message"),
    [
        ("bias", "macro_f1", "report r has no protocol 'bias'; it has toxic_or_not"),
        ("toxic_or_not", "f9", "no system has a score 'f9' under 'toxic_or_not'; expected one of macro_f1"),
        ("toxic_or_not", "roc_auc", "no system has a score 'roc_auc'"),
    ],
)
def test_what_a_report_lacks_is_told(protocol: str, score: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lines_of({"r": report(mine=0.5)}, protocol, score)


def test_another_json_is_told() -> None:
    with pytest.raises(ValueError, match="none: not a report of hf-toxspan evaluate"):
        lines_of({"r": {"rows": 3}}, "toxic_or_not", "macro_f1")


def test_the_picture_names_every_system_and_score(tmp_path: Path) -> None:
    path = tmp_path / "systems.svg"
    reports = {"a": report(**{"mark everything": 0.25, "$runs$/蠢 <b>": 0.5})}
    plot_comparison(path, reports, [("toxic_or_not", "macro_f1"), ("toxic_or_not", "macro_f1")])
    svg = path.read_text(encoding="utf-8")
    for words in ("mark everything", "50.0", "toxic or not"):
        assert f"<!-- {words}" in svg
    assert "<b>" not in svg.replace("<!-- $runs$/蠢 <b> -->", "")


def test_no_scores_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scores is empty"):
        plot_comparison(tmp_path / "a.svg", {"a": report(mine=0.5)}, [])
