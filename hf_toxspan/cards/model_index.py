"""The `model-index` of a card: measured scores in the form that the Hub reads."""

import re
from collections.abc import Iterator, Sequence

from huggingface_hub import EvalResult

from hf_toxspan.cards.reports import AS_SHOWN, CLASSES, EXPLAINED, Protocol, ReadReport

_METRICS: dict[str, tuple[str, dict[str, str]]] = {
    CLASSES: ("text-classification", {"macro_f1": "f1", "accuracy": "accuracy", "roc_auc": "roc_auc"}),
    "labels": ("text-classification", {"macro_f1": "f1", "accuracy": "accuracy", "roc_auc": "roc_auc"}),
    EXPLAINED: ("token-classification", {"char_f1": "f1", "char_iou": "iou", "overlap_f1": "overlap_f1"}),
    AS_SHOWN: ("token-classification", {"char_f1": "f1", "char_iou": "iou", "overlap_f1": "overlap_f1"}),
    "quadruples_ccl25": ("text-generation", {"average_f1": "f1", "hard_f1": "hard_f1", "soft_f1": "soft_f1"}),
    "quadruples_state": ("text-generation", {"average_f1": "f1", "hard_f1": "hard_f1", "soft_f1": "soft_f1"}),
}
"""Of each protocol the Hub's task, and its scores by the Hub's metric names (own names where the Hub has none)."""
_NAMES = {
    CLASSES: "toxic or not",
    "labels": "labels",
    EXPLAINED: "spans, explained whatever the predicted label",
    AS_SHOWN: "spans, as shown",
    "quadruples_ccl25": "quadruples, rules of ccl25",
    "quadruples_state": "quadruples, rules of state",
}


def eval_results(reports: Sequence[ReadReport]) -> list[EvalResult]:
    """Return this model's scores, each with its protocol and interval.

    Args:
        reports: The reports.

    Returns:
        A result a score that is defined; none where nothing was measured.
    """
    return [
        result
        for report in reports
        for name, protocol in report.protocols.items()
        if name in _METRICS and report.model in protocol.systems
        for result in _results(report, name, protocol)
    ]


def _results(report: ReadReport, name: str, protocol: Protocol) -> Iterator[EvalResult]:
    task, metrics = _METRICS[name]
    for score, metric in metrics.items():
        value, low, high = protocol.score(report.model, score)
        if value is None:
            continue
        interval = {} if low is None or high is None else {"confidence_interval_95": [round(low, 4), round(high, 4)]}
        yield EvalResult(
            task_type=task,
            dataset_type=slug(report.data),
            dataset_name=report.data,
            metric_type=metric,
            metric_value=round(value, 4),
            metric_name=f"{score.replace('_', ' ')} ({_NAMES[name]})",
            metric_args={"protocol": name, "texts": protocol.texts or report.rows, **interval},
        )


def slug(name: str) -> str:
    """Write a data set's name as the Hub writes its types.

    >>> slug("COLD dev (zh)"), slug("…")
    ('cold-dev-zh', 'data')
    """
    return re.sub(r"[^\w]+", "-", name.lower(), flags=re.ASCII).strip("-") or "data"
