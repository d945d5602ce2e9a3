"""Reports by hand, as `hf-toxspan evaluate --output` and the recipes write them."""

from typing import Any


def system(value: float | None, *, low: float = 0.1, high: float = 0.9, **more: Any) -> dict[str, Any]:
    """Return a system's scores, all alike."""
    names = ("macro_f1", "accuracy", "roc_auc", "char_f1", "char_iou", "overlap_f1", "text_char_f1")
    return {**dict.fromkeys(names, value), "confidence_intervals": {name: [low, high] for name in names}, **more}


def span_report(*, data: str = "cold:/home/me/dev.csv", model: str = "runs/v1", value: float = 0.5) -> dict[str, Any]:
    """Return a report of spans, labels and bias with the trivial systems and a model."""
    systems = {"mark everything": system(0.3), "lexicon (3 terms)": system(0.6), model: system(value)}
    group = {"subgroup_auc": 0.7, "bpsn_auc": 0.6, "bnsp_auc": None, "positives": 30, "negatives": 12}
    bias = {
        name: {
            "gmb_subgroup_auc": 0.5,
            "confidence_intervals": {"gmb_subgroup_auc": [0.4, 0.6]},
            "groups": {"Women": group},
        }
        for name in systems
    }
    columns = {
        "toxic_or_not": {"macro-F1": "macro_f1", "accuracy": "accuracy", "AUROC": "roc_auc"},
        "spans_explained": {"char F1": "char_f1", "char IoU": "char_iou", "overlap F1": "overlap_f1"},
        "bias": {"Subgroup AUC": "gmb_subgroup_auc"},
    }
    return {
        "made_by": "hf_toxspan 0.1.0",
        "data": data,
        "rows": 1200,
        "toxic": 500,
        "annotated": 0,
        "systems": {name: {"classes": {"macro_f1": 0.5}, "explained": None} for name in systems},
        "protocols": {
            name: {
                "protocol": f"Title of {name}",
                "texts": 1200,
                "columns": own,
                "reading": f"How to read {name}.",
                "systems": bias if name == "bias" else systems,
            }
            for name, own in columns.items()
        },
        "notes": ["What was not measured."],
    }


def quadruple_report() -> dict[str, Any]:
    """Return a report of quadruples."""
    names = ("hard_f1", "soft_f1", "average_f1")
    own = {**dict.fromkeys(names, 0.25), "confidence_intervals": {name: [0.2, 0.3] for name in names}}
    systems = {name: {"ccl25": own, "state": own} for name in ("mark everything", "encoder")}
    return {"data": "state_toxicn:train.json", "rows": 300, "systems": systems, "notes": []}
