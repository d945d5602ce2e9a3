"""The options of commands that ask a language model, and what follows from them."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hf_toxspan.llm.calls import LLM, Parameters, Request
    from hf_toxspan.llm.prompts import Prompt
    from hf_toxspan.llm.runner import Asker

SERVERS = """language models:
  vllm serve Qwen/Qwen3-8B                        --llm Qwen/Qwen3-8B --base-url http://127.0.0.1:8000/v1
  transformers serve FOLDER --port 8000           --llm FOLDER --base-url http://127.0.0.1:8000/v1
  hosted by Hugging Face's providers, HF_TOKEN    --llm Qwen/Qwen3-8B
  another OpenAI-compatible service               --llm NAME --base-url https://..., token in HF_TOXSPAN_LLM_TOKEN
  in this process, offline                        --llm FOLDER --local
Every answer is kept in the store as soon as it comes: the same command goes on after an interruption, a crash or a
spent budget, and pays for nothing twice. Several processes may share a store."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options about the language model."""
    group = parser.add_argument_group("language model")
    group.add_argument("--llm", metavar="NAME", help="the model's name for its server, or a folder with --local")
    group.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible server (default: hosted)")
    group.add_argument("--provider", metavar="NAME", help="hosted provider, where there is no --base-url")
    group.add_argument("--local", action="store_true", help="load the model in this process")
    group.add_argument("--concurrency", type=int, default=8, metavar="N", help="texts asked about at a time (8)")
    group.add_argument("--timeout", type=float, default=120.0, metavar="S", help="seconds to wait for a server (120)")
    group.add_argument("--prompt", metavar="FILE", help="a prompt of your own, NAME.vVERSION.txt")
    group.add_argument("--answer-tokens", type=int, default=512, metavar="N", help="longest answer (512)")
    group.add_argument("--max-calls", type=int, metavar="N", help="budget of this run: calls")
    group.add_argument("--max-tokens", type=int, metavar="N", help="budget of this run: tokens read and written")
    group.add_argument(
        "--store", metavar="FILE", help="where answers are kept (default: OUTPUT's name, .answers.sqlite)"
    )
    group.add_argument("--dry-run", action="store_true", help="show the first prompt and the cost, and ask nothing")


def check(args: argparse.Namespace, *, needed: bool, otherwise: str) -> None:
    """Say which options contradict each other.

    Args:
        args: The parsed options.
        needed: A language model is to be asked.
        otherwise: What is asked for where no model is needed, for the error.

    Raises:
        ValueError: If they do.
    """
    if not needed:
        parser = argparse.ArgumentParser()
        add_options(parser)
        defaults = vars(parser.parse_args([]))
        if given := [name for name, value in defaults.items() if getattr(args, name) != value]:
            raise ValueError(
                f"--{given[0].replace('_', '-')} is about a language model, which {otherwise} does not ask"
            )
        return
    if not args.llm:
        raise ValueError("no language model is named; pass --llm NAME, with --base-url URL or --local as it needs")
    if args.local and (args.base_url or args.provider):
        raise ValueError("--local loads the model in this process; leave --base-url and --provider away")
    if args.concurrency < 1:
        raise ValueError(f"--concurrency is {args.concurrency}; expected at least 1")
    if args.base_url and args.provider:
        raise ValueError("--provider is one of the hosted ones; leave it or --base-url away")


def parameters(args: argparse.Namespace) -> "Parameters":
    """Return how answers are generated: greedily."""
    from hf_toxspan.llm.calls import Parameters

    return Parameters(max_tokens=args.answer_tokens)


def prompt(args: argparse.Namespace, name: str) -> "Prompt":
    """Return the user's own prompt, or the newest packaged one of a name.

    Args:
        args: The parsed options.
        name: The packaged prompt.

    Returns:
        The prompt.

    Raises:
        ValueError: If the user's file is none, or has other places than the packaged one.
    """
    from hf_toxspan.llm.prompts import load_prompt, read_prompt

    packaged = load_prompt(name)
    if args.prompt is None:
        return packaged
    own = read_prompt(Path(args.prompt).expanduser())
    if own.fields != packaged.fields:
        found, expected = (", ".join(sorted(one.fields)) for one in (own, packaged))
        raise ValueError(f"{args.prompt} has the places {found}; expected {expected}")
    return own


def device(args: argparse.Namespace) -> str:
    """Return where models in this process run: as asked, else on a GPU where there is one."""
    import torch

    return args.device or ("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def open_asker(args: argparse.Namespace, output: Path) -> Iterator["Asker"]:
    """Load the model and open the store for as long as the block runs.

    Args:
        args: The parsed options.
        output: The file that the rows will be written to.

    Yields:
        The model behind its store.

    Raises:
        ValueError: If the model can't be loaded, or an option is out of range.
        OSError: If the store can't be opened.
        KeyboardInterrupt: When interrupted, with what to do next.
    """
    from hf_toxspan.llm.pacing import Budget
    from hf_toxspan.llm.runner import Asker
    from hf_toxspan.llm.store import AnswerStore

    budget, llm = Budget(args.max_calls, args.max_tokens), load(args)
    with AnswerStore(store_path(args, output)) as store:
        try:
            yield Asker(llm, store, budget=budget, quiet=args.quiet)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"interrupted; {len(store):,} answers are kept in {store.path}: run the same command again to go on"
            ) from None


def store_path(args: argparse.Namespace, output: Path) -> Path:
    """Return the file of the answers: as asked, else beside the output.

    Args:
        args: The parsed options.
        output: The file that the rows will be written to.

    Returns:
        The file.

    Raises:
        ValueError: If it is the output.
    """
    store = Path(args.store).expanduser() if args.store else output.with_suffix(".answers.sqlite")
    if store.resolve() == output.resolve():
        raise ValueError(f"--store and --output are both {output}; the answers need a file of their own")
    return store


def load(args: argparse.Namespace, *, samples: int = 1) -> "LLM":
    """Return the model that the options name: in this process, or behind a server that is not asked yet.

    Args:
        args: The parsed options.
        samples: Draws of one question that a server may be asked for in one call.

    Returns:
        The model.

    Raises:
        ValueError: If it can't be loaded, or an option is out of range.
    """
    if args.local:
        from hf_toxspan.cli.classifier import silence_transformers
        from hf_toxspan.llm.local import LocalLLM

        silence_transformers()
        return LocalLLM.load(os.path.expanduser(args.llm), batch_size=args.concurrency, device_map=device(args))
    from hf_toxspan.llm.server import ServerLLM

    return ServerLLM(
        args.llm,
        base_url=args.base_url,
        provider=args.provider,
        timeout=args.timeout,
        concurrency=args.concurrency,
        samples=samples,
    )


def show_plan(
    args: argparse.Namespace, requests: "Sequence[Request]", output: Path | None, *, rows: int | None = None
) -> int:
    """Print the first prompt as it would be sent, and what the run would cost; nothing is asked or written.

    Args:
        args: The parsed options.
        requests: What would be asked.
        output: The file that the rows would be written to; None for standard output.
        rows: How many rows there are; as many as requests when None.

    Returns:
        0.
    """
    from hf_toxspan.llm.plan import plan
    from hf_toxspan.llm.store import AnswerStore
    from hf_toxspan.views.pieces import visible

    model = _model_name(args)
    path = Path(args.store or "") if output is None else store_path(args, output)
    if path.is_file():
        with AnswerStore(path) as store:
            cost = plan(requests, model, store)
    else:
        cost = plan(requests, model, None)
    for message in requests[0].messages if requests else ():
        sys.stdout.write(f"--- {message['role']}\n{visible(message['content'])}\n\n")
    stored, count = cost.requests - cost.calls, len(requests) if rows is None else rows
    sys.stdout.write(
        f"--- cost of asking {model}\n{cost.calls:,} calls for {count:,} rows ({stored:,} answers are stored)\n"
        f"about {cost.prompt_tokens:,} tokens to read, at most {cost.completion_tokens:,} to write\n"
    )
    return 0


def _model_name(args: argparse.Namespace) -> str:
    if not args.local:
        return str(args.llm)
    from hf_toxspan.llm.local import model_name

    return model_name(os.path.expanduser(args.llm))


def spent(asker: "Asker") -> str:
    """Return what a run cost, in a line."""
    cost = asker.spent
    return (
        f"{cost['calls']:,} calls, {cost['cached']:,} answers from the store; {cost['read']:,} tokens read, "
        f"{cost['written']:,} written"
    )
