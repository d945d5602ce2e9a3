"""Teach a rationale model the spans that a classifier's gradients show: one pass a text instead of three.

    python examples/distil_spans.py                                    # packaged sample and model, minutes on 2 cores
    python examples/distil_spans.py --teacher runs/cold --train cold:train.csv --dev cold:dev.csv --bf16

The student in --output loads with pipeline("toxic-span-extraction", model="runs/distilled").
"""

from rich.console import Console
from transformers import HfArgumentParser

from hf_toxspan.recipes import distillation


def main() -> None:
    """Run the recipe and say what it brought."""
    parser = HfArgumentParser(distillation.DistilOptions, description=__doc__)
    (options,) = parser.parse_args_into_dataclasses()
    result = distillation.run(options)
    console = Console()
    console.print(result.report.to_tables())
    console.print(f"The student agrees with the teacher by {100 * result.agreement:.1f} char F1 where both say toxic,")
    console.print(f"and reads {result.speedup:.2f} times as many texts a second.")


if __name__ == "__main__":
    main()
