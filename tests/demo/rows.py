"""Rows for the tests of what is shown and exported."""

from typing import Any

from hf_toxspan.demo.analysis import Answer, Row

EVIL = "<script>alert(1)</script>\" onload='x' \u202e\x1b"


def answer(text: str, *, toxic: bool = True, label: str = "toxic", system: str = "small", **more: Any) -> Answer:
    spans = [{"start": 0, "end": 3, "text": text[:3], "score": 0.9}] if toxic and len(text) > 2 else []
    result = {"label": label, "score": 0.91, "spans": spans, "saliency": [0.5] * len(text) if toxic else None}
    return Answer(system, "gradient", {**result, "toxic": toxic, "probabilities": {label: 0.91, "other": 0.09}, **more})


def row(text: str, *answers: Answer, line: int = 1) -> Row:
    return Row(line, str(line), text, answers or (answer(text),))
