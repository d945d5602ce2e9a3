"""`hf-toxspan serve`: the model behind HTTP, with routes of our own and those of Perspective API."""

import argparse
import logging
import os
from collections.abc import Callable
from typing import Any

from hf_toxspan.cli import obfuscation
from hf_toxspan.cli.extract import positive

LOG = logging.getLogger(__name__)
KEY_VARIABLE = "HF_TOXSPAN_API_KEY"
TORCH_ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "16"}
"""What torch reads when it is first imported, unless it is set. Its threads would wait for each other by spinning, and
so take the cores from those that answer requests; and it would keep a plan for each of a thousand shapes of a batch,
over 120 MB of them (measured; see the benchmarks)."""

_DESCRIPTION = """Answer over HTTP whether texts are toxic, and which characters made them so.

Requests of many clients go through the model together. Texts are neither stored nor logged. Without options it
listens on this machine alone, with the small model that ships, and needs no network."""

_EPILOG = f"""examples:
  hf-toxspan serve
  hf-toxspan serve --model runs/rated --port 9000 --threads 4
  {KEY_VARIABLE}=... hf-toxspan serve --host 0.0.0.0 --public-url https://toxspan.example.org
  hf-toxspan serve --api-key-file keys.txt --allow-origin https://forum.example.org

ask it (the page http://127.0.0.1:8000/docs shows all fields):
  curl -H 'Content-Type: application/json' -d '{{"text": "What a stupid idea, you fool."}}' \\
      http://127.0.0.1:8000/v1/extract
  {{"label": "toxic", "score": 0.96, "toxic": true, "toxicity": 0.96,
   "spans": [{{"start": 7, "end": 13, "text": "stupid", "score": 1.0}}]}}
  {{"texts": ["...", "..."]}} gives {{"results": [...]}}; "offsets": "utf16" counts as JavaScript and Java do.

in the place of Perspective API:
  curl -H 'Content-Type: application/json' -d '{{"comment": {{"text": "you fool"}}, "spanAnnotations": true,
      "requestedAttributes": {{"TOXICITY": {{}}}}}}' http://127.0.0.1:8000/v1alpha1/comments:analyze

  A client needs its base URL changed, nothing else:
    google-api-python-client   discovery.build("commentanalyzer", "v1alpha1", developerKey=KEY, static_discovery=False,
                                   discoveryServiceUrl="http://127.0.0.1:8000/$discovery/rest?version=v1alpha1")
    perspective (PyPI)         api.api_client.url = "http://127.0.0.1:8000/v1alpha1/{{endpoint}}"
    others                     http://127.0.0.1:8000 for https://commentanalyzer.googleapis.com

  TOXICITY is the probability of the model's toxic labels. With spanAnnotations the spanScores are the toxic
  characters (without, or if there are none, one span is the whole text). Other attributes are refused, unless
  --attribute names the label that they stand for. Languages: those of --languages; any key is taken, unless one is set.

keys: one a line in --api-key-file, or {KEY_VARIABLE}; never an option, which others could read in the list of
processes. Clients send Authorization: Bearer KEY, X-Api-Key: KEY or ?key=KEY.

for those who run it: GET /healthz, GET /readyz (503 while the model loads and while it closes down), GET /metrics
(Prometheus). SIGTERM or Ctrl-C: it accepts no more, finishes what it has, and ends; what is not done after --grace
seconds gets a 503. A full queue answers 429 with Retry-After.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "serve",
        help="answer over HTTP, also in the place of Perspective API",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --api-key KEY is a mistake, not short for --api-key-file
    )
    parser.set_defaults(run=run)
    _add_network(parser.add_argument_group("network"))
    _add_model(parser.add_argument_group("model"))
    _add_perspective(parser.add_argument_group("in the place of Perspective API"))
    _add_limits(parser.add_argument_group("limits"))


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--host", default="127.0.0.1", metavar="HOST", help="where to listen (default: 127.0.0.1)")
    group.add_argument("--port", type=_port, default=8000, metavar="N", help="default: 8000; 0: any that is free")
    group.add_argument("--api-key-file", metavar="FILE", help="keys that clients need, one a line")
    group.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that clients may know it by; on loopback others are refused; repeat",
    )
    group.add_argument(
        "--allow-origin", action="append", default=[], metavar="URL", help="a site whose pages may call it; repeat"
    )


def _add_model(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-m", "--model", metavar="MODEL", help="folder or Hub id (default: the small one that ships)")
    group.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    group.add_argument(
        "--dtype", choices=("auto", "float32", "bfloat16", "float16"), default="float32", help="default: float32"
    )
    group.add_argument(
        "--toxic-label", action="append", metavar="LABEL", help="a toxic label, where the model does not say; repeat"
    )
    group.add_argument("--threads", type=positive, metavar="N", help="cores for the model on a CPU (default: all)")
    group.add_argument(
        "--batch-size", type=positive, default=16, metavar="N", help="of a forward pass; never changes a result (16)"
    )
    obfuscation.add_options(group)


def _add_perspective(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--public-url", metavar="URL", help="address for the discovery document (default: the one the client used)"
    )
    group.add_argument(
        "--languages",
        metavar="CODES",
        help="languages that are taken, such as zh,en,vi; 'any' (default: the model's, any if it does not say)",
    )
    group.add_argument(
        "--attribute",
        action="append",
        default=[],
        metavar="NAME=LABEL",
        help="answer a further attribute with the probability of a label of the model; repeat",
    )


def _add_limits(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--max-batch", type=positive, default=64, metavar="N", help="texts that go together (64)")
    group.add_argument(
        "--max-wait", type=_milliseconds, default=2.0, metavar="MS", help="to wait for more texts, at most (2)"
    )
    group.add_argument("--queue", type=positive, default=1024, metavar="N", help="texts that may wait (1024)")
    group.add_argument("--max-texts", type=positive, default=256, metavar="N", help="texts of a request (256)")
    group.add_argument("--max-characters", type=positive, default=50_000, metavar="N", help="of a text (50000)")
    group.add_argument("--max-body", type=positive, default=2 * 2**20, metavar="BYTES", help="of a request (2 MiB)")
    group.add_argument("--timeout", type=positive, default=60, metavar="S", help="seconds for an answer (60)")
    group.add_argument("--connections", type=positive, default=256, metavar="N", help="at a time (256)")
    group.add_argument("--grace", type=positive, default=20, metavar="S", help="seconds to finish at the end (20)")


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Args:
        args: The parsed options.

    Returns:
        0 when it was asked to end.

    Raises:
        ImportError: If the extra is not installed.
        ValueError: If an option is wrong or the model can't be loaded.
        OSError: If a file can't be read or the port can't be had.
    """
    check_installed()
    from hf_toxspan.cli.serve_settings import build_settings
    from hf_toxspan.serving.runner import is_loopback, run_service

    for name, value in TORCH_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = build_settings(args, os.environ.get(KEY_VARIABLE))
    load = _loader(args)
    if not settings.keys and not is_loopback(args.host):
        LOG.warning("%s is open to all who can reach it: set a key with --api-key-file or %s", args.host, KEY_VARIABLE)
    run_service(load, settings, host=args.host, port=args.port)
    return 0


def check_installed() -> None:
    """Say what to install where the extra is missing.

    Raises:
        ImportError: If it is.
    """
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise ImportError('the service needs fastapi, uvicorn and more: pip install "hf_toxspan[serve]"') from error


def _loader(args: argparse.Namespace) -> Callable[[], Any]:
    """Return what loads the pipeline; options that are wrong are found now, not when the server runs."""
    second_reading = obfuscation.normaliser_of(args)

    def load() -> Any:
        import torch

        from hf_toxspan.cli.classifier import load_pipeline

        if args.threads is not None:
            torch.set_num_threads(args.threads)
        settings = {"device": args.device, "dtype": args.dtype, "toxic_labels": args.toxic_label}
        return load_pipeline(args.model, second_reading=second_reading, **settings)

    return load


def _port(value: str) -> int:
    if not value.isdecimal() or int(value) > 65_535:
        raise argparse.ArgumentTypeError(f"{value!r} is no port; expected 0 to 65535")
    return int(value)


def _milliseconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{value!r} is not between 0 and 1000 milliseconds")
    return number
