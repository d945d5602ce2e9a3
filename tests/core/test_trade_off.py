"""Promises of the trade-off: mixed sums score as mixed answers do, random routing is what a lot brings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.class_scores import score_classes, tally_classes
from hf_toxspan.core.routing import NOTHING, RATED_ENGLISH, Region
from hf_toxspan.core.tallies import means
from hf_toxspan.core.trade_off import Answers, measure, oracle

TEXTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from("abc"), st.integers(1, 9)), min_size=1
)


def answers_of(texts: list[tuple[str, str, str, float]], gate: Region | None = None) -> Answers:
    """Put gold label, backbone's answer, answer with the judge and confidence of each text together."""
    gold, fast, asked, values = (list(column) for column in zip(*texts, strict=True))
    both = tally_classes(fast + asked, gold + gold)
    half = [{name: column[part] for name, column in both.columns.items()} for part in np.split(np.arange(len(both)), 2)]
    tallies = [type(both)(columns, both.combine) for columns in half]
    return Answers(tallies[0], tallies[1], np.array(values) / 10, fast, gate or Region())


def planted(texts: int, *, told: bool, seed: int = 0) -> Answers:
    """Make a backbone that errs where it doubts (or, if not told, anywhere as often) and a judge right in 9 of 10."""
    draw = np.random.default_rng(seed)
    confidence = draw.uniform(0.5, 1, texts)
    wrong = draw.random(texts) > (confidence if told else confidence.mean())
    gold = draw.integers(2, size=texts)
    asked = np.where(draw.random(texts) < 0.9, gold, 1 - gold)
    names = np.array(["clean", "toxic"])
    fast = names[np.where(wrong, 1 - gold, gold)]
    return answers_of(list(zip(names[gold], fast.tolist(), names[asked], (10 * confidence).tolist(), strict=True)))


@given(TEXTS, st.integers(0, 9))
def test_routed_answers_score_as_the_answers_that_come_out(texts: list[tuple[str, str, str, int]], end: int) -> None:
    answers = answers_of(texts)
    judged = answers.judged(Region(0, end / 10))
    (point,) = measure(answers, [judged], "macro_f1", n_resamples=1)

    out = [asked if value <= end else fast for _, fast, asked, value in texts]
    # classes that only answers which did not come out name count for nothing
    assert point.score.value == pytest.approx(score_classes(out, [text[0] for text in texts]).macro_f1)
    assert point.share == pytest.approx(np.mean([value <= end for *_, value in texts]))


@given(TEXTS)
def test_no_text_judged_is_the_backbone_and_all_judged_the_judge(texts: list[tuple[str, str, str, int]]) -> None:
    answers = answers_of(texts)
    none, all_ = measure(answers, [answers.judged(NOTHING), answers.judged(Region())], "accuracy", n_resamples=1)

    gold, fast, asked, _ = zip(*texts, strict=True)
    assert none.score.value == none.random == pytest.approx(score_classes(fast, gold).accuracy)
    assert all_.score.value == all_.random == pytest.approx(score_classes(asked, gold).accuracy)
    assert (none.share, none.over_random.value, none.over_fast.value, all_.over_random.value) == (0, 0, 0, 0)


@given(TEXTS, st.integers(0, 2**16))
def test_random_routing_has_an_accuracy_linear_in_the_cost(texts: list[tuple[str, str, str, int]], seed: int) -> None:
    judged = np.random.default_rng(seed).random(len(texts)) < 0.5
    (point,) = measure(answers_of(texts), [judged], "accuracy", n_resamples=1)

    gold, fast, asked, _ = zip(*texts, strict=True)
    ends = score_classes(fast, gold).accuracy, score_classes(asked, gold).accuracy
    assert point.random == pytest.approx(ends[0] + judged.mean() * (ends[1] - ends[0]))


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_random_routing_has_the_macro_f1_that_lots_bring_on_average(share: float) -> None:
    answers = planted(400, told=True)
    draw = np.random.default_rng(1)
    lots = [draw.permutation(400) < share * 400 for _ in range(1000)]
    points = measure(answers, lots, "macro_f1", n_resamples=1)

    assert points[0].random == pytest.approx(np.mean([point.score.value for point in points]), abs=1 / 400)


def test_where_doubt_tells_of_errors_the_doubtful_beat_a_lot() -> None:
    (point,) = measure(planted(2000, told=True), [planted(2000, told=True).values < 0.65], "macro_f1")

    assert point.over_random.low > 0.02
    assert point.over_fast.low > point.over_random.low
    assert point.score.low < point.score.value < point.score.high


def test_where_doubt_tells_nothing_the_doubtful_are_a_lot_like_any_other() -> None:
    covered = 0
    for seed in range(40):
        answers = planted(400, told=False, seed=seed)
        (point,) = measure(answers, [answers.values < 0.65], "macro_f1", n_resamples=200)
        covered += point.over_random.low <= 0 <= point.over_random.high
    assert covered >= 34  # of 40, at 95 %


@given(TEXTS, st.integers(0, 9))
def test_no_region_has_a_better_accuracy_than_the_oracle(texts: list[tuple[str, str, str, int]], end: int) -> None:
    answers = answers_of(texts)
    (point,) = measure(answers, [answers.judged(Region(0, end / 10))], "accuracy", n_resamples=1)
    limit = oracle(answers, "accuracy")

    assert point.score.value <= limit.at(point.share) + 1e-9
    assert (np.diff(limit.scores) >= 0).all()
    assert limit.scores[-1] == pytest.approx(np.mean([gold in (fast, asked) for gold, fast, asked, _ in texts]))


def test_the_oracle_of_macro_f1_asks_first_where_it_helps_the_rare_class() -> None:
    common = [("a", "b", "a", 5), *[("a", "a", "a", 5)] * 8]
    limit = oracle(answers_of([*common, ("b", "a", "b", 5)]), "macro_f1")

    helped = score_classes(["b", *["a"] * 8, "b"], ["a"] * 9 + ["b"]).macro_f1
    assert limit.at(0.1) == pytest.approx(helped)
    assert limit.at(0.2) == limit.at(1) == pytest.approx(1)


def test_ten_thousand_texts_are_measured_at_twenty_shares_within_memory() -> None:
    answers = planted(10_000, told=True)
    shares = np.linspace(0, 1, 20)
    points = measure(answers, [answers.values <= 0.5 + share / 2 for share in shares], "accuracy", n_resamples=20)
    assert [point.share for point in points] == pytest.approx(shares, abs=0.02)


def test_what_does_not_belong_together_is_an_error() -> None:
    right, other = means({"accuracy": [1, 0]}), means({"f1": [1, 0]})
    with pytest.raises(ValueError, match="expected the same"):
        Answers(right, other, np.ones(2), ["a", "a"], Region())
    for fast, values, labels in ((means({"accuracy": [1]}), 2, 2), (right, 1, 2), (right, 2, 1)):
        with pytest.raises(ValueError, match="numbers of texts"):
            Answers(fast, right, np.ones(values), ["a"] * labels, Region())
    with pytest.raises(ValueError, match="numbers of texts"):
        Answers(means({"f1": []}), means({"f1": []}), np.ones(0), [], Region())


def test_a_region_of_another_measure_or_temperature_is_an_error() -> None:
    answers = answers_of([("a", "a", "b", 5)])
    for region in (RATED_ENGLISH, Region(temperature=2)):
        with pytest.raises(ValueError, match="measure the texts as the region does"):
            answers.judged(region)


def test_nothing_is_never_judged_even_where_the_measure_is_zero() -> None:
    answers = answers_of([("a", "a", "b", 0)], Region(measure="toxicity"))
    assert not answers.judged(NOTHING).any()


def test_an_unknown_score_lists_the_known_ones() -> None:
    answers = answers_of([("a", "a", "b", 5)])
    for call in (lambda: measure(answers, [], "f2"), lambda: oracle(answers, "f2")):
        with pytest.raises(ValueError, match="'f2'; expected one of accuracy, macro_f1"):
            call()
