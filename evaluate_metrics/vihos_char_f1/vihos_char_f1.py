"""The module of this Space: `evaluate.load("vihos_char_f1")` returns its class."""

from hf_toxspan.metrics.vihos_char_f1 import VihosCharF1 as VihosCharF1
