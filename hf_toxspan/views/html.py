"""Results as one HTML file that needs nothing else: no network, no script, no font.

The text under judgement is an attacker's. It is escaped, isolated from the page's writing direction, its control
characters are shown by name, and the page's own content policy forbids scripts and every outside resource.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from hf_toxspan.views.page_style import STYLE
from hf_toxspan.views.pieces import Result, error_message, heading, judge_line, kind, pieces, quadruple_line, visible

# Shades of saliency: enough to see a slope, few enough that a long text stays a small page.
_LEVELS = 6
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_FILTERS = (("all", "All"), ("toxic", "Toxic"), ("clean", "Clean"))


def highlight(text: str, spans: Sequence[Mapping[str, Any]], *, saliency: Sequence[float | None] | None = None) -> str:
    """Return the text as an HTML fragment with its spans marked, the stronger the higher their score.

    The fragment carries its own colours, so that it can be put on any page.

    Args:
        text: The original text, from anyone.
        spans: Dicts with `start`, `end` and `score`.
        saliency: One value in [0, 1] (or None) a character: shades it with a light stripe.

    Returns:
        One `<bdi>` element; `textContent` is the text, but for unsafe characters, which are shown by name.

    Raises:
        ValueError: If a span is empty or outside the text, or the saliency has another length than the text.

    >>> highlight("<you>", [])
    '<bdi dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">&lt;you&gt;</bdi>'
    """
    if saliency is not None and len(saliency) != len(text):
        raise ValueError(f"saliency has {len(saliency)} values; expected one for each of {len(text)} characters")
    parts = []
    for start, end, score in pieces(text, spans):
        inner = _safe(text[start:end]) if saliency is None else _shaded(text[start:end], saliency[start:end])
        parts.append(inner if score is None else _mark(inner, score))
    return f'<bdi dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">{"".join(parts)}</bdi>'


def _safe(text: str) -> str:
    return visible(escape(text), show='<code title="control character">{}</code>'.format)


def _mark(inner: str, score: float) -> str:
    alpha = 0.2 + 0.45 * min(max(0.0, score), 1.0)
    style = f"color:inherit;border-radius:.2em;background:rgb(225 50 50/{alpha:.2f})"
    return f'<mark title="{score:.2f}" style="{style}">{inner}</mark>'


def _shaded(text: str, saliency: Sequence[float | None]) -> str:
    levels = [round(min(max(0.0, value or 0.0), 1.0) * _LEVELS) for value in saliency]
    parts = []
    for level, group in groupby(range(len(text)), key=levels.__getitem__):
        places = list(group)
        inner = _safe(text[places[0] : places[-1] + 1])
        stripe = f"box-shadow:inset 0 -.22em rgb(235 150 20/{level / _LEVELS:.2f})"
        parts.append(f'<span style="{stripe}">{inner}</span>' if level else inner)
    return "".join(parts)


def page_start(title: str) -> str:
    """Return the beginning of a page, up to its first card.

    Args:
        title: The heading, from anyone.

    Returns:
        HTML to be followed by any number of `card`s and one `page_end`.
    """
    name = escape(visible(title))
    inputs = "".join(
        f'<input type="radio" name="show" id="show-{key}"{" checked" if key == "all" else ""}>'
        f'<label for="show-{key}">{label}</label>'
        for key, label in _FILTERS
    )
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n'
        f"<body>\n<h1><bdi>{name}</bdi></h1>\n{inputs}\n<main>\n"
    )


def card(result: Result) -> str:
    """Return one result as a card: its label, its score and its highlighted text.

    Args:
        result: The pipeline's dict plus `text`; or `{"line", "error"}` for a record that could not be read.

    Returns:
        An `<article>`.

    Raises:
        ValueError: If a span lies outside the text.
    """
    return f'<article class="{kind(result)}">{_inside(result)}</article>\n'


def pair_card(results: Mapping[str, Result]) -> str:
    """Return what several systems say about one text as a card, side by side; toxic where one of them says so.

    Args:
        results: A result of the same text by the system's name, from anyone.

    Returns:
        An `<article>`.

    Raises:
        ValueError: If a span lies outside the text.
    """
    kinds = [kind(result) for result in results.values()]
    worst = next((own for own in ("toxic", "undecided", "error") if own in kinds), "clean")
    sides = "".join(
        f'<section class="{kind(result)}"><small>{_safe(name)}</small>{_inside(result)}</section>'
        for name, result in results.items()
    )
    return f'<article class="{worst} pair">{sides}</article>\n'


def _inside(result: Result) -> str:
    if "error" in result:
        return f"<header><b>error</b></header><p><bdi>{_safe(error_message(result))}</bdi></p>"
    label, score = heading(result)
    path = f"<span>{_safe(str(result['path']))}</span>" if result.get("path") is not None else ""
    name = f"<small>{_safe(str(result['id']))}</small>" if result.get("id") is not None else ""
    text = highlight(result["text"], result["spans"], saliency=result.get("saliency"))
    header = f"<header><b>{escape(label)}</b><span>{score}</span>{path}{name}</header>"
    return f"{header}<p>{text}</p>{lines_below(result)}"


def lines_below(result: Result) -> str:
    """Return what stands below a text: its quadruples and what a judge said, as an HTML list; nothing without them."""
    lines = [quadruple_line(own) for own in result.get("quadruples", ())]
    shown = "".join(f"<li><bdi>{escape(line)}</bdi></li>" for line in [*lines, judge_line(result)] if line)
    return f"<ul>{shown}</ul>" if shown else ""


def page_end(counts: Mapping[str, int]) -> str:
    """Return the end of a page with its counts, which the style lifts up below the heading.

    Args:
        counts: How many results were `toxic`, `clean`, `undecided` and `error` (these two left out at 0), as `kind`
            names them.

    Returns:
        The rest of the HTML.
    """
    figures = [f"<b>{counts.get('toxic', 0):,}</b> toxic", f"<b>{counts.get('clean', 0):,}</b> clean"]
    for name, words in (("undecided", "undecided"), ("error", "not read")):
        if counts.get(name):
            figures.append(f"<b>{counts[name]:,}</b> {words}")
    return f'</main>\n<p id="counts">{" · ".join(figures)}</p>\n</body>\n</html>\n'


def page(results: Iterable[Result], *, title: str) -> str:
    """Return results as one whole page; for files that do not fit into memory use its three parts.

    Args:
        results: The pipeline's dicts, each with its `text`.
        title: The heading.

    Returns:
        A standalone HTML document. No results make a page that says so.
    """
    counts: Counter[str] = Counter()
    cards = []
    for result in results:
        counts[kind(result)] += 1
        cards.append(card(result))
    return page_start(title) + "".join(cards) + page_end(counts)
