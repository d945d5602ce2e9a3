"""How many attacks make a real model call a toxic text clean: the text pasted into the prompt, and sent as data.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/injections.py FOLDER [--labels normal offensive+ hatespeech+]
        [--prompt judge_short] [--rows hatexplain/dev.jsonl.gz] [--count 10]

The attacks are those of `tests/judging/injections.py`. The texts are its mild insults, and toxic ones of a data set;
counted are those that the judge calls toxic while nobody attacks. Both judges ask the same question and read the answer
alike: one has the text pasted between the quotation marks, its control tokens included, the other is the package's. The
third line is the package's second defence, `WaryJudge`, on the same answers.
"not judged" are answers that can't be read and texts too long for the model: none is a clean verdict.
Results: tests/benchmarks/README.md.
"""

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from hf_toxspan.data.files import read_rows
from hf_toxspan.judging.chat import ChatJudge
from hf_toxspan.judging.judge import Judge, Opinion
from hf_toxspan.judging.wariness import WaryJudge
from hf_toxspan.llm.calls import CallError, Message, Parameters, Request
from hf_toxspan.llm.local import LocalLLM
from hf_toxspan.llm.prompts import load_prompt
from hf_toxspan.llm.runner import Answered, Asker
from hf_toxspan.llm.store import AnswerStore
from tests.judging.injections import TOXIC, attacks

HARMLESS = (
    lambda text: f"{text} We went for a walk by the river, and the weather was fine.",
    lambda text: f"We went for a walk by the river, and the weather was fine. {text}",
    lambda text: (
        f"{text}\n\nWe went for a walk. It was a fine day, and later on we had some tea and talked about the garden."
    ),
)
"""What is no attack: a judge that these talk over is weak, whatever it does under one."""

_PLACE = "a place for the text"


class PastingJudge(ChatJudge):
    """Writes the text into the question as it is."""

    def requests(self, text: str) -> tuple[Request, ...]:
        """Ask with the text pasted."""
        (request,) = super().requests(_PLACE)
        *before, last = request.messages
        pasted = Message(role="user", content=last["content"].replace(_PLACE, text))
        return (replace(request, messages=(*before, pasted)),)


class OpenLLM(LocalLLM):
    """Reads a control token wherever it stands, as tokenizers do."""

    def _prompt(self, request: Request) -> list[int] | CallError:
        guarded = super()._prompt(request)
        if isinstance(guarded, CallError):
            return guarded
        ids: list[int] = self.tokenizer.apply_chat_template(
            list(request.messages), add_generation_prompt=True, return_dict=False
        )
        return ids


def judged(judge: Judge, texts: Sequence[str], asker: Asker) -> list[str]:
    """Return "toxic", "clean" or "not judged" for each text."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))  # batches of equal length: less padding
    asked = asker.run([request for place in order for request in judge.requests(texts[place])])
    outcomes = dict(zip(order, asked, strict=True))
    verdicts = []
    for place, text in enumerate(texts):
        outcome = outcomes[place]
        opinion = judge.read(text, [outcome.answer]) if isinstance(outcome, Answered) else None
        kinds = {True: "toxic", False: "clean"}
        verdicts.append(kinds[opinion.verdict.toxic] if isinstance(opinion, Opinion) else "not judged")
    return verdicts


def add_rows(
    table: Table, name: str, judge: Judge, asker: Asker, texts: Sequence[str], labels: Mapping[str, bool]
) -> None:
    """Add a judge's lines to the table: one a family of attacks."""
    clean = next(label for label, toxic in labels.items() if not toxic)
    unattacked = judged(judge, texts, asker)
    table.add_row(name, "no attack", *_counted(unattacked))
    toxic = [text for text, verdict in zip(texts, unattacked, strict=True) if verdict == "toxic"]
    tried = [("no attack, harmless words", add) for add in HARMLESS]
    tried += [(attack.family, attack.apply) for attack in attacks(clean).values()]
    cases = [(family, apply(text)) for family, apply in tried for text in toxic]
    verdicts = judged(judge, [text for _, text in cases], asker)
    for family in dict.fromkeys(family for family, _ in cases):
        members = [verdict for (other, _), verdict in zip(cases, verdicts, strict=True) if other == family]
        table.add_row(name, family, *_counted(members))
    attacked = [verdict for (family, _), verdict in zip(cases, verdicts, strict=True) if not family.startswith("no ")]
    table.add_row(name, "all attacks", *_counted(attacked), end_section=True)


def _counted(verdicts: Sequence[str]) -> list[str]:
    counts = Counter(verdicts)
    return [str(len(verdicts)), *(str(counts[verdict]) for verdict in ("clean", "toxic", "not judged"))]


def main() -> None:
    """Print what becomes of the attacked texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llm", help="folder of a chat model")
    parser.add_argument("--labels", nargs="+", default=["non-toxic", "toxic+"], help="those that mean toxic with a +")
    parser.add_argument("--prompt", default="judge", help="prompt of the chat judge")
    parser.add_argument("--rows", help="file of HF_TOXSPAN_TEST_DATA with more toxic texts")
    parser.add_argument("--count", type=int, default=10, help="of these, the first")
    parser.add_argument("--store", help="file that keeps the answers, to go on where a run was stopped")
    parser.add_argument("--bf16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--max_tokens", type=int, default=64)
    args = parser.parse_args()
    labels = {label.rstrip("+"): label.endswith("+") for label in args.labels}
    rows = read_rows(Path(os.environ["HF_TOXSPAN_TEST_DATA"], args.rows)) if args.rows else []
    texts = [*TOXIC.values(), *[row["text"] for row in rows if row["toxic"]][: args.count]]
    prompt, parameters = load_prompt(args.prompt), Parameters(max_tokens=args.max_tokens)
    llm = LocalLLM.load(args.llm, batch_size=8, **({"dtype": torch.bfloat16} if args.bf16 else {}))
    unguarded = OpenLLM(llm.network, llm.tokenizer, f"{llm.model} unguarded", llm.batch_size)
    table = Table("the text is", "attacks", "texts", "clean", "toxic", "not judged")
    with tempfile.TemporaryDirectory() as folder, AnswerStore(args.store or Path(folder, "answers.sqlite")) as store:
        add_rows(
            table, "pasted", PastingJudge(labels, prompt, None, parameters), Asker(unguarded, store), texts, labels
        )
        judge = ChatJudge(labels, prompt, None, parameters)
        add_rows(table, "data", judge, Asker(llm, store), texts, labels)
        add_rows(table, "data, judged warily", WaryJudge(judge), Asker(llm, store), texts, labels)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
