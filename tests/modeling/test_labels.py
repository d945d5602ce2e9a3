"""Promises of `hf_toxspan.modeling.labels`."""

import math
from typing import Any

import pytest
import torch
from transformers import BertConfig

from hf_toxspan.modeling.labels import ToxicLabels, UnknownToxicLabelsError, read_toxic_labels

TOXIC_BERT = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
HATEXPLAIN = ["hate speech", "normal", "offensive"]


def config(names: list[str], **settings: Any) -> BertConfig:
    return BertConfig(id2label=dict(enumerate(names)), **settings)


@pytest.mark.parametrize(
    ("names", "toxic"),
    [
        (["non-toxic", "toxic"], (1,)),
        (["neutral", "toxic"], (1,)),
        (["toxic", "non_toxic"], (0,)),
        (["NON_HATE", "HATE"], (1,)),
        (["not offensive", "offensive"], (1,)),
        (HATEXPLAIN, (0, 2)),
    ],
)
def test_names_of_published_checkpoints_are_known(names: list[str], toxic: tuple[int, ...]) -> None:
    assert read_toxic_labels(config(names)) == ToxicLabels(tuple(names), toxic)


def test_the_six_names_of_toxic_bert_are_independent_and_all_toxic() -> None:
    labels = read_toxic_labels(config(TOXIC_BERT, problem_type="multi_label_classification"))

    assert labels == ToxicLabels(tuple(TOXIC_BERT), (0, 1, 2, 3, 4, 5), multi_label=True)
    assert (labels.clean, labels.clean_name) == ((), "non-toxic")


def test_the_config_wins_over_the_names_and_the_argument_over_the_config() -> None:
    stated = config(HATEXPLAIN)
    stated.toxic_labels = ["hate speech"]

    assert read_toxic_labels(stated).toxic == (0,)
    assert read_toxic_labels(stated, ["offensive"]).toxic == (2,)
    assert read_toxic_labels(stated, iter(["offensive"])).toxic == (2,)


def test_toxic_labels_survive_saving(tmp_path: Any) -> None:
    stated = config(["LABEL_0", "LABEL_1"])
    stated.toxic_labels = ["LABEL_1"]
    stated.save_pretrained(tmp_path)

    assert read_toxic_labels(BertConfig.from_pretrained(tmp_path)).toxic == (1,)


@pytest.mark.parametrize(
    ("names", "settings"),
    [
        (["LABEL_0", "LABEL_1"], {}),
        (["toxic", "positive"], {}),
        (["clean", "normal"], {}),
        (["toxic", "hate"], {}),
        (["toxic"], {}),
        (["clean", "safe"], {"problem_type": "multi_label_classification"}),
    ],
)
def test_names_that_do_not_tell_are_listed(names: list[str], settings: dict[str, str]) -> None:
    with pytest.raises(UnknownToxicLabelsError) as told:
        read_toxic_labels(config(names, **settings))

    assert str(names) in str(told.value)
    assert "pass toxic_labels=[...]" in str(told.value)


@pytest.mark.parametrize("stated", [["rude"], ["toxic", "rude"], [], ["clean", "toxic"], "toxic"])
def test_stated_names_must_be_some_but_not_all_of_the_labels(stated: Any) -> None:
    with pytest.raises(UnknownToxicLabelsError, match=r"expected some, not all, of .*\['clean', 'toxic'\]"):
        read_toxic_labels(config(["clean", "toxic"]), stated)


def test_the_margin_of_two_labels_is_the_difference_of_their_logits() -> None:
    assert ToxicLabels(("clean", "toxic"), (1,)).margin(torch.tensor([[1.0, 3.0], [0.5, -1.0]])).tolist() == [2.0, -1.5]


def test_the_margin_of_three_labels_is_the_log_odds_of_the_toxic_ones() -> None:
    logits = torch.tensor([[0.3, 0.4, 0.3]]).log() + 5  # a shift of all logits changes nothing
    labels = ToxicLabels(tuple(HATEXPLAIN), (0, 2))

    assert labels.margin(logits).item() == pytest.approx(math.log(0.6 / 0.4), abs=1e-6)
    assert labels.margin(logits).sigmoid().item() == pytest.approx(0.6, abs=1e-6)


def test_the_margin_of_a_multi_label_model_is_its_largest_toxic_logit() -> None:
    labels = ToxicLabels(("toxic", "threat", "praise"), (0, 1), multi_label=True)

    assert labels.margin(torch.tensor([[-1.0, 2.0, 9.0]])).tolist() == [2.0]


def test_the_label_is_the_likeliest_even_where_the_toxic_ones_together_outweigh_it() -> None:
    logits = torch.tensor([[0.3, 0.4, 0.3], [0.1, 0.1, 0.8]]).log()

    decided = ToxicLabels(tuple(HATEXPLAIN), (0, 2)).decide(logits)

    assert [(label, toxic) for label, _, toxic in decided] == [("normal", False), ("offensive", True)]
    assert [score for _, score, _ in decided] == pytest.approx([0.4, 0.8])


def test_a_multi_label_model_is_toxic_from_one_half_on() -> None:
    labels = ToxicLabels(tuple(TOXIC_BERT), (0, 1, 2, 3, 4, 5), multi_label=True)
    quiet = [-5.0] * 5

    decided = labels.decide(torch.tensor([[*quiet, 0.0], [math.log(3), *quiet], [*quiet, math.log(1 / 3)]]))

    assert [(label, toxic) for label, _, toxic in decided] == [
        ("identity_hate", True),
        ("toxic", True),
        ("non-toxic", False),
    ]
    assert [score for _, score, _ in decided] == pytest.approx([0.5, 0.75, 0.75])


def test_no_texts_have_no_labels() -> None:
    assert ToxicLabels(("clean", "toxic"), (1,)).decide(torch.empty(0, 2)) == []


@pytest.mark.parametrize(
    "labels",
    [
        ToxicLabels(tuple(HATEXPLAIN), (0, 2)),
        ToxicLabels(("toxic", "threat", "obscene"), (0, 1, 2), multi_label=True),
        ToxicLabels(("toxic", "neutral", "threat"), (0, 2), multi_label=True),
    ],
)
def test_the_decided_label_is_as_probable_as_the_decision_says(labels: ToxicLabels) -> None:
    logits = 3 * torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    decided = labels.decide(logits)

    found = labels.probability(logits, [label for label, _, _ in decided])

    assert found.tolist() == pytest.approx([score for _, score, _ in decided])
    assert {label for label, _, _ in decided} >= {labels.names[0], labels.clean_name}


def test_a_label_that_was_decided_before_is_followed_after_it_lost() -> None:
    logits = torch.tensor([[0.5, 0.2, 0.3], [0.5, 0.2, 0.3]]).log()
    labels = ToxicLabels(("toxic", "neutral", "threat"), (0, 2), multi_label=True)

    exclusive = ToxicLabels(tuple(HATEXPLAIN), (0, 2)).probability(logits, ["offensive", "normal"])
    independent = labels.probability(logits, ["threat", "neutral"])

    assert exclusive.tolist() == pytest.approx([0.3, 0.2])
    assert independent.tolist() == pytest.approx([0.3 / 1.3, 1 - 0.5 / 1.5])
    assert labels.probability(torch.empty(0, 3), []).tolist() == []


def test_every_label_that_a_text_may_get_has_a_kind() -> None:
    assert ToxicLabels(("ok", "rude"), (1,)).kinds == {"ok": False, "rude": True}
    assert ToxicLabels(("insult", "threat"), (0, 1), multi_label=True).kinds == {
        "insult": True,
        "threat": True,
        "non-toxic": False,
    }
