"""Handing out the six metrics: to `evaluate.load` by bare name, and directly."""

import importlib
import os
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from wrapt import when_imported, wrap_function_wrapper

from hf_toxspan._version import __version__

if TYPE_CHECKING:
    from hf_toxspan.metrics.module import MetricModule

NAMES = (
    "toxic_span_f1",
    "hard_soft_quad_f1",
    "rationale_plausibility",
    "rationale_faithfulness",
    "gmb_bias_auc",
    "vihos_char_f1",
)


def load(name: str, config_name: str | None = None, **settings: Any) -> "MetricModule":
    """Return one of the six metrics, ready to `compute`.

    Args:
        name: One of `NAMES`.
        config_name: The protocol, where the metric knows several; its first one when None.
        **settings: Of `evaluate.Metric`, such as ``keep_in_memory=True`` or ``num_process``.

    Returns:
        An `evaluate.Metric`.

    Raises:
        ValueError: If there is no metric of this name.

    >>> load("toxic_span_f1").compute(predictions=[[[0, 4]]], references=[[[2, 4]]])["char_iou"]
    0.5
    """
    if name not in NAMES:
        raise ValueError(f"{name!r} is no metric of hf_toxspan; expected one of {', '.join(NAMES)}")
    class_name = "".join(word.capitalize() for word in name.split("_"))
    module_class = getattr(importlib.import_module(_module_of(name)), class_name)
    metric: MetricModule = module_class(config_name=config_name, hash=__version__, **settings)
    return metric


def _module_of(name: str) -> str:
    return f"hf_toxspan.metrics.{name}"


def register_metrics() -> None:
    """Let `evaluate.load` find the six by bare name, whichever of the two packages is imported first.

    `evaluate` looks for a bare name in the working directory, then on the Hub. The six are answered in between, from
    this package: no request, no copy in a cache, the same version always. Every other name takes its usual way.
    """
    when_imported("evaluate.loading")(_register)


def _register(loading: ModuleType) -> None:
    # An evaluate without this function is newer than any we know: `load` above still works there.
    usual = getattr(loading, "evaluation_module_factory", None)
    if usual is not None and getattr(usual, "_self_wrapper", None) is not _find:
        wrap_function_wrapper(loading, "evaluation_module_factory", _find)


def _find(usual: Callable[..., Any], _: object, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Say where a metric's code lies, as `evaluate.loading.evaluation_module_factory` does."""
    path = arguments[0] if arguments else named.get("path")
    if path not in NAMES or os.path.isfile(os.path.join(path, f"{path}.py")) or named.get("revision") is not None:
        return usual(*arguments, **named)
    from evaluate.loading import ImportableModule

    return ImportableModule(_module_of(path), __version__)
