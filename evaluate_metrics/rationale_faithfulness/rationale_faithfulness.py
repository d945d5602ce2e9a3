"""The module of this Space: `evaluate.load("rationale_faithfulness")` returns its class."""

from hf_toxspan.metrics.rationale_faithfulness import RationaleFaithfulness as RationaleFaithfulness
