"""How fast terms are found and slang is mined, and what the mined entries are worth on texts that were not mined.

    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/slang.py speed
    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/slang.py worth hatexplain vihos

`speed`: the entries mined from HateXplain train are looked for in 10,000 of its texts by one automaton, by one regular
expression of all terms (longest first) over the same readings, by one search a term, and by `core.lexicon.Lexicon`; all
in one process, several rounds in turn, CPU seconds. The regular expression gives no overlapping matches and the lexicon
no terms, so each does less. Then the same with 2,000 and 100,000 made-up terms, in which the plain ways are timed on
fewer texts. `worth`: entries of train on dev. Results: tests/benchmarks/README.md.
"""

import argparse
import os
import random
import re
import string
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from hf_toxspan.core import tallies
from hf_toxspan.core.lexicon import Lexicon
from hf_toxspan.core.slang import SlangEntry
from hf_toxspan.core.span_scores import tally_spans
from hf_toxspan.core.spans import Span, merge
from hf_toxspan.core.terms import find_plainly, read
from hf_toxspan.data.files import read_rows
from hf_toxspan.evaluation.baselines import mine_lexicon
from hf_toxspan.retrieval.knowledge import KnowledgeBase
from hf_toxspan.retrieval.matcher import TermMatcher, find_in_one_pass

Rows = list[dict[str, Any]]
Mark = Callable[[str], list[Span]]


def load(name: str, part: str) -> Rows:
    """Read a normalised set."""
    rows: Rows = read_rows(Path(os.environ["HF_TOXSPAN_TEST_DATA"], name, f"{part}.jsonl.gz")).to_list()
    return rows


def alternation(terms: Iterable[str]) -> Callable[[str], object]:
    """Prepare the usual way: one pattern of all terms."""
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    return lambda reading: [match.span() for match in pattern.finditer(reading)]


def seconds(act: Callable[[str], object], texts: Sequence[str]) -> float:
    """Return the CPU seconds for 10,000 texts."""
    began = time.process_time()
    for text in texts:
        act(text)
    return (time.process_time() - began) * 10_000 / len(texts)


def time_finding(terms: list[str], texts: list[str], rounds: int, *, few: int) -> Table:
    """Time each way of finding the terms; the slow ones on the first `few` texts."""
    readings = [read(text).text for text in texts]
    one_pass, plainly = find_in_one_pass(terms), find_plainly(terms)
    matcher, lexicon = TermMatcher(terms), Lexicon(terms)
    ways: dict[str, tuple[Callable[[str], object], list[str]]] = {
        "one pass": (lambda reading: list(one_pass(reading)), readings),
        "one pass, with reading and the way back": (matcher.match, texts),
        "regular expression": (alternation(terms), readings[:few]),
        "one search a term": (lambda reading: list(plainly(reading)), readings[:few]),
        "core.lexicon.Lexicon.mark": (lexicon.mark, texts),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (act, own) in ways.items():
            taken[name].append(seconds(act, own))
    table = Table("", "CPU s", "x", title=f"{len(terms):,} terms, 10,000 texts")
    for name, values in taken.items():
        ratio = median(other / first for other, first in zip(values, taken["one pass"], strict=True))
        table.add_row(name, f"{median(values):.3f}", f"{ratio:.2f}")
    return table


def speed(rounds: int) -> None:
    """Print the tables of speed."""
    rows = load("hatexplain", "train")
    began = time.process_time()
    knowledge = KnowledgeBase.mine({"hatexplain:train": rows})
    console = Console()
    console.print(f"mined {len(rows):,} rows in {time.process_time() - began:.1f} CPU s")
    texts = [row["text"] for row in rows[:10_000]]
    began = time.process_time()
    for text in texts:
        knowledge.notes(text)
    console.print(f"notes of 10,000 texts in {time.process_time() - began:.1f} CPU s")
    console.print(time_finding([entry.term for entry in knowledge.glossary.entries], texts, rounds, few=2_000))
    drawn = random.Random(0)
    made_up = ["".join(drawn.choices(string.ascii_lowercase, k=drawn.randint(3, 9))) for _ in range(100_000)]
    console.print(time_finding(made_up[:2_000], texts, rounds, few=200))
    console.print(time_finding(list(dict.fromkeys(made_up)), texts, 1, few=5))
    began = time.process_time()
    matcher = TermMatcher(made_up)
    built = time.process_time() - began
    long = " ".join(texts)[:50_000]
    began = time.process_time()
    matcher.match(long)
    console.print(
        f"100,000 terms made ready in {built:.2f}; 50,000 characters in {time.process_time() - began:.3f} CPU s"
    )


def worth(name: str) -> Table:
    """Score what entries of train mark in dev."""
    train, dev = load(name, "train"), load(name, "dev")
    knowledge = KnowledgeBase.mine({f"{name}:train": train})
    entries = knowledge.glossary.entries
    context = sum(bool(entry.context_dependent) for entry in entries)
    lexicon = mine_lexicon(train)
    systems: dict[str, tuple[int, Mark]] = {
        "all entries": (len(entries), marker(knowledge, lambda entry: True)),
        "not context-dependent": (
            len(entries) - context,
            marker(knowledge, lambda entry: not entry.context_dependent),
        ),
        "core.lexicon.mine": (len(lexicon), Lexicon(lexicon).mark),
    }
    table = Table(
        "", "terms", "toxic with a hit", "clean with a hit", "char P", "char R", "char F1", title=f"{name} dev"
    )
    for system, (count, mark) in systems.items():
        marked = [mark(row["text"]) for row in dev]
        hit = [
            share(bool(spans) for row, spans in zip(dev, marked, strict=True) if row["toxic"] is kind)
            for kind in (True, False)
        ]
        table.add_row(system, str(count), *hit, *scores(dev, marked))
    return table


def marker(knowledge: KnowledgeBase, wanted: Callable[[SlangEntry], bool]) -> Mark:
    """Mark the hits of some entries."""
    return lambda text: merge(
        span for hit in knowledge.retrieve(text, limit=sys.maxsize) if wanted(hit.entry) for span in hit.spans
    )


def share(flags: Iterable[bool]) -> str:
    """Return the share of true values, x 100."""
    listed = list(flags)
    return f"{100 * sum(listed) / len(listed):.1f}" if listed else "-"


def scores(rows: Rows, marked: list[list[Span]]) -> list[str]:
    """Return pooled character precision, recall and F1 of the annotated rows, x 100."""
    kept = [(spans, row["spans"]) for row, spans in zip(rows, marked, strict=True) if row["spans"] is not None]
    if not any(gold for _, gold in kept):
        return ["-"] * 3
    values = tallies.scores(tally_spans([spans for spans, _ in kept], [gold for _, gold in kept]))
    return [f"{100 * values[name]:.1f}" for name in ("char_precision", "char_recall", "char_f1")]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "worth"))
    parser.add_argument("sets", nargs="*", default=["hatexplain", "vihos"])
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    if chosen.what == "speed":
        speed(chosen.rounds)
    else:
        for one in chosen.sets:
            Console().print(worth(one))
