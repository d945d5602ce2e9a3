"""Two verdicts become one answer by stated rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.core.spans import Span
from hf_toxspan.core.verdicts import PUBLISHED, MergeRules, Verdict, merge_verdicts

LABELS = {"hatespeech": True, "normal": False, "offensive": True}
OWN = {"hatespeech": 0.5, "normal": 0.3, "offensive": 0.2}
BACKBONE = Verdict(True, "hatespeech", 0.7, OWN, (Span(0, 4),))


def test_the_judge_decides_and_gives_its_probability_where_it_has_one() -> None:
    sure = {"hatespeech": 0.1, "normal": 0.8, "offensive": 0.1}
    assert merge_verdicts(BACKBONE, Verdict(False, "normal", 0.2, sure), LABELS)[:3] == ("normal", 0.8, False)
    assert merge_verdicts(BACKBONE, Verdict(True, "offensive"), LABELS)[:3] == ("offensive", 0.2, True)


def test_a_judge_that_knows_only_toxic_or_not_leaves_the_label_to_the_backbone() -> None:
    assert merge_verdicts(BACKBONE, Verdict(True), LABELS)[:2] == ("hatespeech", 0.5)
    assert merge_verdicts(BACKBONE, Verdict(False), LABELS)[:2] == ("normal", 0.3)
    label, score, *_ = merge_verdicts(BACKBONE, Verdict(True, "toxic", 0.9, {"toxic": 0.9, "clean": 0.1}), LABELS)
    assert (label, score) == ("hatespeech", pytest.approx(0.9 * 0.5 / 0.7))


def test_a_pool_weighs_both() -> None:
    theirs = {"hatespeech": 0.2, "normal": 0.7, "offensive": 0.1}
    judge = Verdict(False, "normal", 0.3, theirs)
    label, score, *_ = merge_verdicts(BACKBONE, judge, LABELS, MergeRules(judge_weight=0.5))
    roots = {name: (OWN[name] * theirs[name]) ** 0.5 for name in LABELS}
    assert (label, score) == ("normal", pytest.approx(roots["normal"] / sum(roots.values())))
    assert merge_verdicts(BACKBONE, judge, LABELS, MergeRules(judge_weight=0.1)).label == "hatespeech"


def test_the_published_safeguards_keep_a_sure_toxic_label() -> None:
    def merged(toxicity: float, label: str, own: float, judge: Verdict) -> tuple[str, bool]:
        rest = {name: 0.0 for name in LABELS}
        backbone = Verdict(True, label, toxicity, {**rest, label: own})
        answer = merge_verdicts(backbone, judge, LABELS, PUBLISHED)
        return answer.label, answer.kept

    assert merged(0.85, "offensive", 0.6, Verdict(False)) == ("offensive", True)
    assert merged(0.84, "offensive", 0.6, Verdict(False)) == ("normal", False)
    assert merged(0.85, "offensive", 0.6, Verdict(True, "hatespeech")) == ("hatespeech", False)
    assert merged(0.71, "hatespeech", 0.70, Verdict(True, "offensive")) == ("hatespeech", True)
    assert merged(0.71, "hatespeech", 0.69, Verdict(False)) == ("normal", False)


def test_no_safeguard_keeps_a_clean_label() -> None:
    clean = Verdict(False, "normal", 0.1, {"hatespeech": 0.05, "normal": 0.9, "offensive": 0.05})
    assert merge_verdicts(clean, Verdict(True, "offensive"), LABELS, PUBLISHED)[:2] == ("offensive", 0.05)


def test_evidence_is_the_union_and_says_who_found_it() -> None:
    judge = Verdict(True, "hatespeech", spans=(Span(3, 6), Span(8, 9)))
    assert merge_verdicts(BACKBONE, judge, LABELS).spans == [(Span(0, 6), "both"), (Span(8, 9), "judge")]
    assert merge_verdicts(BACKBONE, Verdict(True), LABELS).spans == [(Span(0, 4), "backbone")]
    alone = MergeRules(spans="judge")
    assert merge_verdicts(BACKBONE, judge, LABELS, alone).spans == [(Span(3, 6), "judge"), (Span(8, 9), "judge")]
    assert merge_verdicts(BACKBONE, Verdict(True), LABELS, alone).spans == [(Span(0, 4), "backbone")]


def test_a_backbone_without_probabilities_has_its_toxicity() -> None:
    assert merge_verdicts(Verdict(True, "toxic", 0.8), Verdict(False), {"clean": False, "toxic": True})[:2] == (
        "clean",
        pytest.approx(0.2),
    )


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"judge_weight": 1.2}, "judge_weight is 1.2"),
        ({"keep_toxic": float("nan")}, "keep_toxic is nan"),
        ({"keep_labels": {"hate": -1}}, r"keep_labels\['hate'\] is -1"),
        ({"spans": "none"}, "spans is 'none'"),
    ],
)
def test_rules_that_say_nothing_are_refused(rules: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MergeRules(**rules)  # type: ignore[arg-type]


SHARE = st.floats(0, 1)


@given(SHARE, SHARE, SHARE, st.booleans(), st.sampled_from([None, *LABELS]))
def test_any_two_verdicts_make_a_known_label_with_a_probability(
    toxicity: float, theirs: float, weight: float, toxic: bool, label: str | None
) -> None:
    own = {"hatespeech": toxicity / 2, "normal": 1 - toxicity, "offensive": toxicity / 2}
    judge = Verdict(LABELS[label] if label else toxic, label, theirs)
    merged = merge_verdicts(Verdict(toxicity > 0.5, "normal", toxicity, own), judge, LABELS, MergeRules(weight))
    assert merged.label in LABELS and 0 <= merged.score <= 1 + 1e-9
    assert merged.toxic == LABELS[merged.label]
    if weight == 1:
        assert merged.toxic == judge.toxic
