"""What the cascade adds to texts that nobody has to judge: the plain pipeline and the cascade, in turns.

    python tests/benchmarks/cascade_overhead.py                                  # packaged model, packaged sample
    python tests/benchmarks/cascade_overhead.py --data cold:data/dev.csv --texts 2000

Both hold the same model. The region is one that no text falls into, so that every text is classified, routed and
returned; the judge's server is an address where nobody listens. Processor time, medians of paired ratios. Results:
tests/benchmarks/README.md.
"""

import argparse
import statistics
import time

from rich.console import Console
from rich.table import Table
from transformers import logging as transformers_logging
from transformers import pipeline

import hf_toxspan  # noqa: F401  registers the tasks
from hf_toxspan.core.routing import Region
from hf_toxspan.data.sources import load_data
from hf_toxspan.judging.chat import ChatJudge
from hf_toxspan.llm.server import ServerLLM

NOBODY = Region(0.0, 0.001)


def main() -> None:
    """Run both in turns and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder of a classifier")
    parser.add_argument("--data", default="sample:dev")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()

    texts = [row["text"] for row in load_data(args.data)]
    texts = (texts * (args.texts // len(texts) + 1))[: args.texts]
    llm = ServerLLM("nobody", base_url="http://127.0.0.1:9/v1")
    plain = pipeline("toxic-span-extraction", model=args.model)
    cascade = pipeline(
        "toxic-cascade-judge",
        model=plain.model,
        tokenizer=plain.tokenizer,
        judge=ChatJudge(),
        llm=llm,
        region=NOBODY,
    )
    pipes = {"plain": plain, "cascade": cascade}
    seconds: dict[str, list[float]] = {name: [] for name in pipes}
    for turn in range(args.repeats + 1):
        for name in list(pipes)[:: 1 if turn % 2 else -1]:
            start = time.process_time()
            results = pipes[name](texts, batch_size=args.batch_size)
            if turn:  # the first turn warms up
                seconds[name].append(time.process_time() - start)
    assert all(result["path"] == "fast" for result in pipes["cascade"](texts[:100]))
    ratios = [slow / fast for slow, fast in zip(seconds["cascade"], seconds["plain"], strict=True)]
    table = Table(title=f"{len(results)} texts, batch size {args.batch_size}, {args.repeats} turns")
    for column in ("pipeline", "seconds of processor", "x plain"):
        table.add_column(column, justify="left" if column == "pipeline" else "right")
    for name, values in seconds.items():
        ratio = statistics.median(ratios) if name == "cascade" else 1.0
        table.add_row(name, f"{statistics.median(values):.2f}", f"{ratio:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
