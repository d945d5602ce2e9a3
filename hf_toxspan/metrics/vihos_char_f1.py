"""`evaluate.load("vihos_char_f1")`: characters of Vietnamese comments."""

from hf_toxspan.metrics import module
from hf_toxspan.scoring.vihos_char_f1 import VIHOS_CHAR_F1


class VihosCharF1(module.MetricModule):
    """Characters of Vietnamese comments."""

    metric = VIHOS_CHAR_F1
    sources = (
        "https://aclanthology.org/2023.eacl-main.47/",
        "https://github.com/tarudesu/ViHateT5",
        "https://github.com/danny2904/RATeD",
    )
    citation_text = """\
@inproceedings{hoang-etal-2023-vihos,
  title = {{ViHOS}: Hate Speech Spans Detection for {Vietnamese}},
  author = {Hoang, Phu Gia and Luu, Canh Duc and Tran, Khanh Quoc and Nguyen, Kiet Van and Nguyen, Ngan Luu-Thuy},
  booktitle = {Proceedings of EACL}, year = {2023}
}
"""
