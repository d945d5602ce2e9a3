"""Code in a process that has imported neither transformers nor hf_toxspan, without the price of torch each time.

A server process imports what both build on, once; each piece of code runs in a fork of it.
"""

import contextlib
import io
import multiprocessing
import os
import sys
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import NamedTuple

BELOW = ("torch", "torch._dynamo", "torch.distributed.tensor", "scipy.optimize", "sklearn.metrics", "pyarrow", "pandas")
"""What transformers and evaluate import themselves, and what takes most of their time."""
OURS = ("hf_toxspan", "transformers", "evaluate", "huggingface_hub", "datasets")
LONGEST = 120.0

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([*BELOW, "tests.fresh"])


class Done(NamedTuple):
    """What code has printed, and how it failed; an empty error where it has not."""

    printed: str
    error: str


def run_fresh(code: str, environment: Mapping[str, str] | None = None) -> Done:
    """Run code in a process of its own.

    Args:
        code: Python.
        environment: Variables to set before.

    Returns:
        What came of it.
    """
    ours, theirs = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_execute, args=(code, dict(environment or {}), theirs), daemon=True)
    process.start()
    theirs.close()
    if not ours.poll(LONGEST):
        process.kill()
        return Done("", f"not done after {LONGEST:g} s")
    try:
        return Done(*ours.recv())
    except EOFError:
        return Done("", "it ended without an answer")
    finally:
        process.join()


def _execute(code: str, environment: dict[str, str], answer: Connection) -> None:
    known = [name for name in OURS if name in sys.modules]
    assert not known, f"{known} are imported already"
    os.environ.update(environment)
    printed, error = io.StringIO(), ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(code, "<fresh>", "exec"), {"__name__": "__fresh__"})
        except BaseException:
            error = traceback.format_exc()
    answer.send((printed.getvalue(), error))
