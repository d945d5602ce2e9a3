"""`evaluate.load("rationale_plausibility")`: evidence against people's rationales."""

from hf_toxspan.metrics import module
from hf_toxspan.scoring.rationale_plausibility import RATIONALE_PLAUSIBILITY


class RationalePlausibility(module.MetricModule):
    """Evidence against people's rationales."""

    metric = RATIONALE_PLAUSIBILITY
    sources = (
        "https://aclanthology.org/2020.acl-main.408/",
        "https://arxiv.org/abs/2012.10289",
        "https://github.com/danny2904/RATeD",
    )
    citation_text = """\
@inproceedings{deyoung-etal-2020-eraser,
  title = {{ERASER}: A Benchmark to Evaluate Rationalized {NLP} Models},
  author = {DeYoung, Jay and Jain, Sarthak and Rajani, Nazneen Fatema and Lehman, Eric and Xiong, Caiming and
            Socher, Richard and Wallace, Byron C.},
  booktitle = {Proceedings of ACL}, year = {2020}
}
@inproceedings{mathew-etal-2021-hatexplain,
  title = {{HateXplain}: A Benchmark Dataset for Explainable Hate Speech Detection},
  author = {Mathew, Binny and Saha, Punyajoy and Yimam, Seid Muhie and Biemann, Chris and Goyal, Pawan and
            Mukherjee, Animesh},
  booktitle = {Proceedings of AAAI}, year = {2021}
}
"""
