"""`hf-toxspan push`: a model, a metric, the demo page or a knowledge base to the Hub, with a card; or into a folder."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hf_toxspan.cli.push_card import add_card_options, read_notes, read_reports, read_statement

if TYPE_CHECKING:
    from hf_toxspan.hub.parcel import Parcel

_DESCRIPTION = """Publish on the Hugging Face Hub, with a card written from the files themselves and from what was
measured. Look at --dry-run first: it writes the exact files into a folder and sends nothing."""

_EPILOG = """examples:
  hf-toxspan push model runs/cold --dry-run look
  hf-toxspan push model runs/cold --repo me/cold-spans --license mit --language zh --report "COLD dev=dev.json"
  hf-toxspan push metric toxic_span_f1 --repo me/toxic_span_f1
  hf-toxspan push space --repo me/toxic-spans --model me/cold-spans
  hf-toxspan push knowledge-base slang.jsonl --repo me/slang --license cc0-1.0

the token: `hf auth login` keeps one, or set HF_TOKEN. It needs write access; it is never printed or written anywhere.
HF_ENDPOINT names another server than https://huggingface.co.

one commit: what is sent appears whole or not at all. Run the same command again after an interruption: large files that
have arrived are not sent twice. Pushed again, files that are the same are left alone, and if all are, there is no
commit. Files that only the repository has stay there.
"""

_MODEL = """Publish the folder of a trained model, or of a LoRA adapter, with a card. The card tells what the folder
knows (configuration, run record, data) and what --report files measured; what was not measured is called so."""

_MODEL_EPILOG = """examples:
  hf-toxspan evaluate --model runs/v1 --data cold:dev.csv --lexicon cold:train.csv --output zh.json
  hf-toxspan evaluate --model runs/teacher --data cold:dev.csv --output teacher_zh.json
  hf-toxspan push model runs/v1 --dry-run look --report "COLD dev (zh)=zh.json" --compare teacher=teacher_zh.json
  hf-toxspan push model runs/v1 --repo me/v1 --license mit --language zh --watts 65 --grid 0.38

reports: what hf-toxspan evaluate --output and the recipes write (report.json). Trivial systems and a lexicon in them
  stand beside the model; --compare adds another model's report on the same data. The scores go into the card's tables
  and its model-index, each with its protocol and interval. --notes FILE.md puts your own text into the card.

what is refused, so that nobody loads or leaks it by accident: weights in pickles (.bin, .pt, .pkl, ...: safetensors
  only), code and configurations that name some, data, links that lead out of the folder, what looks like a token or a
  key, files that are not known. --exclude NAME leaves a file behind. Optimiser state, checkpoints and logs always stay.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "push", help="publish on the Hub, with a card", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=raw
    )
    parser.set_defaults(run=run)
    kinds = parser.add_subparsers(title="what", dest="what", metavar="WHAT", required=True)
    model = kinds.add_parser(
        "model", help="a trained model", description=_MODEL, epilog=_MODEL_EPILOG, formatter_class=raw
    )
    model.add_argument("folder", metavar="FOLDER", help="the model's folder")
    model.add_argument("--exclude", action="append", default=[], metavar="NAME", help="leave a file behind; repeat")
    add_card_options(model)
    metric = kinds.add_parser("metric", help="the Space of a metric", description="Publish the Space of a metric.")
    metric.add_argument("name", metavar="NAME", help="one of the six, such as toxic_span_f1; --repo ends with it")
    space = kinds.add_parser("space", help="the demo page", description="Publish the page of hf-toxspan demo.")
    space.add_argument("--model", metavar="ID", help="Hub id of the model that it shows (default: the one that ships)")
    space.add_argument("--title", default="Toxic spans", metavar="TEXT", help="title of the page")
    knowledge = kinds.add_parser(
        "knowledge-base", help="mined slang", description="Publish what hf-toxspan mine-slang wrote, as a data set."
    )
    knowledge.add_argument("file", metavar="FILE", help="the glossary (.jsonl)")
    for kind in (metric, space):
        kind.add_argument("--requires", metavar="LINE", help="line of requirements.txt that installs hf_toxspan")
    for kind in (model, knowledge):
        kind.add_argument("--license", metavar="ID", help="the Hub's name of the licence, such as mit")
        kind.add_argument("--language", action="append", default=[], metavar="CODE", help="such as zh; repeat")
        kind.add_argument("--notes", metavar="FILE", help="your own text for the card, in Markdown")
    for kind in (model, metric, space, knowledge):
        _add_sending(kind)


def _add_sending(parser: argparse.ArgumentParser) -> None:
    where = parser.add_argument_group("where to")
    add = where.add_argument
    add("--repo", metavar="NAMESPACE/NAME", help="repository; made where there is none")
    add("--dry-run", metavar="FOLDER", help="write the exact files into this folder, and send nothing")
    add("--private", action="store_true", help="make a new repository private")
    add("--create-pr", action="store_true", help="propose the files in a pull request")
    add("--message", metavar="TEXT", help="of the commit")
    add("--timeout", type=float, default=60.0, metavar="S", help="seconds that the server may be silent (default: 60)")
    add("-q", "--quiet", action="store_true", help="no progress bars, no list of files")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0.

    Raises:
        ValueError: If an option is wrong, or something must not be published.
        OSError: If a file can't be read, or the server can't be reached or refuses.
        ImportError: If a Space is asked for and gradio is not installed.
    """
    from hf_toxspan.cli.classifier import silence_transformers
    from hf_toxspan.hub.sending import Address, check_repo, send

    if args.repo is None and args.dry_run is None:
        raise ValueError("where to? Pass --repo namespace/name, or --dry-run FOLDER to look at it first")
    if not 0 < args.timeout < float("inf"):
        raise ValueError(f"--timeout is {args.timeout}; expected seconds above 0")
    if args.repo is not None:
        check_repo(args.repo)
    silence_transformers()
    parcel = _PACKERS[args.what](args)
    if not args.quiet:
        _say(*_listed(parcel))
    if args.dry_run is not None:
        folder = Path(args.dry_run).expanduser()
        parcel.write(folder)
        _say(f"Written to {folder}; nothing was sent.")
        return 0
    if args.quiet:
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
    address = Address(args.repo, private=args.private or None, create_pr=args.create_pr)
    with _ending_at_once():
        sent = send(parcel, address, message=args.message or _message(args), timeout=args.timeout)
    if sent.commit is None:
        _say(f"Nothing to send: {sent.url} holds these files already.")
    else:
        _say(f"Sent: {sent.url} (commit {sent.commit[:8]})")
    return 0


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """Let Ctrl + C end the process; threads in the middle of a file would hold it up until the server answers.

    Nothing is lost by that: files are sent beforehand, the repository changes with the commit alone.
    """

    def end(*_: object) -> NoReturn:
        sys.stderr.write("hf-toxspan: interrupted\n")
        sys.stderr.flush()
        os._exit(130)

    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _pack_model(args: argparse.Namespace) -> "Parcel":
    from hf_toxspan.hub.model_folder import open_model, pack_model

    reports = read_reports(args)
    model = open_model(Path(args.folder).expanduser(), exclude=args.exclude)
    readme = "keep" if args.keep_readme else "replace" if args.replace_readme else "write"
    return pack_model(model, read_statement(args, model.training), reports=reports, readme=readme)


def _pack_metric(args: argparse.Namespace) -> "Parcel":
    from hf_toxspan.hub.metric_space import pack_metric

    return pack_metric(args.name, repo=args.repo, requires=args.requires)


def _pack_space(args: argparse.Namespace) -> "Parcel":
    from hf_toxspan.hub.demo_space import pack_demo

    return pack_demo(model=args.model, title=args.title, requires=args.requires)


def _pack_knowledge(args: argparse.Namespace) -> "Parcel":
    from hf_toxspan.hub.knowledge_base import pack_knowledge_base

    return pack_knowledge_base(
        Path(args.file).expanduser(),
        repo=args.repo,
        licence=args.license,
        languages=args.language,
        notes=read_notes(args.notes),
    )


_PACKERS = {
    "model": _pack_model,
    "metric": _pack_metric,
    "space": _pack_space,
    "knowledge-base": _pack_knowledge,
}


def _message(args: argparse.Namespace) -> str:
    from hf_toxspan._version import __version__

    return f"Publish with hf_toxspan {__version__}"


def _listed(parcel: "Parcel") -> Iterator[str]:
    """Yield what goes and what stays behind, a line each."""
    yield f"{len(parcel.files)} files, {parcel.size / 1e6:.1f} MB:"
    for name, size in parcel.sizes():
        yield f"  {name}  {size:,} bytes"
    for name, why in sorted(parcel.left_out.items()):
        yield f"  left behind: {name} ({why})"


def _say(*lines: str) -> None:
    from hf_toxspan.cli.show import show

    for line in lines:
        show(line)
