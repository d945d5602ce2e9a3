"""`evaluate.load("gmb_bias_auc")`: AUCs by community."""

from hf_toxspan.metrics import module
from hf_toxspan.scoring.gmb_bias_auc import GMB_BIAS_AUC


class GmbBiasAuc(module.MetricModule):
    """AUCs by community."""

    metric = GMB_BIAS_AUC
    sources = (
        "https://arxiv.org/abs/1903.04561",
        "https://arxiv.org/abs/2012.10289",
    )
    citation_text = """\
@inproceedings{borkan-etal-2019-nuanced,
  title = {Nuanced Metrics for Measuring Unintended Bias with Real Data for Text Classification},
  author = {Borkan, Daniel and Dixon, Lucas and Sorensen, Jeffrey and Thain, Nithum and Vasserman, Lucy},
  booktitle = {Companion Proceedings of The World Wide Web Conference}, year = {2019}
}
"""
