"""Rows as a cascade writes them where every text was judged, for tests."""

from typing import Any

import numpy as np

from hf_toxspan.evaluation.cascade_rows import JudgedRow

TEXT = "you fool"
TOXIC = {"normal": False, "offensive": True, "hatespeech": True}


def gold_row(label: str, name: str = "1", *, annotated: bool = True) -> dict[str, Any]:
    spans = [[4, 8]] if TOXIC[label] else []
    return {"id": name, "text": TEXT, "label": label, "toxic": TOXIC[label], "spans": spans if annotated else None}


def said_row(
    backbone: dict[str, float], judge: str | bool | None, name: str = "1", *, out: str | None = None
) -> dict[str, Any]:
    """Write what a cascade would: `judge` is its label, whether the text is toxic, or None where it did not answer."""
    own = max(backbone, key=lambda label: backbone[label])
    label = own if judge is None else judge if isinstance(judge, str) else "offensive" if judge else "normal"
    label = label if out is None else out
    toxicities = [value for name, value in backbone.items() if TOXIC[name]]
    toxic = judge if isinstance(judge, bool) else judge is not None and TOXIC[judge]
    return {
        "id": name,
        "text": TEXT,
        "label": label,
        "score": 1.0,
        "toxic": TOXIC[label],
        "spans": [{"start": 4, "end": 8, "text": "fool", "score": 1.0, "source": "judge"}] if TOXIC[label] else [],
        "confidence": backbone[own],
        "path": "judge",
        "backbone": {
            "label": own,
            "score": backbone[own],
            "toxicity": sum(toxicities) if sum(backbone.values()) < 1.01 else max(toxicities),
            "probabilities": backbone,
            "spans": [[0, 8]] if TOXIC[own] else [],
        },
        "judge": {
            "status": "unparsed" if judge is None else "judged",
            "toxic": None if judge is None else toxic,
            "label": judge if isinstance(judge, str) else None,
            "toxicity": None,
            "probabilities": {},
            "spans": [[4, 8]] if toxic else [],
        },
    }


def judged(gold: str, backbone: dict[str, float], judge: str | bool | None, **options: Any) -> JudgedRow:
    return JudgedRow("judged.jsonl, line 1", said_row(backbone, judge, **options), gold_row(gold))


def drawn(texts: int, *, good: float, seed: int = 0) -> list[JudgedRow]:
    """Draw texts of a backbone whose doubt tells of errors, and of a judge that is right as often as said."""
    draw = np.random.default_rng(seed)
    rows = []
    for place in range(texts):
        sure, second = draw.uniform(0.4, 1), draw.uniform(0.3, 0.7)
        names = list(draw.permutation(list(TOXIC)))
        backbone = dict(zip(names, (sure, *((1 - sure) * part for part in (second, 1 - second))), strict=True))
        gold = str(names[0] if draw.random() < sure else draw.choice(names[1:]))
        judge = gold if draw.random() < good else str(draw.choice(names))
        said = said_row({name: backbone[name] for name in TOXIC}, judge, f"text {place}")
        rows.append(JudgedRow(f"judged.jsonl, line {place + 1}", said, gold_row(gold, f"text {place}")))
    return rows
