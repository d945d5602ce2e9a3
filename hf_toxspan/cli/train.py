"""`hf-toxspan train`: run a training recipe; its options come from the recipe's own dataclass."""

import argparse
import importlib

_DESCRIPTION = """Train a model by one of the recipes.

  toxitrace   a classifier whose input gradients point at the toxic words (arXiv 2604.12321)
  rated       an encoder that tags the toxic words and classifies by what it tagged (RATeD-V): one pass a text
  srag        a language model that writes quadruples, shown the nearest training row (SRAG-MAV)
  quadruple_encoder
              an encoder that finds quadruples, without a language model

`hf-toxspan train RECIPE --help` shows the recipe's options (it loads torch, which takes seconds)."""

_EPILOG = """examples:
  hf-toxspan train toxitrace --output runs/toxitrace
  hf-toxspan train toxitrace --model FacebookAI/xlm-roberta-base --train cold:train.csv my_spans.jsonl \\
      --dev cold:dev.csv --output runs/cold --bf16
  hf-toxspan train toxitrace --output runs/cold --resume
  hf-toxspan train rated --preset hatexplain --train hatexplain:data/dataset.json#train \\
      --dev hatexplain:data/dataset.json#dev --output runs/hatexplain --bf16
  hf-toxspan train srag --train state_toxicn:train.json --hold_back 300 --bf16 --output runs/srag
  hf-toxspan train quadruple_encoder --train state_toxicn:train.json --model FacebookAI/xlm-roberta-base \\
      --output runs/quads
"""

RECIPES = {
    "toxitrace": "ToxiTraceOptions",
    "rated": "RatedOptions",
    "srag": "SragOptions",
    "quadruple_encoder": "QuadrupleEncoderOptions",
}
"""Module in `hf_toxspan.recipes` -> the dataclass of its options; the module runs them by `run`."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command; everything behind the recipe's name is for the recipe."""
    parser = subparsers.add_parser(
        "train",
        help="train a model that explains itself",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("recipe", choices=RECIPES, metavar="RECIPE", help=" or ".join(RECIPES))
    parser.add_argument("options", nargs=argparse.REMAINDER, metavar="...", help="the recipe's options")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ValueError: If the data, the model or an option is wrong.
        KeyboardInterrupt: When interrupted, with what to do next.
    """
    # The rest of the line is the recipe's, but `--debug` is the command's wherever it stands.
    given = [option for option in args.options if option != "--debug"]
    args.debug = args.debug or len(given) < len(args.options)
    from rich.console import Console
    from transformers import HfArgumentParser

    recipe = importlib.import_module(f"hf_toxspan.recipes.{args.recipe}")
    parser = HfArgumentParser(getattr(recipe, RECIPES[args.recipe]), prog=f"hf-toxspan train {args.recipe}")
    (options,) = parser.parse_args_into_dataclasses(given)
    try:
        report = recipe.run(options)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "interrupted; the same command with --resume goes on from the last checkpoint in "
            f"{options.output}/checkpoints"
        ) from None
    Console().print(report.to_tables())
    return 0
