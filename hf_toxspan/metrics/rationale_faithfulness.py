"""`evaluate.load("rationale_faithfulness")`: whether a model relies on its evidence."""

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
        return [Features({"full": NUMBER, "without": kind, "only": kind}) for kind in (NUMBER, BINS)]
