"""The module of this Space: `evaluate.load("toxic_span_f1")` returns its class."""

from hf_toxspan.metrics.toxic_span_f1 import ToxicSpanF1 as ToxicSpanF1
