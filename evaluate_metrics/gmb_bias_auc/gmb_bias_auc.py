"""The module of this Space: `evaluate.load("gmb_bias_auc")` returns its class."""

from hf_toxspan.metrics.gmb_bias_auc import GmbBiasAuc as GmbBiasAuc
