"""Promises of a model's card: what is known is in it, what was not measured is called so, values are only text."""

import re
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from hf_toxspan.cards.data_sources import Source
from hf_toxspan.cards.emissions import estimate
from hf_toxspan.cards.model_card import Statement, write_model_card
from hf_toxspan.cards.model_facts import describe
from hf_toxspan.cards.reports import read_report
from hf_toxspan.cards.training_facts import TrainingFacts
from tests.cards.reports import quadruple_report, span_report

CLASSIFIER = {
    "architectures": ["BertForSequenceClassification"],
    "id2label": {"0": "clean", "1": "toxic"},
    "toxic_labels": ["toxic"],
}
KINDS: dict[str, dict[str, Any]] = {
    "span_classifier": CLASSIFIER,
    "rationale_model": {**CLASSIFIER, "model_type": "toxspan-rationale", "fusion": "pooler_rationale"},
    "quadruple_encoder": {"model_type": "toxspan-quadruples", "groups": ["Racism"]},
    "chat_model": {"architectures": ["LlamaForCausalLM"]},
    "adapter": {"peft_type": "LORA", "r": 8, "base_model_name_or_path": "Qwen/Qwen3-8B"},
}
TRAINING = TrainingFacts("GradientConstrainedTrainer", "hf_toxspan 0.1.0", seconds=60.0, versions={"torch": "2.13"})


def header(card: str) -> dict[str, Any]:
    return yaml.safe_load(card.split("---\n")[1])


@pytest.mark.parametrize("judge", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_whole_card(kind: str, judge: bool) -> None:
    card = write_model_card(describe(KINDS[kind]), Statement("mine", "me/mine", judge=judge))

    assert re.findall(r"^## (.*)$", card, flags=re.MULTILINE) == [
        "Use", "The model", "Training", "Scores", "Bias", "Intended use and limits", "Carbon", "Cite",
    ]  # fmt: skip
    assert "\n\n\n" not in card and "{{" not in card and "{%" not in card
    assert card.count("```") % 2 == 0
    assert header(card)["library_name"] == "hf_toxspan"
    assert header(card)["pipeline_tag"] in ("text-classification", "token-classification", "text-generation")
    assert ModelCard(card).data.tags == header(card)["tags"]
    assert "@software{hf_toxspan" in card


def test_what_was_not_measured_has_no_number() -> None:
    card = write_model_card(describe(CLASSIFIER), Statement("mine"))

    assert "model-index" not in header(card) and "co2_eq_emissions" not in header(card)
    assert card.count("Not measured") == 4  # scores, evidence, bias, carbon
    assert "hf-toxspan evaluate --model" in card
    assert "Data: not stated." in card and "No licence is stated" in card
    body = card.split("---\n", 2)[2]
    assert not re.search(r"\d\.\d+ \[", body)


def test_what_is_known_is_told() -> None:
    reports = [read_report(span_report(data=name), where="r", name=name.upper()) for name in ("zh", "vi")]
    statement = Statement(
        "mine",
        "me/mine",
        licence="mit",
        languages=["zh", "vi"],
        base_model="intfloat/e5",
        sources=[Source("cold:t.csv", 5)],
        counts={"train": {"texts": 5}},
        notes="## How it was made\n\n*By hand.*",
        emissions=estimate(60, watts=5, kilograms_per_kwh=1),
        hub_datasets=["me/data"],
    )
    card = write_model_card(describe(CLASSIFIER), statement, training=TRAINING, reports=reports)

    top = header(card)
    assert (top["license"], top["language"], top["base_model"], top["datasets"]) == (
        "mit",
        ["zh", "vi"],
        "intfloat/e5",
        ["me/data"],
    )
    assert [own["dataset"]["name"] for own in top["model-index"][0]["results"]] == ["ZH", "ZH", "VI", "VI"]
    assert top["co2_eq_emissions"]["source"].startswith("an estimate")
    for words in (
        "trained with gradient constraints (ToxiTrace)",
        "## How it was made\n\n*By hand.*",
        "| COLD (cold:t.csv) | Apache-2.0 | Deng et al., EMNLP 2022 | 5 |",
        "Time: 60 s.",
        "| ZH (1,200 texts) | **this model** | 50.0 [10.0, 90.0] |",
        "Better than this model in macro-F1: ZH: lexicon (3 terms); VI: lexicon (3 terms).",
        "| Women | 70.0 | 60.0 | undefined | 30 | 12 |",
        "- **ZH**: What was not measured.",
        "measured by hf\\_toxspan 0.1.0",
        "8.333e-05 kg CO2e (an estimate",
        "torch 2.13",
    ):
        assert words in card, words


def test_quadruples_have_their_scores() -> None:
    card = write_model_card(
        describe(KINDS["quadruple_encoder"]), Statement("q"), reports=[read_report(quadruple_report(), where="q")]
    )
    assert "### Quadruples, rules of ccl25" in card
    assert header(card)["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.25


def test_a_judge_and_an_adapter_say_what_they_are() -> None:
    card = write_model_card(describe(KINDS["adapter"]), Statement("j", "me/j", judge=True, record={"rows": 3}))
    top = header(card)
    assert (top["base_model"], top["base_model_relation"]) == ("Qwen/Qwen3-8B", "adapter")
    assert top["tags"] == ["toxicity-judge", "toxicity", "explainability", "lora", "peft"]
    assert 'merge_adapter(snapshot_download("me/j"), "merged")' in card and "| rows | 3 |" in card


HOSTILE = "</details><script>alert(1)</script>|\n---\nlicense: evil\n# x [a](https://evil.example) {{ 7*7 }}"


def test_hostile_names_are_only_text() -> None:
    config = {
        **CLASSIFIER,
        "id2label": {"0": HOSTILE, "1": "toxic"},
        "architectures": [f"{HOSTILE}ForSequenceClassification"],
    }
    training = TrainingFacts(
        HOSTILE, HOSTILE, arguments={HOSTILE: HOSTILE}, versions={HOSTILE: HOSTILE}, device=HOSTILE
    )
    stored = span_report(data=HOSTILE, model=HOSTILE)
    stored["notes"] = [HOSTILE]
    statement = Statement(HOSTILE, licence=HOSTILE, languages=[HOSTILE], sources=[Source(HOSTILE)], tags=[HOSTILE])

    card = write_model_card(describe(config), statement, training=training, reports=[read_report(stored, where="r")])

    _, top, body = card.split("---\n", 2)
    assert yaml.safe_load(top)["license"] == " ".join(HOSTILE.split())
    assert "<script" not in body and "https://evil" not in body and "49" not in body
    assert not re.search(r"^license: evil", body, flags=re.MULTILINE)
    assert not re.search(r"^# x", body, flags=re.MULTILINE)
    assert body.count("</details>") == body.count("<details>")
