"""The six metrics as `evaluate` modules; `hf_toxspan.metrics.load("toxic_span_f1")` returns one."""

from hf_toxspan.metrics.loading import NAMES, load

__all__ = ["NAMES", "load"]
