"""What a model in training answers is scored at each evaluation, inside TRL's own loop."""

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig

from hf_toxspan.llm.calls import Message
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.training.answer_trainer import AnswerTrainer
from hf_toxspan.training.generation_callback import GenerationCallback

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")  # TRL asks by the old name
ROWS = [{"input_ids": [5, 6, 7, 8, 9, 10], "completion_mask": [0, 0, 0, 1, 1, 1]}] * 4


def ask(text: str) -> tuple[Message, ...]:
    return (Message(role="user", content=text),)


@pytest.fixture
def trainer(chat_folder: Path, tmp_path: Path) -> AnswerTrainer:
    arguments = SFTConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=2,
        max_steps=2,
        eval_strategy="steps",
        eval_steps=1,
        completion_only_loss=True,
        max_length=None,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
    )
    rows = Dataset.from_list(ROWS)
    return AnswerTrainer(
        AutoModelForCausalLM.from_pretrained(chat_folder),
        arguments,
        train_dataset=rows,
        eval_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(chat_folder),
    )


def test_scores_are_logged_at_each_evaluation_and_stand_in_its_metrics(trainer: AnswerTrainer) -> None:
    seen: list[list[str]] = []

    def score(answers: list[str]) -> dict[str, float]:
        seen.append(answers)
        return {"average_f1": len(seen) / 10}

    trainer.add_callback(GenerationCallback(trainer, [ask("hello"), ask("a b")], score, max_tokens=3))
    trainer.train()
    logged = [entry["eval_average_f1"] for entry in trainer.state.log_history if "eval_average_f1" in entry]
    assert logged == [0.1, 0.2] and [len(answers) for answers in seen] == [2, 2]
    metrics = trainer.evaluate()
    assert metrics["eval_average_f1"] == 0.3 and "eval_loss" in metrics


def test_answers_are_those_of_the_model_in_use(trainer: AnswerTrainer, chat_folder: Path) -> None:
    questions = [ask("hello"), ask("a b c"), ask("world")]
    callback = GenerationCallback(trainer, questions, lambda answers: {}, max_tokens=4, batch_size=2)
    llm = LocalLLM.load(chat_folder)
    from hf_toxspan.llm.calls import Parameters, Request

    expected: list[Any] = llm.complete([Request(question, Parameters(max_tokens=4)) for question in questions])
    trainer.model.train()
    assert callback.answers() == [answer.text for answer in expected]
    assert trainer.model.training


def test_a_question_that_does_not_fit_has_the_empty_answer_and_is_told(
    trainer: AnswerTrainer, caplog: pytest.LogCaptureFixture
) -> None:
    callback = GenerationCallback(trainer, [ask("a " * 600), ask("a")], lambda answers: {}, max_tokens=3)
    long, short = callback.answers()
    assert long == "" and short
    assert "1 of 2 questions were not answered, the first: 616 tokens of prompt" in caplog.text
