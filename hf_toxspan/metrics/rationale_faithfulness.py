"""`evaluate.load("rationale_faithfulness")`: whether a model relies on its evidence."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from datasets import Features, List, Value

from hf_toxspan.metrics import module, rationale_plausibility
from hf_toxspan.scoring.rationale_faithfulness import RATIONALE_FAITHFULNESS

NUMBER, BINS = Value("float64"), List(Value("float64"))


class RationaleFaithfulness(module.MetricModule):
    """Whether a model relies on its evidence."""

    metric = RATIONALE_FAITHFULNESS
    sources = ("https://aclanthology.org/2020.acl-main.408/", "https://arxiv.org/abs/2012.10289")
    citation_text = rationale_plausibility.RationalePlausibility.citation_text

    def _features(self) -> list[Features]:
        """One probability a text, or one for each bin of AOPC."""
        kinds = product((NUMBER, BINS), repeat=2)
        return [Features({"full": NUMBER, "without": without, "only": only}) for without, only in kinds]

    def _infer_feature_from_batch(self, batch: Mapping[str, Any]) -> Features:
        """Choose among the features by the first text; without one any will do."""
        features: Features = super()._infer_feature_from_batch(batch) if batch["full"] else self._features()[0]
        return features
