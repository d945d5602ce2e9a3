"""`hf-toxspan demo`: the page in a browser, on this machine unless it is asked to be reached by others."""

import argparse
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hf_toxspan.cli import judge, language_model, obfuscation

if TYPE_CHECKING:
    from hf_toxspan.pipelines.cascade_judge import CascadeJudgePipeline

_PATIENCE = 0.0
"""A visitor would rather see the classifier's answer than wait for a judge that is down."""

_DESCRIPTION = """Open a page to try a model on: paste a text or drop a file (.txt, .csv, .jsonl), and see the label,
the confidence, the toxic words and the saliency of each character; compare two models; take the results home as HTML or
JSON. In English, Chinese and Vietnamese.

The page is for this machine alone unless --host or --share says otherwise. It loads nothing from the network, keeps
no text on disk, writes none to a log and sends none away, but for the cascade, which asks the language model that you
name."""

_EPILOG = f"""examples:
  hf-toxspan demo                                     # the model that ships; then open http://127.0.0.1:7860
  hf-toxspan demo --model runs/toxitrace --compare runs/rated --language zh --open
  hf-toxspan demo --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1 --max-calls 500

methods that visitors may choose from, as far as the models know them:
  gradient   what a classifier's decision hangs on; of every model
  rationale  what a rationale model (hf-toxspan train rated) tagged as its evidence
  cascade    a language model judges doubtful texts; offered with --llm, and every visitor spends its budget

Visitors choose among the models named here, and can name none themselves. A file of at most 4 MB and 1,000 texts is
taken at a time; for more there is hf-toxspan extract.

{language_model.SERVERS}

The same page as a Space: app.py is
  from hf_toxspan.demo.page import build_page
  build_page("OWNER/MODEL").launch()
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "demo",
        help="open a page in the browser to try a model on",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    _add_page(parser.add_argument_group("page"))
    group = parser.add_argument_group("models")
    group.add_argument("-m", "--model", metavar="MODEL", help="folder or Hub id (default: the small one that ships)")
    group.add_argument(
        "--compare", action="append", default=[], metavar="MODEL", help="a model to show beside it; repeat"
    )
    group.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    group.add_argument(
        "--dtype", choices=("auto", "float32", "bfloat16", "float16"), default="float32", help="default: float32"
    )
    group.add_argument(
        "--toxic-label", action="append", metavar="LABEL", help="a toxic label, where the models do not say; repeat"
    )
    obfuscation.add_options(group)
    judge.add_cascade(parser.add_argument_group("cascade (with --llm)"), patience=_PATIENCE)
    language_model.add_options(parser)


def _add_page(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1, this machine alone")
    group.add_argument("--port", type=int, default=7860, metavar="N", help="default: 7860")
    group.add_argument("--language", choices=("en", "zh", "vi"), default="en", help="the page's first (default: en)")
    group.add_argument("--open", action="store_true", help="open it in the browser")
    group.add_argument(
        "--share", action="store_true", help="let anyone reach it through a public address of gradio's servers"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command until it is interrupted.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ImportError: If gradio is not installed.
        ValueError: If a model can't be loaded, the options contradict each other, or the port is none.
        OSError: If the port is taken.
    """
    _check(args)
    from hf_toxspan.cli.classifier import silence_transformers
    from hf_toxspan.demo.page import build_page

    silence_transformers()
    settings = {"device": args.device, "dtype": args.dtype, "toxic_labels": args.toxic_label}
    page = build_page(
        args.model,
        compare=args.compare,
        cascade=_cascade(args),
        language=args.language,
        second_reading=obfuscation.normaliser_of(args),
        **settings,
    )
    page.launch(
        server_name=args.host,
        server_port=args.port,
        share=args.share,
        inbrowser=args.open,
        quiet=True,
        prevent_thread_lock=True,
    )
    sys.stdout.write(f"hf-toxspan: the page is at {page.share_url or page.local_url} (Ctrl + C ends it)\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        page.close(verbose=False)
    return 0


def _check(args: argparse.Namespace) -> None:
    if not 0 < args.port < 65536:
        raise ValueError(f"--port is {args.port}; expected 1 to 65535")
    if args.dry_run:
        raise ValueError("--dry-run is for runs over files; leave it away, or see hf-toxspan judge --dry-run")
    language_model.check(args, needed=bool(args.llm), otherwise="a page without --llm")
    if not args.llm and (given := _given(args)):
        raise ValueError(f"--{given.replace('_', '-')} is about the cascade; name its language model with --llm too")


def _given(args: argparse.Namespace) -> str | None:
    """Return an option of the cascade that was given, or None."""
    parser = argparse.ArgumentParser()
    judge.add_cascade(parser.add_argument_group(), patience=_PATIENCE)
    defaults: Mapping[str, Any] = vars(parser.parse_args([]))
    return next((name for name, value in defaults.items() if getattr(args, name) != value), None)


def _cascade(args: argparse.Namespace) -> "CascadeJudgePipeline | None":
    if not args.llm:
        return None
    from pathlib import Path

    from hf_toxspan.cli import cascade
    from hf_toxspan.llm.store import AnswerStore

    path = str(Path(args.store).expanduser()) if args.store else ":memory:"
    return cascade.load(args, cascade.read_region(args.region), lambda: AnswerStore(path))
