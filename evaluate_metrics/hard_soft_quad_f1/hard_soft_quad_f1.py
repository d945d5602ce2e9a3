"""The module of this Space: `evaluate.load("hard_soft_quad_f1")` returns its class."""

from hf_toxspan.metrics.hard_soft_quad_f1 import HardSoftQuadF1 as HardSoftQuadF1
