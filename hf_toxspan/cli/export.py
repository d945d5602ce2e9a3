"""`hf-toxspan export`: a rationale model as an ONNX graph, in float32 or int8."""

import argparse
from pathlib import Path

_DESCRIPTION = """Write a rationale model (`hf-toxspan train rated`) as an ONNX graph that onnxruntime reads on the CPU:
a folder that the pipeline and the other commands take as they take the model. The graph is compared with the model
before anything is left behind.

Needs pip install "hf_toxspan[onnx]"."""

_EPILOG = """examples:
  hf-toxspan export --model runs/hatexplain --output exported
  hf-toxspan export --model runs/hatexplain --output exported-int8 --int8
  hf-toxspan extract --model exported-int8 --input comments.csv --text-column comment --output results.jsonl

int8 keeps matrices and embeddings in 8 bits: a quarter of the size, and on most CPUs several times as fast. It moves
probabilities, and so some labels and the ends of some spans: score both folders with
  hf-toxspan evaluate --model exported-int8 --data DATA
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "export",
        help="write a rationale model as an ONNX graph",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--model", required=True, metavar="MODEL", help="folder or Hub id of a rationale model")
    parser.add_argument("--output", "-o", required=True, metavar="FOLDER", help="folder to write; its parent exists")
    parser.add_argument("--int8", action="store_true", help="weights in 8 bits: smaller and faster, some loss")
    parser.add_argument("--force", action="store_true", help="replace an earlier export in that folder")
    parser.add_argument(
        "--tolerance", type=float, metavar="SHARE", help="largest difference of a probability (0.0001; int8: 0.25)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        FileExistsError: If the folder exists and may not be replaced.
        ImportError: If a package of the extra is missing.
        TypeError: If the model is of another kind.
        ValueError: If the model can't be read or exported, or the graph differs too much.
    """
    from rich.console import Console

    from hf_toxspan.cli.classifier import silence_transformers
    from hf_toxspan.modeling.checkpoint import load_classifier
    from hf_toxspan.modeling.onnx_export import export_onnx

    silence_transformers()
    model, tokenizer = load_classifier(args.model)
    output = Path(args.output).expanduser()
    exported = export_onnx(model, tokenizer, output, int8=args.int8, force=args.force, tolerance=args.tolerance)
    weights = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
    console = Console()
    console.print(f"{exported.file}: {exported.size / 2**20:.1f} MiB (the model: {weights / 2**20:.1f} MiB)")
    console.print(
        "Largest difference of a probability on drawn tokens: "
        f"{exported.tags:.2g} of a tag, {exported.labels:.2g} of a label."
    )
    console.print(f'Next: hf-toxspan extract --model {output} "What a stupid idea, you fool."', markup=False)
    return 0
