"""Promises of the tables: 80 columns, nothing cut off, and sentences that say no more than the numbers do."""

import io
from dataclasses import replace

from rich.console import Console

from hf_toxspan.core.routing import NOTHING, RATED_VIETNAMESE, Region
from hf_toxspan.core.trade_off import Estimate
from hf_toxspan.evaluation.cascade import CascadeReport, Wish, report_cascade
from hf_toxspan.evaluation.cascade_rows import read_cases
from hf_toxspan.evaluation.cascade_tables import describe, to_tables, verdict
from tests.evaluation.judged_rows import drawn, judged

REPORT = report_cascade(read_cases(drawn(200, good=0.8)), Wish(budget=0.3), n_resamples=50)


def printed(report: CascadeReport) -> str:
    stream = io.StringIO()
    Console(file=stream, width=80).print(to_tables(report))
    return stream.getvalue()


def test_all_numbers_fit_into_80_columns() -> None:
    out = printed(REPORT)
    assert "…" not in out and max(map(len, out.splitlines())) <= 80
    for words in ("backbone alone", "judge alone", "region, unseen", "over lot", "oracle", "fitted", "200 texts"):
        assert words in out
    assert f"{100 * REPORT.honest.score.value:.1f}" in out


def test_shares_between_two_points_are_shown_once() -> None:
    few = report_cascade(read_cases(drawn(5, good=0.8)), Wish(budget=0.3), n_resamples=5)
    first = [line.split()[0] for line in printed(few).splitlines() if "<=" in line or "nowhere" in line.split()[1:2]]
    assert len(first) == len(set(first)) == 6


def sentences(value: float, low: float, high: float, *, random_low: float = 0.1) -> str:
    gain = Estimate(value, low, high)
    honest = REPORT.honest._replace(over_fast=gain, over_random=Estimate(0.2, random_low, 0.3))
    return " ".join(verdict(replace(REPORT, honest=honest)))


def test_an_interval_that_holds_zero_is_no_gain() -> None:
    assert sentences(0.02, 0.01, 0.03) == "The judge adds +2.0 (+1.0,+3.0) to the backbone alone."
    assert "don't show that the judge adds anything" in sentences(0.02, -0.01, 0.05)
    assert "makes the answers worse" in sentences(-0.02, -0.03, -0.01)
    assert "better than a lot would" in sentences(0.02, 0.01, 0.03, random_low=-0.1)


def test_a_wish_out_of_reach_and_a_choice_of_nothing_are_said() -> None:
    missed = replace(REPORT, wish=Wish(at_least=0.99), choice=REPORT.choice._replace(reached=False))
    assert "No region reaches macro_f1 99.0" in " ".join(verdict(missed))
    nothing = " ".join(verdict(replace(REPORT, choice=REPORT.choice._replace(region=NOTHING))))
    assert "ask the judge nothing" in nothing and "lot" not in nothing
    enough = report_cascade(read_cases(drawn(30, good=0.8)), Wish(at_least=0.1), n_resamples=5)
    assert " ".join(verdict(enough)) == "The backbone alone reaches macro_f1 10.0 on these texts."


def test_questions_without_an_answer_are_counted() -> None:
    rows = [*drawn(30, good=0.8), judged("normal", {"normal": 0.8, "offensive": 0.1, "hatespeech": 0.1}, None)]
    assert "1 texts were asked about" in printed(report_cascade(read_cases(rows), Wish(budget=0.3), n_resamples=5))


def test_data_without_calibration_say_so() -> None:
    assert "Not calibrated" in printed(replace(REPORT, fit=None))
    given = report_cascade(read_cases(drawn(30, good=0.8)), Wish(budget=0.3), temperature=2.0, n_resamples=5)
    assert "the given temperature 2 is used" in " ".join(printed(given).split())


def test_regions_are_described_in_words() -> None:
    assert describe(Region(0.45, 0.98, "toxicity")) == "toxicity 0.4500 to 0.9800"
    assert describe(RATED_VIETNAMESE) == "clean: confidence at most 0.9800; any other label: confidence at most 0.9000"
    assert describe(Region(by_label={"clean": (0.0, 0.0)})).startswith("clean: nowhere")
