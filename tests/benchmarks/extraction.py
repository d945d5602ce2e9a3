"""How fast spans are found: our pipeline against its floor and its peers, all in one run.

    python tests/benchmarks/extraction.py                                  # packaged model and sample
    HF_TOXSPAN_TEST_DATA=... python tests/benchmarks/extraction.py --model FOLDER --texts 2000

The floor is the work that can't be avoided: one length-sorted forward pass over all texts, then one forward and one
activation-only backward pass over those the model calls toxic; token ids are made beforehand. Peers run on the first
--peer-texts texts, since they are slow, and are scaled up. Each contender is timed --repeats times, in turns; the
medians' ratio to the floor is printed. Results: tests/benchmarks/README.md.
"""

import argparse
import gzip
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from transformers import logging as transformers_logging
from transformers import pipeline

import hf_toxspan  # noqa: F401  (registers the task)
from hf_toxspan.data.samples import cold_sample
from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL, load_classifier
from hf_toxspan.modeling.extraction_config import by_gradient
from hf_toxspan.modeling.labels import read_toxic_labels
from hf_toxspan.modeling.windows import batches, collate, split, window_length


def read_texts(count: int) -> list[str]:
    """Return COLD dev texts where the real data is at hand, else the packaged sample, repeated."""
    folder = os.environ.get("HF_TOXSPAN_TEST_DATA")
    if folder:
        with gzip.open(Path(folder, "cold", "dev.jsonl.gz"), "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
    else:
        texts = list(cold_sample("dev")["text"])
    return (texts * (count // len(texts) + 1))[:count]


def floor(model, tokenizer, labels, texts: list[str], batch_size: int) -> Callable[[], object]:  # noqa: ANN001
    """Return the unavoidable work on texts that are token ids already."""
    windows = split(texts, tokenizer, window_length(tokenizer, model.config.get_text_config()))
    ready = [
        (rows, collate([windows[row] for row in rows], tokenizer.pad_token_id)) for rows in batches(windows, batch_size)
    ]
    with torch.inference_mode():
        toxic = {
            row
            for rows, inputs in ready
            for row, margin in zip(rows, labels.margin(model(**inputs).logits).tolist(), strict=True)
            if margin > 0
        }
    chosen = sorted(toxic)
    explained = [
        collate([windows[chosen[i]] for i in rows], tokenizer.pad_token_id)
        for rows in batches([windows[row] for row in chosen], batch_size)
    ]
    embed = model.get_input_embeddings()

    def work() -> None:
        with torch.inference_mode():
            for _, inputs in ready:
                model(**inputs)
        for inputs in explained:
            rest = {name: value for name, value in inputs.items() if name != "input_ids"}
            embeddings = embed(inputs["input_ids"]).detach().requires_grad_()
            torch.autograd.grad(labels.margin(model(inputs_embeds=embeddings, **rest).logits).sum(), embeddings)

    return work


def peers(model, tokenizer, labels, texts: list[str]) -> dict[str, Callable[[], object]]:  # noqa: ANN001
    """Return the peers that are installed, each on a few texts, one by one as their examples do."""
    contenders: dict[str, Callable[[], object]] = {}
    try:
        from captum.attr import LayerIntegratedGradients

        def margin(ids, mask):  # noqa: ANN001, ANN202
            return labels.margin(model(input_ids=ids, attention_mask=mask).logits)

        method = LayerIntegratedGradients(margin, model.get_input_embeddings())

        def captum() -> None:
            for text in texts:
                inputs = tokenizer(text, return_tensors="pt", truncation=True)
                method.attribute(
                    inputs["input_ids"],
                    baselines=torch.full_like(inputs["input_ids"], tokenizer.pad_token_id),
                    additional_forward_args=(inputs["attention_mask"],),
                    n_steps=50,
                    internal_batch_size=50,
                )

        contenders["captum LayerIntegratedGradients, 50 steps"] = captum
    except ImportError:
        pass
    try:
        from transformers_interpret import SequenceClassificationExplainer

        explainer = SequenceClassificationExplainer(model, tokenizer)

        def interpret() -> None:
            for text in texts:
                explainer(text)

        contenders["transformers-interpret"] = interpret
    except ImportError:
        pass
    return contenders


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Run the contenders in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=PACKAGED_MODEL)
    parser.add_argument("--toxic-labels", nargs="*")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--peer-texts", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    transformers_logging.set_verbosity_error()

    texts = read_texts(args.texts)
    model, tokenizer = load_classifier(args.model)
    labels = read_toxic_labels(model.config, args.toxic_labels)
    pipe = pipeline(
        "toxic-span-extraction",
        model=model,
        tokenizer=tokenizer,
        toxic_labels=args.toxic_labels,
        extraction=by_gradient(model.config),
    )
    few = texts[:: max(len(texts) // args.peer_texts, 1)][: args.peer_texts]
    whole: dict[str, Callable[[], object]] = {
        "floor": floor(model, tokenizer, labels, texts, args.batch_size),
        "hf_toxspan pipeline": lambda: pipe(texts, batch_size=args.batch_size),
        "hf_toxspan, one text a call": lambda: [pipe(text) for text in texts],
    }
    slow = peers(model, tokenizer, labels, few)
    seconds: dict[str, list[float]] = {name: [] for name in (*whole, *slow)}
    for _ in range(args.repeats):
        for name, work in whole.items():
            seconds[name].append(timed(work))
    for name, work in slow.items():
        seconds[name].append(timed(work) * len(texts) / len(few))
    medians = {name: statistics.median(values) for name, values in seconds.items()}

    toxic = sum(result["label"] in [labels.names[i] for i in labels.toxic] for result in pipe(texts))
    table = Table(
        title=f"{len(texts)} texts, {toxic} toxic, batch size {args.batch_size}, {torch.get_num_threads()} threads"
    )
    for column in ("contender", "seconds", "texts/s", "x floor"):
        table.add_column(column, justify="left" if column == "contender" else "right")
    for name, value in medians.items():
        table.add_row(name, f"{value:.2f}", f"{len(texts) / value:.0f}", f"{value / medians['floor']:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
