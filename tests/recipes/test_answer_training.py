"""What recipes share that teach a chat model answers: tokens, trainer, the saved model."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from hf_toxspan.llm.calls import Message
from hf_toxspan.llm.chat_tokens import chat_ids
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.recipes.answer_training import (
    AnswerOptions,
    Evaluation,
    build_trainer,
    encode_examples,
    save_model,
    words_of,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")  # TRL asks by the old name


def example(name: str, question: str, answer: str) -> dict[str, Any]:
    return {
        "id": name,
        "prompt": [Message(role="user", content=question)],
        "completion": [Message(role="assistant", content=answer)],
    }


EXAMPLES = [example(str(number), f"you {'so ' * number}kind", "hello world") for number in range(6)]


@pytest.fixture
def tokenizer(chat_folder: Path) -> PreTrainedTokenizerBase:
    loaded: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(chat_folder)
    return loaded


def test_questions_are_written_as_in_use_and_only_answers_are_marked(tokenizer: PreTrainedTokenizerBase) -> None:
    encoded = encode_examples(EXAMPLES, tokenizer, max_length=99)
    assert encoded.too_long == [] and len(encoded.rows) == 6
    for row, own in zip(encoded.rows, EXAMPLES, strict=True):
        asked = chat_ids(tokenizer, own["prompt"], {})
        assert row["input_ids"][: len(asked)] == asked
        assert row["completion_mask"] == [0] * len(asked) + [1] * (len(row["input_ids"]) - len(asked))
        learnt = tokenizer.decode(row["input_ids"][len(asked) :])
        assert learnt.replace(" ", "") == "helloworld[SEP]"  # the end that the template gives it is learnt too


def test_what_is_too_long_is_left_out_by_its_id(tokenizer: PreTrainedTokenizerBase) -> None:
    lengths = [len(row["input_ids"]) for row in encode_examples(EXAMPLES, tokenizer, max_length=99).rows]
    encoded = encode_examples(EXAMPLES, tokenizer, max_length=lengths[3])
    assert encoded.too_long == ["4", "5"] and len(encoded.rows) == 4
    with pytest.raises(ValueError, match="none of 6 examples has at most max_length 2 tokens"):
        encode_examples(EXAMPLES, tokenizer, max_length=2)


def test_a_template_that_rewrites_the_question_is_refused(tokenizer: PreTrainedTokenizerBase) -> None:
    tokenizer.chat_template = "{{ messages | length }} {% for m in messages %}{{ m.content }} {% endfor %}"
    with pytest.raises(ValueError, match="writes the question of row '0' otherwise once it is answered"):
        encode_examples(EXAMPLES, tokenizer, max_length=99)


@pytest.mark.parametrize("rank", [0, 2])
def test_all_weights_or_adapters_end_as_a_model_that_answers(
    rank: int, chat_folder: Path, tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    options = AnswerOptions(rank=rank, batch_size=2, learning_rate=1e-2, save_steps=99, steps=3)
    rows = encode_examples(EXAMPLES, tokenizer, max_length=99).rows
    trainer = build_trainer(options, rows, tokenizer, model=str(chat_folder), output=str(tmp_path))
    learnt = {name for name, weights in trainer.model.named_parameters() if weights.requires_grad}
    assert all("lora" in name for name in learnt) == (rank > 0)
    trainer.train()
    assert save_model(options, trainer, tmp_path)
    assert (tmp_path / "adapter").is_dir() == (rank > 0)
    assert LocalLLM.load(tmp_path / "merged").network.config.vocab_size > 0


def test_evaluation_measures_the_loss_of_its_rows(
    chat_folder: Path, tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    options = AnswerOptions(rank=0, batch_size=2, steps=2, save_steps=99)
    rows = encode_examples(EXAMPLES, tokenizer, max_length=99).rows
    trainer = build_trainer(
        options, rows, tokenizer, model=str(chat_folder), output=str(tmp_path), evaluation=Evaluation(rows, 1)
    )
    trainer.train()
    assert sum("eval_loss" in entry for entry in trainer.state.log_history) == 2


def test_what_was_left_out_is_said_in_words() -> None:
    assert words_of({"too long": 3, "repeated": ["a"], "unwritable": []}) == "3 too long, 1 repeated"
    assert words_of({}) == "nothing"
