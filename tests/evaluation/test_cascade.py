"""Promises of the report: the curve goes from system to system, a choice is reported as it does on other texts."""

import numpy as np
import pytest

from hf_toxspan.core.calibration import fit_temperature
from hf_toxspan.core.region_choice import by_label, two_sided
from hf_toxspan.core.routing import NOTHING
from hf_toxspan.core.tallies import scores
from hf_toxspan.evaluation.cascade import Wish, fit_calibration, report_cascade
from hf_toxspan.evaluation.cascade_rows import read_cases, tally_cases
from tests.evaluation.judged_rows import TOXIC, drawn, judged

GOOD = read_cases(drawn(400, good=0.8))


def test_the_curve_goes_from_the_backbone_to_the_judge() -> None:
    report = report_cascade(GOOD, Wish(budget=0.3), n_resamples=50)
    backbone, merged, _ = tally_cases(GOOD, toxic_or_not=False)
    first, last = report.curve[0], report.curve[-1]

    assert (first.point.share, last.point.share) == (0, 1)
    assert first.point.score.value == first.scores["macro_f1"] == pytest.approx(scores(backbone)["macro_f1"])
    assert last.scores == pytest.approx(scores(merged))
    assert report.judge_alone is not None and report.judge_alone.value == pytest.approx(scores(merged)["macro_f1"])
    assert (np.diff([own.point.share for own in report.curve]) > 0).all()


def test_a_good_judge_is_worth_its_budget_on_texts_that_did_not_choose_the_region() -> None:
    report = report_cascade(GOOD, Wish(budget=0.3), n_resamples=200)
    assert report.choice.share <= 0.3
    assert report.honest.share == pytest.approx(0.3, abs=0.06)
    assert report.honest.over_random.low > 0 and report.honest.over_fast.low > 0
    assert report.honest.score.value <= report.choice.score + 0.02


def test_a_judge_that_guesses_adds_nothing_honestly() -> None:
    report = report_cascade(read_cases(drawn(400, good=0.0)), Wish("accuracy", budget=1.0), n_resamples=200)
    assert report.choice.score >= report.curve[0].point.score.value  # as it looks
    assert report.honest.over_fast.low <= 0


def test_the_temperature_that_is_fitted_is_used_unless_one_is_given() -> None:
    fit = fit_calibration(GOOD, "confidence")
    table = [[own.probabilities[name] for name in TOXIC] for own in GOOD.backbone]
    assert fit is not None
    assert fit.temperature == fit_temperature(table, [list(TOXIC).index(row["label"]) for row in GOOD.gold])
    assert report_cascade(GOOD, Wish(budget=0.1), n_resamples=5).choice.region.temperature == fit.temperature
    given = report_cascade(GOOD, Wish(budget=0.1), temperature=3.0, n_resamples=5)
    assert given.choice.region.temperature == 3


def test_the_toxicity_is_calibrated_as_a_question_of_toxic_or_not() -> None:
    fit = fit_calibration(GOOD, "toxicity")
    toxicity = np.array([own.toxicity for own in GOOD.backbone])
    gold = [int(row["toxic"]) for row in GOOD.gold]
    assert fit is not None
    assert fit.temperature == fit_temperature(np.column_stack([1 - toxicity, toxicity]), gold)
    region = report_cascade(GOOD, Wish(budget=0.4), measured="toxicity", family=two_sided, n_resamples=5).choice.region
    assert region.measure == "toxicity"


def test_other_labels_than_the_backbones_leave_it_uncalibrated_and_toxic_or_not() -> None:
    rows = [row._replace(gold={**row.gold, "label": "abusive"}) for row in drawn(60, good=0.8)]
    report = report_cascade(read_cases(rows), Wish(budget=0.4), n_resamples=5)
    assert (report.fit, report.classes, report.choice.region.temperature) == (None, "toxic or not", 1)


def test_regions_by_label_name_the_labels_of_the_backbone() -> None:
    region = report_cascade(GOOD, Wish(budget=0.3), family=by_label, n_resamples=5).choice.region
    assert set(region.by_label) == set(TOXIC)


def test_what_is_kept_beside_a_region_says_what_it_was_wanted_for_and_what_it_is_worth() -> None:
    report = report_cascade(GOOD, Wish("accuracy", at_least=0.999), n_resamples=5)
    kept = report.to_dict()
    assert (kept["score"], kept["at_least"], kept["budget"], kept["reached"]) == ("accuracy", 0.999, None, False)
    assert kept["cross_fitted"]["score"]["value"] == report.honest.score.value
    assert kept["statuses"] == {"judged": 400}


def test_a_judge_that_never_differs_is_not_worth_asking() -> None:
    sure = [judged(own, {name: 0.8 if name == own else 0.1 for name in TOXIC}, own) for own in TOXIC]
    report = report_cascade(read_cases(sure * 4), Wish(budget=1.0), n_resamples=5)
    assert report.choice.region == NOTHING
    assert report.honest.share == 0


@pytest.mark.parametrize("wish", [Wish(), Wish(budget=0.1, at_least=0.9)])
def test_one_wish_at_a_time(wish: Wish) -> None:
    with pytest.raises(ValueError, match="expected one of the two"):
        report_cascade(GOOD, wish)
