"""The six metrics by name."""

from hf_toxspan.scoring.gmb_bias_auc import GMB_BIAS_AUC
from hf_toxspan.scoring.hard_soft_quad_f1 import HARD_SOFT_QUAD_F1
from hf_toxspan.scoring.metric import Metric
from hf_toxspan.scoring.rationale_faithfulness import RATIONALE_FAITHFULNESS
from hf_toxspan.scoring.rationale_plausibility import RATIONALE_PLAUSIBILITY
from hf_toxspan.scoring.toxic_span_f1 import TOXIC_SPAN_F1
from hf_toxspan.scoring.vihos_char_f1 import VIHOS_CHAR_F1

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        TOXIC_SPAN_F1,
        HARD_SOFT_QUAD_F1,
        RATIONALE_PLAUSIBILITY,
        RATIONALE_FAITHFULNESS,
        GMB_BIAS_AUC,
        VIHOS_CHAR_F1,
    )
}
