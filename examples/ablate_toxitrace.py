"""Which part of ToxiTrace pays? The same budget with and without each of its parts, over several seeds.

    python examples/ablate_toxitrace.py                                   # packaged sample and model, minutes
    python examples/ablate_toxitrace.py --model intfloat/multilingual-e5-small --spans toxirewritecn:file.json \
        --labels cold:train.csv --dev cold:dev.csv --bf16 --output runs/ablation

Arms: cross entropy only; the whole system; the whole system without CuSA (spans are the model's own clues), with a
lexicon in its place, without ARCL, without the gradient constraints. No strong LLM is asked: the gold spans of the
data stand in for its annotation, the quoted evidence and the clean rewrite (or the text without its evidence) for its
reasons.

Writes table.md and saliency.png into --output. Interrupted, the same command goes on behind the last finished arm.
"""

from rich.console import Console
from transformers import HfArgumentParser

from hf_toxspan.recipes import ablation
from hf_toxspan.recipes.ablation_rows import AblationOptions


def main() -> None:
    """Run the arms that have no result yet and print the table."""
    (options,) = HfArgumentParser(AblationOptions, description=__doc__).parse_args_into_dataclasses()
    table = ablation.run(options)
    Console().print(table, markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
