"""The module of this Space: `evaluate.load("rationale_plausibility")` returns its class."""

from hf_toxspan.metrics.rationale_plausibility import RationalePlausibility as RationalePlausibility
