"""Promises of `compute_metrics`: during training the same numbers as after it, and no network."""

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertForTokenClassification,
    DataCollatorForSeq2Seq,
    DataCollatorForTokenClassification,
    EvalPrediction,
    PreTrainedTokenizerFast,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    Trainer,
    TrainingArguments,
)

from hf_toxspan.core.alignment import IGNORED
from hf_toxspan.core.plausibility import tally_plausibility
from hf_toxspan.core.tallies import scores
from hf_toxspan.training.compute_metrics import classification_metrics, quadruple_metrics, rationale_metrics

LOGITS = np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]])
QUADRUPLE = "you | a fool | others | hate [END]"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("wrap", [lambda side: side, lambda side: (side, np.zeros((3, 7)))])
def test_classes_are_scored_from_logits_alone_or_first_of_a_tuple(wrap: Any) -> None:
    """Predicted 0, 1, 0 for gold 0, 1, 1: F1 is 2/3 for either class."""
    prediction = EvalPrediction(predictions=wrap(LOGITS), label_ids=wrap(np.array([0, 1, 1])))

    assert classification_metrics(prediction) == pytest.approx({"accuracy": 2 / 3, "macro_f1": 2 / 3})


def test_tokens_are_scored_as_their_runs_without_the_ignored_ones() -> None:
    """Kept tokens: B I O | O, predicted I I O | O: one run of two tokens on either side."""
    tags = np.array([[IGNORED, 1, 2, IGNORED, 0], [IGNORED, 0, IGNORED, IGNORED, IGNORED]])
    said = np.array([[1, 2, 2, 0, 0], [0, 0, 1, 1, 1]])
    metrics = rationale_metrics(EvalPrediction(predictions=10.0 * np.eye(3)[said], label_ids=tags))

    expected = scores(tally_plausibility([[(0, 2)], []], [[(0, 2)], []], [3, 1], scores=[[1, 1, 0], [0]]))
    assert metrics == pytest.approx({name: value for name, value in expected.items() if np.isfinite(value)}, abs=1e-3)
    assert metrics["token_f1"] == metrics["iou_f1"] == 1


def test_scores_of_no_text_are_left_out() -> None:
    empty = EvalPrediction(predictions=np.zeros((0, 4, 3)), label_ids=np.zeros((0, 4)))

    assert "auprc" not in rationale_metrics(empty)
    assert rationale_metrics(empty)["token_f1"] == 0


def test_generated_ids_are_scored_as_text(tiny_tokenizer: PreTrainedTokenizerFast) -> None:
    """[SEP] parts quadruples here, though it is a special token of this tokenizer; padding of any kind goes."""
    pieces = "you | fool | so | hate [SEP] he | ugly | so | hate"
    ids = tiny_tokenizer(pieces, add_special_tokens=False)["input_ids"]
    labels = np.array([[tiny_tokenizer.cls_token_id, *ids, IGNORED, IGNORED]])
    answers = np.array([[*ids[: ids.index(tiny_tokenizer.sep_token_id)], tiny_tokenizer.pad_token_id]])
    metrics = quadruple_metrics(tiny_tokenizer)(EvalPrediction(predictions=answers, label_ids=labels))

    assert (metrics["hard_precision"], metrics["hard_recall"]) == (1, 0.5)


def test_unknown_tokens_equal_nothing(tiny_tokenizer: PreTrainedTokenizerFast) -> None:
    labels = np.array([tiny_tokenizer("you | \U0001f600 | so | hate", add_special_tokens=False)["input_ids"]])
    answers = np.array([tiny_tokenizer("you | \U0001f601 | so | hate", add_special_tokens=False)["input_ids"]])

    assert tiny_tokenizer.unk_token_id in labels[0]
    assert quadruple_metrics(tiny_tokenizer)(EvalPrediction(answers, labels))["hard_f1"] == 0


@pytest.mark.parametrize(
    ("metric", "logits", "message"),
    [
        (classification_metrics, np.array([[0.1, 0.2], [np.nan, 0.1]]), "the logits of text 1 hold a nan"),
        (classification_metrics, np.zeros((2, 1)), r"shape \(2, 1\); expected \(texts, labels\) with two labels"),
        (classification_metrics, np.zeros((2, 3, 2)), r"shape \(2, 3, 2\); expected \(texts, labels\)"),
        (rationale_metrics, np.full((2, 3, 2), np.nan), "the logits of text 0 hold a nan"),
        (rationale_metrics, np.zeros((2, 3)), r"shape \(2, 3\); expected \(texts, tokens, classes\)"),
    ],
)
def test_logits_that_say_nothing_are_an_error(metric: Any, logits: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metric(EvalPrediction(logits, np.zeros(logits.shape[:-1], dtype=int)))


def test_logits_are_no_quadruples(tiny_tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ValueError, match=r"expected token ids .*predict_with_generate=True"):
        quadruple_metrics(tiny_tokenizer)(EvalPrediction(np.zeros((1, 2, 3)), np.zeros((1, 2), dtype=int)))


def test_infinite_logits_of_half_precision_rank_first() -> None:
    logits = np.array([[[0, np.inf], [0, 1], [0, -1]]], dtype=np.float16)

    assert rationale_metrics(EvalPrediction(logits, np.array([[1, 0, 0]])))["average_precision"] == 1


def test_a_trainer_logs_the_scores_of_a_tagger(
    tiny_tokenizer: PreTrainedTokenizerFast, tmp_path: Path, no_network: None
) -> None:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tiny_tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=3,
    )
    rows = [
        {**tiny_tokenizer("you stupid fool"), "labels": [IGNORED, 0, 1, 2, IGNORED]},
        {**tiny_tokenizer("hello world"), "labels": [IGNORED, 0, 0, IGNORED]},
    ]
    trainer = Trainer(
        BertForTokenClassification(config),
        TrainingArguments(str(tmp_path), report_to="none", use_cpu=True, disable_tqdm=True),
        eval_dataset=rows,
        data_collator=DataCollatorForTokenClassification(tiny_tokenizer),
        compute_metrics=rationale_metrics,
    )

    logged = trainer.evaluate()

    assert 0 <= logged["eval_token_f1"] <= 1
    assert 0 < logged["eval_auprc"] <= 1


def test_a_trainer_logs_the_scores_of_generated_quadruples(
    tiny_tokenizer: PreTrainedTokenizerFast, tmp_path: Path, no_network: None
) -> None:
    torch.manual_seed(0)
    config = BartConfig(
        vocab_size=len(tiny_tokenizer),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        bos_token_id=tiny_tokenizer.cls_token_id,
        eos_token_id=tiny_tokenizer.sep_token_id,
        pad_token_id=tiny_tokenizer.pad_token_id,
        decoder_start_token_id=tiny_tokenizer.cls_token_id,
        forced_eos_token_id=None,
    )
    encoded = tiny_tokenizer("you fool", return_token_type_ids=False)
    rows = [{**encoded, "labels": tiny_tokenizer(QUADRUPLE)["input_ids"]}]
    model = BartForConditionalGeneration(config)
    trainer = Seq2SeqTrainer(
        model,
        Seq2SeqTrainingArguments(
            str(tmp_path),
            predict_with_generate=True,
            generation_max_length=16,
            report_to="none",
            use_cpu=True,
            disable_tqdm=True,
        ),
        eval_dataset=rows,
        data_collator=DataCollatorForSeq2Seq(tiny_tokenizer, model),
        compute_metrics=quadruple_metrics(tiny_tokenizer),
    )

    assert trainer.evaluate()["eval_average_f1"] == 0  # an untrained model generates no quadruple
