"""Numbers that others published on HateXplain and ViHOS, by benchmark and by the board they stand beside.

All are of the **test** part, so of other texts than those of any other part, and of single training runs. Left out are
the replication's binary F1 (which F1 is not said) and RATeD's syllable, "SpanIoU" and "StrictF1" columns (their rules
are not among ours).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

SOURCES = {
    "paper": "Mathew et al., AAAI 2021, classification table",
    "table 5": "explainability table of the same paper as others quote it, not verified",
    "notebook": "printed in its Bias_Calculation_NB.ipynb",
    "MRP": "Kim et al. 2022, masked rationale prediction",
    "11711": "replication with the official scorer, 1,142 posts (sayani-kundu/11711-HateXplain)",
    "RATeD": 'README of danny2904/RATeD, F1 taken for macro-F1; what its "faithfulness" is, it does not say',
    "RATeD csv": "table of baselines in danny2904/RATeD",
    "ViHOS": "Hoang et al., EACL 2023: all spans, macro over tokens",
}
"""Where the numbers stand, by the mark behind a system's name."""

OTHER_RULES = {"vihos_tokens": "Published by other rules: ViHOS tokens, macro"}
"""Titles of protocols that are not among ours."""


class Published(NamedTuple):
    """Scores of one system in [0, 1], by the name that our boards give them, and the key of its source."""

    system: str
    source: str
    scores: Mapping[str, float]


Line = tuple[str | float, ...]
"""System and source, then the scores."""


def _table(names: str, *lines: Line) -> list[Published]:
    """Name the scores of each line."""
    return [
        Published(str(system), str(source), dict(zip(names.split(), map(float, scores), strict=True)))
        for system, source, *scores in lines
    ]


_HATEXPLAIN = {
    "labels": [
        *_table(
            "accuracy macro_f1 roc_auc",
            ("CNN-GRU", "paper", 0.627, 0.606, 0.793),
            ("BiRNN", "paper", 0.595, 0.575, 0.767),
            ("BiRNN-Attn", "paper", 0.621, 0.614, 0.795),
            ("BiRNN-HX", "paper", 0.629, 0.629, 0.805),
            ("BERT", "paper", 0.690, 0.674, 0.843),
            ("BERT-HX", "paper", 0.698, 0.687, 0.851),
            ("BERT-RP", "MRP", 0.707, 0.693, 0.853),
            ("BERT-MRP", "MRP", 0.704, 0.699, 0.862),
        ),
        *_table("macro_f1 roc_auc", ("BERT-HX, weight .001", "11711", 0.669, 0.852)),
        *_table("accuracy macro_f1", ("backbone", "RATeD", 0.672, 0.658), ("backbone + judge", "RATeD", 0.681, 0.665)),
    ],
    "plausibility_top5": _table(
        "iou_f1 token_f1 auprc",
        ("BERT-HX, weight .001", "11711", 0.1371, 0.4454, 0.6855),
        ("BERT-HX, weight 1", "11711", 0.1441, 0.5536, 0.8390),
        ("BERT-HX, weight 10", "11711", 0.1411, 0.5529, 0.8421),
        ("BERT-HX, weight 100", "11711", 0.1425, 0.5669, 0.8680),
        ("BERT-HX, attention", "table 5", 0.120, 0.411, 0.626),
        ("BERT-HX, LIME", "table 5", 0.112, 0.452, 0.722),
    ),
    "plausibility_pooled": _table("span_f1", ("backbone", "RATeD", 0.442), ("backbone + judge", "RATeD", 0.474)),
    "bias": _table(
        "gmb_subgroup_auc gmb_bpsn_auc gmb_bnsp_auc",
        ("CNN-GRU", "notebook", 0.6467, 0.5694, 0.6724),
        ("BiRNN", "notebook", 0.6810, 0.6050, 0.6806),
        ("BiRNN-Attn", "notebook", 0.6664, 0.6182, 0.6500),
        ("BiRNN-HX", "notebook", 0.6026, 0.4874, 0.6989),
        ("BERT", "notebook", 0.7568, 0.6768, 0.7640),
        ("BERT-HX", "notebook", 0.7802, 0.6994, 0.7803),
        ("BERT-HX", "11711", 0.8139, 0.7643, 0.7898),
        ("BERT-HX, attention", "table 5", 0.807, 0.745, 0.763),
    ),
    "faithfulness": [
        *_table(
            "comprehensiveness sufficiency",
            ("BERT-HX, weight .001", "11711", 0.4151, 0.1219),
            ("BERT-HX, weight 1", "11711", 0.6070, 0.1347),
            ("BERT-HX, weight 10", "11711", 0.5925, 0.1120),
            ("BERT-HX, weight 100", "11711", 0.5857, 0.0699),
            ("BERT-HX, attention", "table 5", 0.424, 0.160),
            ("BERT-HX, LIME", "table 5", 0.500, 0.004),
        ),
        *_table("comprehensiveness", ("backbone", "RATeD", 0.481), ("backbone + judge", "RATeD", 0.529)),
    ],
}

_VIHOS = {
    "toxic_or_not": _table(
        "accuracy macro_f1",
        ("backbone", "RATeD", 0.914, 0.912),
        ("backbone + judge", "RATeD", 0.939, 0.938),
        ("xlm-roberta-base", "RATeD csv", 0.8996, 0.8994),
        ("PhoBERT-v2", "RATeD csv", 0.8951, 0.8946),
        ("RATeD", "RATeD csv", 0.8888, 0.8888),
        ("distil-mBERT", "RATeD csv", 0.8879, 0.8878),
        ("mBERT-cased", "RATeD csv", 0.8743, 0.8734),
        ("mBERT-uncased", "RATeD csv", 0.8644, 0.8644),
    ),
    "vihos_rated": [
        *_table("macro_f1", ("backbone", "RATeD", 0.824), ("backbone + judge", "RATeD", 0.866)),
        *_table(
            "accuracy weighted_f1 macro_f1",
            ("xlm-roberta-base", "RATeD csv", 0.9112, 0.9105, 0.869),
            ("PhoBERT-v2", "RATeD csv", 0.9108, 0.9054, 0.8654),
            ("RATeD", "RATeD csv", 0.8937, 0.8969, 0.8257),
            ("distil-mBERT", "RATeD csv", 0.9051, 0.9052, 0.8541),
            ("mBERT-cased", "RATeD csv", 0.8989, 0.8916, 0.8461),
            ("mBERT-uncased", "RATeD csv", 0.9038, 0.9051, 0.8418),
        ),
    ],
    "vihos_tokens": _table(
        "precision recall f1",
        ("XLM-R base", "ViHOS", 0.7766, 0.7574, 0.7467),
        ("XLM-R large", "ViHOS", 0.8071, 0.7887, 0.7770),
        ("PhoBERT base", "ViHOS", 0.7870, 0.7680, 0.7569),
        ("PhoBERT large", "ViHOS", 0.8028, 0.7835, 0.7716),
        ("BiLSTM-CRF, syllables", "ViHOS", 0.7452, 0.7769, 0.7453),
        ("BiLSTM-CRF, words", "ViHOS", 0.6823, 0.7489, 0.7036),
    ),
}

PUBLISHED: Mapping[str, Mapping[str, Sequence[Published]]] = {"hatexplain": _HATEXPLAIN, "vihos": _VIHOS}
"""By benchmark and board."""


def benchmark_of(source: str) -> str | None:
    """Return the benchmark that a data source names before its colon, or None.

    Args:
        source: As `hf_toxspan.data.sources.load_data` takes it.

    Returns:
        A key of `PUBLISHED`.

    >>> benchmark_of("hatexplain:folder"), benchmark_of("rows.jsonl")
    ('hatexplain', None)
    """
    name, colon, _ = source.partition(":")
    return name if colon and name in PUBLISHED else None
