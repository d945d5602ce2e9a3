"""SRAG-MAV's language model from files to a checkpoint: task reformulation, self-retrieval, fine-tuning.

The authors train with LLaMA-Factory's empty template and infer with Qwen's chat template; here one template writes
both. Source: SRAG-MAV (CCL25-Eval task 10), code/train.sh and to_rag_train_data.py.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from datasets import Dataset
from transformers import AutoTokenizer, GenerationConfig, PreTrainedTokenizerBase

from hf_toxspan.core.quadruple_scores import tally_quadruples
from hf_toxspan.core.quadruples import format_quadruples
from hf_toxspan.core.tallies import scores
from hf_toxspan.core.triple_answers import AnswerForm, read_answer
from hf_toxspan.data.files import write_rows
from hf_toxspan.data.quadruples import gold_quadruples, gold_string, write_answer
from hf_toxspan.recipes import answer_training
from hf_toxspan.recipes.answer_training import FREE, Evaluation, encode_examples
from hf_toxspan.recipes.run_folder import check_folder, write_json
from hf_toxspan.recipes.srag_rows import Lessons, Rows, SragOptions, load_rows, write_lessons

EVALUATIONS = 4
"""In a run, where nothing else is asked for."""

HELD = "held_back.jsonl"
RECORD = "srag.json"


class Encoded(NamedTuple):
    """What the trainer is given.

    Attributes:
        train: Encoded examples.
        dev: Encoded evaluation rows; None where there are none.
        too_long: Ids of examples that were left out.
        repeated: Training rows that were left out since the evaluation rows say the same.
    """

    train: Dataset
    dev: Dataset | None
    too_long: list[str]
    repeated: int


def prepare(options: SragOptions) -> tuple[Rows, Lessons]:
    """Steps 1 and 2: rows and lessons, once the folder is checked.

    Args:
        options: The options.

    Returns:
        The rows and what they teach; evaluation rows are written beside the model, where ``hf-toxspan quads`` finds
        them.

    Raises:
        ValueError: If the output folder holds a model that learnt with other options, or the data are wrong.
    """
    output = Path(options.output)
    rows = load_rows(options)  # first: a slip in a file's name is no reason to refuse the folder later
    check_folder(options, output, free=FREE | {"eval_rows", "eval_steps"})
    if len(rows.dev):
        write_rows(rows.dev.to_list(), output / HELD)
    return rows, write_lessons(options, rows)


def encode(options: SragOptions, rows: Rows, lessons: Lessons, tokenizer: PreTrainedTokenizerBase) -> Encoded:
    """Step 3: token ids as the chat template writes them; what is too long is left out, never cut.

    Args:
        options: The options.
        rows: The rows.
        lessons: What they teach.
        tokenizer: The model's tokenizer.

    Returns:
        Encoded examples.
    """
    train = encode_examples(lessons.examples, tokenizer, max_length=options.max_length)
    asked = zip(rows.dev.select(range(len(lessons.questions))).to_list(), lessons.questions, strict=True)
    answered = [example for row, question in asked if (example := _example(row, question, options))]
    dev = encode_examples(answered, tokenizer, max_length=options.max_length).rows if answered else None
    return Encoded(train.rows, dev, train.too_long, rows.repeated)


def _example(row: Mapping[str, Any], question: Any, options: SragOptions) -> dict[str, Any] | None:
    """Return an evaluation row with its gold answer; None where that can't be written."""
    try:
        answer = write_answer(gold_quadruples(row), form=options.form)
    except ValueError:
        return None
    return {
        "id": row["id"],
        "prompt": list(question),
        "completion": [{"role": "assistant", "content": answer}],
    }


def build_trainer(
    options: SragOptions, rows: Rows, lessons: Lessons, encoded: Encoded, tokenizer: PreTrainedTokenizerBase
) -> Any:
    """Step 4: TRL's trainer, which answers evaluation rows at each evaluation and logs hard, soft and average F1.

    Args:
        options: The options.
        rows: The rows.
        lessons: What they teach.
        encoded: The same as token ids.
        tokenizer: The tokenizer.

    Returns:
        A trainer, ready for ``train()``.
    """
    evaluation = (
        None if encoded.dev is None else Evaluation(encoded.dev, options.eval_steps or _quarter(options, encoded))
    )
    trainer = answer_training.build_trainer(
        options, encoded.train, tokenizer, model=options.model, output=options.output, evaluation=evaluation
    )
    if evaluation is not None:
        from hf_toxspan.training.generation_callback import GenerationCallback

        gold = [gold_string(row) for row in rows.dev.select(range(len(lessons.questions))).to_list()]
        score = Scorer(gold, options.form)
        trainer.add_callback(GenerationCallback(trainer, lessons.questions, score))
    return trainer


def _quarter(options: SragOptions, encoded: Encoded) -> int:
    batches = -(-len(encoded.train) // (options.batch_size * options.accumulate))
    steps = options.steps if options.steps > 0 else round(batches * options.epochs)
    return max(1, steps // EVALUATIONS)


class Scorer:
    """Scores raw answers as quadruples.

    Args:
        references: Gold strings.
        form: What the answers are made of.
    """

    def __init__(self, references: list[str], form: AnswerForm) -> None:
        self.references, self.form = references, form

    def __call__(self, answers: list[str]) -> dict[str, float]:
        """Return hard, soft and average F1 (CCL25's rules), and the share of answers that can be read."""
        read = [read_answer(answer, form=self.form) for answer in answers]
        predictions = ["[END]" if rows is None else format_quadruples(rows) for rows in read]
        found = scores(tally_quadruples(predictions, self.references))
        legible = sum(rows is not None for rows in read) / max(len(read), 1)
        return {**{name: found[name] for name in ("hard_f1", "soft_f1", "average_f1")}, "legible": legible}


@dataclass(frozen=True)
class Taught:
    """What a model was taught.

    Attributes:
        rows: Examples.
        quadruples: Quadruples of the training rows.
        lost: Those among them that their triples do not give back.
        left_out: Rows that teach nothing, counted by reason.
    """

    rows: int
    quadruples: int
    lost: int
    left_out: dict[str, int]

    def to_tables(self) -> str:
        """Say it in words."""
        return (
            f"learnt from {self.rows:,} rows with {self.quadruples:,} quadruples ({self.lost:,} of which a triple does "
            f"not give back); left out: {answer_training.words_of(self.left_out)}"
        )


def save(options: SragOptions, trainer: Any, lessons: Lessons, encoded: Encoded) -> None:
    """Step 5: save the model, and what it learnt from.

    Args:
        options: The options.
        trainer: The trainer after training.
        lessons: What was taught.
        encoded: The same as token ids.
    """
    if answer_training.save_model(options, trainer, options.output):
        if options.merge or not options.rank:
            _let_sample(Path(options.output) / "merged")
        taught = {"form": options.form, "shots": options.shots, **asdict(summary(lessons, encoded))}
        write_json(Path(options.output) / RECORD, taught)


def _let_sample(folder: Path) -> None:
    """Have a model sample where it is asked to: `transformers serve` else answers greedily at any temperature."""
    config = GenerationConfig.from_pretrained(folder)
    config.do_sample = True
    config.save_pretrained(folder)


def summary(lessons: Lessons, encoded: Encoded) -> Taught:
    """Return what was learnt, lost and left out.

    Args:
        lessons: What was taught.
        encoded: The same as token ids.

    Returns:
        The counts.
    """
    made = lessons.reformulation
    flawed: dict[str, int] = {flaw: len(ids) for flaw, ids in made.flawed.items()}
    left_out = {"in the evaluation rows": encoded.repeated, **flawed, "too long": len(encoded.too_long)}
    return Taught(len(encoded.train), made.quadruples, len(made.lost), left_out)


def run(options: SragOptions) -> Taught:
    """Run all steps.

    Args:
        options: The options.

    Returns:
        What was learnt, lost and left out.
    """
    rows, lessons = prepare(options)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    encoded = encode(options, rows, lessons, tokenizer)
    trainer = build_trainer(options, rows, lessons, encoded, tokenizer)
    trainer.train(resume_from_checkpoint=options.resume)
    save(options, trainer, lessons, encoded)
    return summary(lessons, encoded)
