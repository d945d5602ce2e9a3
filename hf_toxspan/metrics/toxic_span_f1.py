"""`evaluate.load("toxic_span_f1")`: character spans against gold spans."""

from hf_toxspan.metrics import module
from hf_toxspan.scoring.toxic_span_f1 import TOXIC_SPAN_F1


class ToxicSpanF1(module.MetricModule):
    """Character spans against gold spans."""

    metric = TOXIC_SPAN_F1
    sources = (
        "https://arxiv.org/abs/2604.12321",
        "https://aclanthology.org/2021.semeval-1.6/",
    )
    citation_text = """\
@inproceedings{pavlopoulos-etal-2021-semeval,
  title = {{SemEval}-2021 Task 5: Toxic Spans Detection},
  author = {Pavlopoulos, John and Sorensen, Jeffrey and Laugier, Leo and Androutsopoulos, Ion},
  booktitle = {Proceedings of the 15th International Workshop on Semantic Evaluation}, year = {2021}
}
"""
