"""`evaluate.load("hard_soft_quad_f1")`: quadruples, matched hard and soft."""

from hf_toxspan.metrics import module
from hf_toxspan.scoring.hard_soft_quad_f1 import HARD_SOFT_QUAD_F1


class HardSoftQuadF1(module.MetricModule):
    """Quadruples, matched hard and soft."""

    metric = HARD_SOFT_QUAD_F1
    sources = (
        "https://github.com/king-wang123/CCL25-SRAG-MAV",
        "https://github.com/shenmeyemeifashengguo/STATE-ToxiCN",
    )
    citation_text = """\
@inproceedings{state-toxicn-2025,
  title = {{STATE} {ToxiCN}: A Benchmark for Span-level Target-Aware Toxicity Extraction in {Chinese} Hate Speech
           Detection},
  booktitle = {Findings of the Association for Computational Linguistics: ACL}, year = {2025}
}
"""
