"""Results as HTML fragments for the page; whatever comes from a visitor or a model is escaped here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from itertools import islice
from typing import Any

from hf_toxspan.core.graphemes import CLUSTER
from hf_toxspan.demo.analysis import Answer, Row
from hf_toxspan.demo.words import Refused, say
from hf_toxspan.views.html import highlight
from hf_toxspan.views.pieces import visible

SHOWN = 50
"""Rows on the page; the downloads hold all."""
MOST_SPANS = 50
LONGEST_SKY = 280
LONGEST_SHADED = 5_000
MOST_BARS = 12
_OPEN = 3
"""Up to this many texts have their details open."""


def clean(value: object) -> str:
    """Return anything as HTML text: escaped, its control and reordering characters shown by name."""
    return escape(visible(str(value)))


def notice(language: str, error: Refused) -> str:
    """Return what is wrong, in the page's language.

    Args:
        language: Its code.
        error: The reason.

    Returns:
        An HTML fragment that screen readers announce.
    """
    return f'<p class="tx-notice" role="alert">{clean(say(language, error.reason, **error.values))}</p>'


def nothing_yet(language: str) -> str:
    """Return what stands where the results will be."""
    return f'<p class="tx-empty">{clean(say(language, "empty_results"))}</p>'


def results(language: str, rows: Sequence[Row]) -> str:
    """Return results as cards, side by side where systems are compared.

    Args:
        language: The page's.
        rows: The results.

    Returns:
        An HTML fragment.
    """
    shown = "".join(_item(language, row, alone=len(rows) <= _OPEN) for row in rows[:SHOWN])
    more = say(language, "shown", shown=SHOWN, total=len(rows)) if len(rows) > SHOWN else ""
    note = f'<p class="tx-note">{clean(more)}</p>' if more else ""
    return f'{_counts(language, rows) if len(rows) > 1 else ""}{note}<ol class="tx-list">{shown}</ol>'


def _counts(language: str, rows: Sequence[Row]) -> str:
    kinds = Counter("unread" if row.error is not None else _kind(row.answers[0]) for row in rows)
    parts = [
        f'<span class="tx-{kind}"><b>{kinds[kind]:,}</b> {clean(say(language, kind))}</span>'
        for kind in ("toxic", "clean", "unread")
        if kinds[kind] or kind != "unread"
    ]
    total = clean(say(language, "count", total=len(rows)))
    return f'<p class="tx-counts"><span>{total}</span>{"".join(parts)}</p>'


def _kind(answer: Answer) -> str:
    return "toxic" if answer.result["toxic"] else "clean"


def _item(language: str, row: Row, *, alone: bool) -> str:
    if row.error is not None:
        place = clean(say(language, "line", line=row.line))
        return f'<li class="tx-card tx-unread"><header><b>{place}</b></header><p><bdi>{clean(row.error)}</bdi></p></li>'
    cards = "".join(_card(language, row, answer, alone=alone) for answer in row.answers)
    return f'<li class="tx-row tx-wide-{len(row.answers)}">{cards}</li>'


def _card(language: str, row: Row, answer: Answer, *, alone: bool) -> str:
    result = answer.result
    shaded = result["saliency"] is not None and len(row.text) <= LONGEST_SHADED
    text = highlight(row.text, result["spans"], saliency=result["saliency"] if shaded else None)
    source = f"{clean(answer.system)} · {clean(say(language, answer.method))}"
    name = (
        ""
        if alone and len(row.text) and row.name == "1"
        else f'<span class="tx-id"><bdi>{clean(row.name)}</bdi></span>'
    )
    details = "".join(part(language, row.text, result) for part in (_judge, _read_as, _bars, _spans, _sky))
    summary = f"<summary>{clean(say(language, 'details'))}</summary>"
    below = f'<div class="tx-details">{details}</div>'
    return (
        f'<article class="tx-card tx-{_kind(answer)}"><header>'
        f'<b class="tx-label"><bdi>{clean(result["label"])}</bdi></b>'
        f'<span class="tx-score">{result["score"]:.2f}</span>{name}<span class="tx-source">{source}</span></header>'
        f'<div class="tx-text" tabindex="0">{text}</div>'
        f"{below if alone else f'<details>{summary}{below}</details>'}</article>"
    )


def _section(language: str, key: str, inner: str) -> str:
    return f'<section class="tx-part"><h4>{clean(say(language, key))}</h4>{inner}</section>'


def _bars(language: str, _text: str, result: Mapping[str, Any]) -> str:
    ranked = sorted(result["probabilities"].items(), key=lambda item: -item[1])[:MOST_BARS]
    bars = "".join(
        f'<li><span class="tx-name"><bdi>{clean(name)}</bdi></span>'
        f'<span class="tx-bar" aria-hidden="true"><i style="width:{100 * min(max(value, 0.0), 1.0):.1f}%"></i></span>'
        f'<span class="tx-value">{value:.2f}</span></li>'
        for name, value in ranked
    )
    return _section(language, "confidence", f'<ul class="tx-bars">{bars}</ul>') if bars else ""


def _spans(language: str, text: str, result: Mapping[str, Any]) -> str:
    found = result["spans"]
    if not found:
        key = "not_explained" if result["saliency"] is None and not result["toxic"] else "no_spans"
        return _section(language, "spans", f'<p class="tx-soft">{clean(say(language, key))}</p>')
    sourced = any("source" in span for span in found)
    keys = ["span_text", "span_place", "span_score", *(["span_source"] if sourced else [])]
    head = "".join(f'<th scope="col">{clean(say(language, key))}</th>' for key in keys)
    body = "".join(_span_row(language, text, span, sourced=sourced) for span in islice(found, MOST_SPANS))
    rest = len(found) - MOST_SPANS
    more = f'<p class="tx-soft">{clean(say(language, "more_spans", count=rest))}</p>' if rest > 0 else ""
    return _section(language, "spans", f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}")


def _span_row(language: str, text: str, span: Mapping[str, Any], *, sourced: bool) -> str:
    quoted = text[span["start"] : span["end"]]
    short = quoted if len(quoted) <= 120 else f"{quoted[:119]}…"
    score = "–" if span["score"] is None else f"{span['score']:.2f}"
    read = f" → {clean(span['read_as'])}" if span.get("read_as", quoted) != quoted else ""
    source = f"<td>{clean(say(language, span.get('source', 'backbone')))}</td>" if sourced else ""
    return (
        f'<tr><th scope="row"><bdi>{clean(short)}</bdi>{read}</th>'
        f"<td>{span['start']}–{span['end']}</td><td>{score}</td>{source}</tr>"
    )


def _sky(language: str, text: str, result: Mapping[str, Any]) -> str:
    """Draw a bar over each character that a reader sees, as high as its saliency."""
    values = result["saliency"]
    if values is None or not text:
        return ""
    if len(text) > LONGEST_SKY:
        inner = f'<p class="tx-soft">{clean(say(language, "sky_too_long", most=LONGEST_SKY))}</p>'
        return f'<div class="tx-saliency">{_section(language, "sky", inner)}</div>'
    drawn = [(own[0], max(values[own.start() : own.end()], default=0.0)) for own in CLUSTER.finditer(text)]
    strongest = max(drawn, key=lambda pair: pair[1])[0]
    columns = "".join(
        f'<i style="--v:{value:.2f}" title="{value:.2f}"><b>{"&nbsp;" if own.isspace() else clean(own)}</b></i>'
        for own, value in drawn
    )
    label = clean(say(language, "sky_label", character=strongest))
    inner = f'<div class="tx-sky" role="img" aria-label="{label}">{columns}</div>'
    return f'<div class="tx-saliency">{_section(language, "sky", inner)}</div>'


def _read_as(language: str, _text: str, result: Mapping[str, Any]) -> str:
    read = result.get("read_as")
    return _section(language, "read_as", f"<p><bdi>{clean(read)}</bdi></p>") if read else ""


def _judge(language: str, _text: str, result: Mapping[str, Any]) -> str:
    if "path" not in result:
        return ""
    judge = result["judge"]
    if judge is None:
        return _section(language, "judge", f"<p>{clean(say(language, 'judge_fast'))}</p>")
    if judge["toxic"] is None:
        words = say(language, "judge_silent", status=judge["status"])
    else:
        words = say(
            language, "judge_judged", verdict=judge["label"] or say(language, "toxic" if judge["toxic"] else "clean")
        )
    reason = f'<p class="tx-soft"><bdi>{clean(judge["rationale"])}</bdi></p>' if judge.get("rationale") else ""
    return _section(language, "judge", f"<p>{clean(words)}</p>{reason}")
