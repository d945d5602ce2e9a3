"""Results as a fragment of HTML for the output of a notebook's cell.

Every style stands at its element, because notebooks drop style sheets of outputs that they do not trust; colours go
with light and dark themes. Hostile text stays text, as on the page (`hf_toxspan.views.html`).
"""

from html import escape

from hf_toxspan.views.gathering import MOST_CHARACTERS, Gathered, differences
from hf_toxspan.views.html import highlight, lines_below
from hf_toxspan.views.pieces import Result, clip, error_message, heading, kind, visible

_COLOURS = {"toxic": "#b3261e", "clean": "#2e6b45", "undecided": "#8a5a00", "error": "#8a5a00"}
_WORDS = {"toxic": "toxic", "clean": "clean", "undecided": "undecided", "error": "not read"}


def notebook_html(gathered: Gathered, *, title: str | None = None) -> str:
    """Return results as HTML: one below the other, or side by side where there are several systems.

    Args:
        gathered: The results.
        title: A heading, from anyone; none when None.

    Returns:
        One `<div>` that needs nothing else: no script, no style sheet, no font.
    """
    heads = "".join(f"<div>{line}</div>" for line in _heads(gathered, title))
    rows = "".join(_row(row) for row in gathered.rows())
    return f'<div style="line-height:1.6;max-width:64rem">{heads}{rows}{_more(gathered)}</div>'


def counts_line(gathered: Gathered, name: str) -> str:
    """Say in words how many results of a system are toxic, clean, undecided or not read."""
    counts = gathered.counts(name)
    shown = [f"{counts[own]:,} {words}" for own, words in _WORDS.items() if counts[own] or own in ("toxic", "clean")]
    return f"{_texts(counts.total())}: {', '.join(shown)}"


def differences_line(gathered: Gathered) -> str:
    """Say on how many texts systems differ."""
    only = ", which are shown" if len(gathered.places) < gathered.texts else ""
    return f"labels or spans differ on {differences(gathered):,} of {_texts(gathered.texts)}{only}"


def _texts(count: int) -> str:
    return f"{count:,} text{'' if count == 1 else 's'}"


def left_out_line(gathered: Gathered) -> str:
    """Say how many texts are not shown, and where they are; nothing where all are."""
    if not gathered.left_out:
        return ""
    more = "1 more text is" if gathered.left_out == 1 else f"{gathered.left_out:,} more texts are"
    return (
        f"{more} not shown: the first {gathered.limit:,} of {len(gathered.places):,} are "
        'above. limit=... shows more, .save("results.html") writes all of them.'
    )


def _heads(gathered: Gathered, title: str | None) -> list[str]:
    lines = [] if title is None else [f"<b><bdi>{escape(visible(title))}</bdi></b>"]
    if len(gathered.systems) > 1:
        lines += [
            f"<b><bdi>{escape(visible(name))}</bdi></b>: {counts_line(gathered, name)}" for name in gathered.systems
        ]
        return [*lines, differences_line(gathered)]
    return lines if gathered.is_one else [*lines, counts_line(gathered, next(iter(gathered.systems)))]


def _row(row: dict[str, Result]) -> str:
    if len(row) == 1:
        (result,) = row.values()
        return f'<div style="margin:.5rem 0">{_cell(result)}</div>'
    cells = "".join(
        f'<div style="min-width:0"><small><bdi>{escape(visible(name))}</bdi></small>{_cell(result)}</div>'
        for name, result in row.items()
    )
    grid = f"display:grid;grid-template-columns:repeat({len(row)},minmax(0,1fr));gap:1rem;margin:.5rem 0"
    return f'<div style="{grid}">{cells}</div>'


def _cell(result: Result) -> str:
    own = _COLOURS[kind(result)]
    border = f"border-inline-start:4px solid {own};padding:.1rem .7rem"
    if "error" in result:
        return f'<div style="{border}">{_badge("error", own)} <bdi>{escape(visible(error_message(result)))}</bdi></div>'
    shown, note = clip(result, MOST_CHARACTERS)
    label, score = heading(result)
    path = f" <small>{escape(visible(str(result['path'])))}</small>" if result.get("path") is not None else ""
    text = highlight(shown["text"], shown["spans"], saliency=shown.get("saliency"))
    cut = f"<div><small>{note}</small></div>" if note else ""
    return (
        f'<div style="{border}"><div>{_badge(label, own)} {score}{path}</div>'
        f"<div>{text}</div>{cut}{lines_below(result)}</div>"
    )


def _badge(label: str, colour: str) -> str:
    style = f"color:#fff;background:{colour};border-radius:.3em;padding:.05em .5em;font-size:.9em"
    return f'<b style="{style}"><bdi>{escape(label)}</bdi></b>'


def _more(gathered: Gathered) -> str:
    line = left_out_line(gathered)
    return f"<div><i>{escape(line)}</i></div>" if line else ""
