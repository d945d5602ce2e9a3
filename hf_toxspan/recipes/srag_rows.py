"""What SRAG-MAV's training takes: options with presets, the rows, their demonstrations, and the questions they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from datasets import Dataset

from hf_toxspan.core.text import content_of
from hf_toxspan.core.triple_answers import AnswerForm
from hf_toxspan.data.quadruples import Reformulation, reformulate
from hf_toxspan.data.sources import load_all
from hf_toxspan.generation.prompts import Shot, write_prompt
from hf_toxspan.llm.calls import Message
from hf_toxspan.recipes.answer_training import AnswerOptions, words_of
from hf_toxspan.recipes.quadruple_rows import hold_back
from hf_toxspan.retrieval.demonstration_file import Demonstration
from hf_toxspan.retrieval.demonstrations import DEFAULT_MODEL, TRAIN, DemonstrationStore
from hf_toxspan.retrieval.embeddings import SentenceEmbedder


class Preset(NamedTuple):
    """How a model is taught; a field that the options leave open takes its value from here."""

    model: str
    epochs: float
    learning_rate: float
    batch_size: int
    accumulate: int
    rank: int
    max_length: int


PRESETS = {
    "paper": Preset("Qwen/Qwen2.5-7B-Instruct", 2.0, 1e-5, 4, 4, 0, 1024),
    "lora": Preset("Qwen/Qwen2.5-7B-Instruct", 2.0, 1e-4, 4, 4, 16, 1024),
    "small": Preset("HuggingFaceTB/SmolLM2-135M-Instruct", 1.0, 3e-4, 4, 4, 0, 768),
}
"""The authors' training (full fine-tuning on four GPUs: 64 texts a step), the same with adapters, and a model of 135
million weights that two CPU cores can teach (the latter two are ours)."""


@dataclass(kw_only=True)
class SragOptions(AnswerOptions):
    """What the recipe takes; every field is an option of the example and of ``hf-toxspan train srag``."""

    preset: str = field(default="paper", metadata={"help": f"One of {', '.join(PRESETS)}."})
    model: str = field(default="", metadata={"help": "Folder or Hub id of a chat model; the preset's if not set."})
    train: list[str] = field(metadata={"help": "Rows with quadruples, such as 'state_toxicn:train.json'."})
    dev: list[str] = field(
        default_factory=list, metadata={"help": "Rows to evaluate on; training rows like them are left out."}
    )
    hold_back: int = field(
        default=0, metadata={"help": "Without --dev: training rows to hold back instead, drawn by their ids."}
    )
    output: str = field(default="runs/srag", metadata={"help": "Folder for model, demonstrations, held-back rows."})
    form: AnswerForm = field(
        default="triples", metadata={"help": "What is learnt: triples (task reformulation) or quadruples."}
    )
    shots: bool = field(default=True, metadata={"help": "Show the nearest training row in each prompt (SRAG)."})
    embedder: str = field(default=DEFAULT_MODEL, metadata={"help": "Folder or Hub id of the retrieval's encoder."})
    embedder_prompt: str = field(
        default="", metadata={"help": "Put before each text that is embedded, such as 'query: ' for E5."}
    )
    rows: int | None = field(default=None, metadata={"help": "Learn from the first rows only; all if not set."})
    eval_rows: int = field(default=32, metadata={"help": "Evaluation rows that the model answers at each evaluation."})
    eval_steps: int = field(default=0, metadata={"help": "Steps between two evaluations; 0: four in all."})
    epochs: float = field(default=0, metadata={"help": "Epochs; 0: the preset's."})
    learning_rate: float = field(default=0, metadata={"help": "Peak learning rate; 0: the preset's."})
    batch_size: int = field(default=0, metadata={"help": "Texts of a batch; 0: the preset's."})
    accumulate: int = field(default=0, metadata={"help": "Batches of a step; 0: the preset's."})
    rank: int = field(
        default=-1, metadata={"help": "Width of LoRA adapters; 0 trains all weights; -1: the preset's choice."}
    )
    max_length: int = field(default=0, metadata={"help": "Tokens of prompt and answer; 0: the preset's."})

    def __post_init__(self) -> None:
        """Take what is left open from the preset, and quote a value that is out of range."""
        if self.preset not in PRESETS:
            raise ValueError(f"preset is {self.preset!r}; expected one of {', '.join(PRESETS)}")
        if self.form not in ("triples", "quadruples"):
            raise ValueError(f"form is {self.form!r}; expected triples or quadruples")
        if self.dev and self.hold_back:
            raise ValueError(f"hold_back is {self.hold_back} beside dev {self.dev}; pass one of them")
        preset = PRESETS[self.preset]
        self.model = self.model or preset.model
        self.epochs = self.epochs or preset.epochs
        self.learning_rate = self.learning_rate or preset.learning_rate
        self.batch_size = self.batch_size or preset.batch_size
        self.accumulate = self.accumulate or preset.accumulate
        self.max_length = self.max_length or preset.max_length
        self.rank = preset.rank if self.rank < 0 else self.rank


class Rows(NamedTuple):
    """The rows of a run.

    Attributes:
        train: To learn from, and to be shown as demonstrations.
        dev: To evaluate on; none of their texts is in `train`.
        repeated: How many training rows were left out since the dev rows know them.
    """

    train: Dataset
    dev: Dataset
    repeated: int


def load_rows(options: SragOptions) -> Rows:
    """Step 1: read the rows, and keep apart what is evaluated.

    Args:
        options: The options.

    Returns:
        The rows.

    Raises:
        ValueError: If there is nothing to learn from.
    """
    rows = load_all(options.train)
    if options.dev:
        dev = load_all(options.dev)
        known = {content_of(text) for text in dev["text"]}
        train = rows.select([place for place, text in enumerate(rows["text"]) if content_of(text) not in known])
    elif options.hold_back:
        train, dev = hold_back(rows, options.hold_back)
    else:
        train, dev = rows, rows.select([])
    repeated = len(rows) - len(train) - (0 if options.dev else len(dev))
    if not len(train):
        raise ValueError(f"{', '.join(options.train)}: no rows are left to learn from; pass other training data")
    return Rows(train if options.rows is None else train.select(range(min(options.rows, len(train)))), dev, repeated)


class Lessons(NamedTuple):
    """What the model is taught.

    Attributes:
        examples: Dicts with ``id``, ``prompt`` and ``completion``.
        questions: The prompts of the evaluation rows, with the nearest demonstration each.
        reformulation: The answers, and what they lose.
        store: The demonstrations; None where none are shown.
    """

    examples: list[dict[str, Any]]
    questions: list[tuple[Message, ...]]
    reformulation: Reformulation
    store: DemonstrationStore | None


def write_lessons(options: SragOptions, rows: Rows) -> Lessons:
    """Step 2: reformulate the task, retrieve each row's nearest neighbour, and write the prompts.

    Args:
        options: The options.
        rows: The rows.

    Returns:
        Examples and questions. A row without a neighbour has the plain prompt.

    Raises:
        ValueError: If no row teaches anything.
    """
    learnt = reformulate(rows.train, form=options.form)
    if not learnt.answers:
        raise ValueError(
            f"none of {len(rows.train)} training rows has an answer to learn ({words_of(learnt.flawed)}); expected a "
            "column `quads`, as state_toxicn:train.json has it"
        )
    train = [row for row in rows.train.to_list() if row["id"] in learnt.answers]
    store = _store(options, train, learnt.answers) if options.shots else None
    prompts = _prompts([row["text"] for row in train], store, options.form, split=TRAIN)
    questions = _prompts(rows.dev["text"][: options.eval_rows], store, options.form)
    examples = [
        {"id": row["id"], "prompt": list(prompt), "completion": [_said(learnt.answers[row["id"]])]}
        for row, prompt in zip(train, prompts, strict=True)
    ]
    return Lessons(examples, questions, learnt, store)


def _said(answer: str) -> Message:
    return Message(role="assistant", content=answer)


def _store(options: SragOptions, train: Sequence[Mapping[str, Any]], answers: Mapping[str, str]) -> DemonstrationStore:
    shown = [Demonstration(row["id"], row["text"], answers[row["id"]], TRAIN) for row in train]
    prompt = options.embedder_prompt
    embedder = SentenceEmbedder(options.embedder, query_prompt=prompt, prompt=prompt, quiet=False)
    return DemonstrationStore.build(shown, embedder, folder=Path(options.output) / "demonstrations", quiet=False)


def _prompts(
    texts: Sequence[str], store: DemonstrationStore | None, form: AnswerForm, *, split: str | None = None
) -> list[tuple[Message, ...]]:
    nearest = [[] for _ in texts] if store is None else store.neighbours(texts, 1, split=split)
    shots = [Shot(found[0].demonstration.text, found[0].demonstration.answer) if found else None for found in nearest]
    return [write_prompt(text, shot, form=form) for text, shot in zip(texts, shots, strict=True)]
