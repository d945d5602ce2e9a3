"""What a vote's draws cost: one `generate` call a draw, one a prompt, and `llm.shared_sampling`, asked in three ways.

    python tests/benchmarks/shared_sampling.py runs/srag/merged --rows runs/srag/held_back.jsonl --texts 4 --rounds 5
    python tests/benchmarks/shared_sampling.py FOLDER                       # invented texts, mild ones

SRAG-MAV draws each of its prompts, one a demonstration, once a round. Here a text is shown --shots other rows of the
file, without retrieval. Shared draws are asked for all at once, and round by round as a vote does that may stop early:
with and without what earlier rounds wrote (`llm.draw_memory`); all three give the same answers. All ways draw from the
same distribution; the plain ones are timed on every n-th draw or prompt where --calls bounds them. Seconds are those of
the CPU where the model runs on it, whatever else the machine does.
Results: tests/benchmarks/README.md.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from rich.console import Console
from rich.table import Table
from transformers import logging as transformers_logging

from hf_toxspan.core.quadruples import NON_HATE, NULL, Quadruple
from hf_toxspan.data.quadruples import gold_quadruples, write_answer
from hf_toxspan.data.sources import load_data
from hf_toxspan.generation.prompts import Shot, write_prompt
from hf_toxspan.llm.calls import CallError, Parameters, Request
from hf_toxspan.llm.draw_memory import DrawMemory
from hf_toxspan.llm.local import LocalLLM

Prompt = list[int]


class Cost(NamedTuple):
    """What a way took; tokens are those that passed through the network."""

    seconds: float
    answers: int
    tokens: int


def shots_of(rows: str | None, count: int) -> list[Shot]:
    """Return texts with answers: those of a file that can be written, or invented ones."""
    if rows is None:
        return [invent(random.Random(number)) for number in range(count)]
    found = []
    for row in load_data(rows).to_list():
        try:
            found.append(Shot(row["text"], write_answer(gold_quadruples(row), form="triples")))
        except ValueError:
            continue
    return found[:count]


def invent(draw: random.Random) -> Shot:
    """Make up a text of one to three statements."""
    quadruples, parts = [], []
    for _ in range(draw.randint(1, 3)):
        who, what = draw.choice(["你", "他", "隔壁老王", NULL]), draw.choice(["真傻", "很好看", "写字难看", "是好朋友"])
        rude = what in ("真傻", "写字难看")
        quadruples.append(Quadruple(who, what, "others" if rude else NON_HATE, rude))
        parts.append(("" if who == NULL else who) + what)
    return Shot(
        "，".join(parts) + draw.choice(["", "！", "，哈哈哈", "，今天天气不错"]),
        write_answer(quadruples, form="triples"),
    )


def write_requests(shots: Sequence[Shot], args: argparse.Namespace) -> list[Request]:
    """Return the requests of a vote, round by round."""
    parameters = Parameters(max_tokens=args.max_tokens, temperature=args.temperature)
    prompts = []
    for place in range(args.texts):
        others = [shots[(place + step) % len(shots)] for step in range(1, args.shots + 1)]
        prompts += [write_prompt(shots[place].text, other) for other in others]
    return [Request(prompt, parameters, number) for number in range(args.rounds) for prompt in prompts]


def measure(llm: LocalLLM, answer: Callable[[], int]) -> Cost:
    """Time a way to answer, which returns how many answers it got, and count what it reads."""
    sizes: list[int] = []
    hook = llm.network.get_input_embeddings().register_forward_hook(lambda _, given, __: sizes.append(given[0].numel()))
    clock = time.process_time if llm.network.device.type == "cpu" else time.perf_counter
    began = clock()
    answers = answer()
    seconds = clock() - began
    hook.remove()
    return Cost(seconds, answers, sum(sizes))


def plainly(llm: LocalLLM, prompts: Sequence[Prompt], each: int, args: argparse.Namespace) -> int:
    """Answer prompts by one `generate` call each, `each` samples a call."""
    for prompt in prompts:
        llm.network.generate(
            input_ids=torch.tensor([prompt], device=llm.network.device),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long, device=llm.network.device),
            do_sample=True,
            temperature=args.temperature,
            top_k=0,
            top_p=1.0,
            repetition_penalty=1.0,
            max_new_tokens=args.max_tokens,
            num_return_sequences=each,
            pad_token_id=llm.tokenizer.pad_token_id or llm.tokenizer.eos_token_id,
        )
    return each * len(prompts)


def by_rounds(llm: LocalLLM, requests: Sequence[Request], rounds: int, *, kept: bool) -> int:
    """Answer rounds one after the other, with or without what was written before."""
    size = len(requests) // rounds
    own = replace(llm, memory=DrawMemory())
    return sum(
        len((own if kept else replace(llm, memory=DrawMemory())).complete(requests[begin : begin + size]))
        for begin in range(0, len(requests), size)
    )


def every_nth(prompts: Sequence[Prompt], most: int) -> list[Prompt]:
    """Return at most so many prompts, evenly spaced; all where most is 0."""
    return list(prompts[:: -(-len(prompts) // most)] if most else prompts)


def main() -> None:
    """Draw in all ways and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder of a chat model")
    parser.add_argument("--rows", help="rows with quadruples; invented texts if not given")
    parser.add_argument("--texts", type=int, default=4)
    parser.add_argument("--shots", type=int, default=10, help="prompts a text")
    parser.add_argument("--rounds", type=int, default=5, help="draws a prompt")
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--calls", type=int, default=0, help="most calls of each plain way; 0: all")
    parser.add_argument("--dtype", default="float32")
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()

    llm = LocalLLM.load(args.model, dtype=getattr(torch, args.dtype))
    requests = write_requests(shots_of(args.rows, args.texts + args.shots), args)
    asked = [llm._prompt(request) for request in requests]
    prompts = [ids for ids in asked if not isinstance(ids, CallError)]
    assert len(prompts) == len(requests), "a prompt is longer than the model's window; lower --max-tokens"
    once = prompts[: len(prompts) // args.rounds]
    plainly(llm, prompts[:1], 1, args)  # the first forward of a process is slower
    ways = {
        "a call a draw": lambda: plainly(llm, every_nth(prompts, args.calls), 1, args),
        "a call a prompt": lambda: plainly(llm, every_nth(once, args.calls), args.rounds, args),
        "shared, at once": lambda: by_rounds(llm, requests, 1, kept=False),
        "shared, by rounds, forgotten": lambda: by_rounds(llm, requests, args.rounds, kept=False),
        "shared, by rounds, kept": lambda: by_rounds(llm, requests, args.rounds, kept=True),
    }
    costs = {name: measure(llm, way) for name, way in ways.items()}

    title = f"{args.texts} texts x {args.shots} prompts x {args.rounds} draws at temperature {args.temperature:g}"
    table = Table("way", "answers", "s", "answers/s", "faster", "tokens read", "an answer", title=title)
    slow = next(iter(costs.values()))
    for name, cost in costs.items():
        rate = cost.answers / cost.seconds
        numbers = (f"{cost.seconds:.1f}", f"{rate:.2f}", f"{rate * slow.seconds / slow.answers:.1f}")
        read = (f"{cost.tokens:,}", f"{cost.tokens / cost.answers:.1f}")
        table.add_row(name, f"{cost.answers:,}", *numbers, *read)
    Console().print(table)


if __name__ == "__main__":
    main()
