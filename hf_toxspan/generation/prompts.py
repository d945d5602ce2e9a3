"""SRAG-MAV's prompts, word for word: a plain one, and one with a demonstration, a training row that is like the text.

Source: the authors' ``to_rag_train_data.py`` and ``accumulated_inference_Integration.py``. One function writes the
prompts of training and of use, so the two can't drift apart (in the authors' code they do: papers' part 3.2).

The text is an attacker's. It stands where the format has it, on a line of its own: its line breaks become blanks, one
for one, so that it can't write a heading such as ``### 三元组：`` at the start of a line, which would answer in the
model's place. What it says inside its line is for the model to read; names of control tokens are data already in
`hf_toxspan.llm.chat_tokens`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hf_toxspan.core.text import replace_lone_surrogates
from hf_toxspan.core.triple_answers import AnswerForm
from hf_toxspan.llm.calls import Message
from hf_toxspan.retrieval.demonstrations import DemonstrationStore, Retrieved

TASK = "你是一个内容审查专家，请你分析我的句子并且从中提取出一个或者多个{form}:\n"
NAMES: dict[AnswerForm, str] = {"triples": "三元组", "quadruples": "四元组"}
"""What the prompts call the answer; that of quadruples is ours, the authors ask for triples alone."""

_BREAKS = dict.fromkeys(map(ord, "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")


class Shot(NamedTuple):
    """A demonstration: a text and its answer in the form that is asked for."""

    text: str
    answer: str


def write_prompt(text: str, shot: Shot | None = None, *, form: AnswerForm = "triples") -> tuple[Message, ...]:
    r"""Ask for the triples or quadruples of a text.

    Args:
        text: Any text.
        shot: A demonstration; the plain prompt when None.
        form: What the answer is made of.

    Returns:
        One message of the user's; what a system says is left to the model's chat template, in training as in use.

    >>> write_prompt("hello", Shot("you fool", "you | fool | others [END]"))[0]["content"].splitlines()[3:]
    ['you fool', '### 三元组：', 'you | fool | others [END]', '### 句子：', 'hello', '### 三元组：']
    """
    task, line = TASK.format(form=NAMES[form]), one_line(text)
    if shot is None:
        return (Message(role="user", content=f"{task}{line}"),)
    shown = f"示例：\n{_block(one_line(shot.text), form)}{one_line(shot.answer)}\n{_block(line, form)}"
    return (Message(role="user", content=f"{task}{shown}"),)


def _block(line: str, form: AnswerForm) -> str:
    return f"### 句子：\n{line}\n### {NAMES[form]}：\n"


def one_line(text: str) -> str:
    r"""Put a text on one line, each character in its place.

    >>> one_line("you\nfool")
    'you fool'
    """
    return replace_lone_surrogates(text).translate(_BREAKS)


class Prompted(NamedTuple):
    """A text with its prompts, and the ids of what they show."""

    text: str
    prompts: list[tuple[Message, ...]]
    demonstrations: list[str]


def write_prompts(
    texts: Sequence[str],
    demonstrations: DemonstrationStore | None,
    *,
    shots: int,
    form: AnswerForm = "triples",
    split: str | None = None,
) -> list[Prompted]:
    """Write the prompts of texts: one for each demonstration, or the plain one where there are none.

    Args:
        texts: The texts.
        demonstrations: What may be shown; nothing when None.
        shots: How many are shown, the nearest first.
        form: What the answers are made of.
        split: The split of all texts, whose rows are not shown.

    Returns:
        The prompts of each text.
    """
    found: list[list[Retrieved]] = [[] for _ in texts]
    if demonstrations is not None:
        found = demonstrations.neighbours(texts, shots, split=split)
    prompted = []
    for text, near in zip(texts, found, strict=True):
        shown = [Shot(own.demonstration.text, own.demonstration.answer) for own in near]
        chosen: list[Shot | None] = [*shown] or [None]
        written = [write_prompt(text, shot, form=form) for shot in chosen]
        prompted.append(Prompted(text, written, [own.demonstration.id for own in near]))
    return prompted
