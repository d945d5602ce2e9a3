"""The saliency of one text as a picture: a cell a character, the warmer the more it counts; needs matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hf_toxspan.core.graphemes import CLUSTER
from hf_toxspan.core.spans import SpanLike, check, to_mask
from hf_toxspan.views.fonts import drawable, fonts_for
from hf_toxspan.views.pieces import visible
from hf_toxspan.views.plots import subplots

COLUMNS, MOST_CELLS = 32, 640
_NAMED = {"\n": "↵", "\r\n": "↵", "\t": "⇥", " ": ""}


class _Cell(NamedTuple):
    """What one cell shows: a grapheme, its saliency, whether a span covers it."""

    shown: str
    saliency: float
    marked: bool


def plot_text_saliency(
    path: str | Path,
    text: str,
    saliency: Sequence[float | None],
    *,
    spans: Sequence[SpanLike] = (),
    title: str | None = None,
) -> None:
    """Draw how much each character of a text counts, and which spans were read off that.

    A cell is what a reader takes for one character; of several code points the highest value counts. A character that
    no installed font draws is shown by its code, and the picture says so. Of a long text the first 640 cells are drawn,
    and the picture says how many are left out.

    Args:
        path: The picture; its suffix says the format (.png, .svg, .pdf).
        text: The text, from anyone.
        saliency: One value in [0, 1] (or None) a character, as `return_saliency=True` gives.
        spans: Half-open character ranges to underline.
        title: A heading.

    Raises:
        ImportError: Without matplotlib.
        ValueError: If the saliency has another length than the text, or a span lies outside of it.
    """
    if len(saliency) != len(text):
        raise ValueError(f"saliency has {len(saliency)} values; expected one for each of {len(text)} characters")
    figure, (axis,) = subplots(1)
    cells = _cells(text, saliency, to_mask(check(spans, length=len(text)), len(text)).tolist())
    drawn = cells[:MOST_CELLS]
    fonts = fonts_for(cell.shown for cell in drawn if cell.shown and visible(cell.shown) == cell.shown)
    rows = max(1, -(-len(drawn) // COLUMNS))
    columns = min(COLUMNS, max(8, len(drawn)))
    figure.set_size_inches(0.32 * columns + 0.4, 0.42 * rows + (0.9 if title else 0.6))
    for place, cell in enumerate(drawn):
        _draw(axis, place % COLUMNS, place // COLUMNS, cell, fonts)
    axis.set(xlim=(0, columns), ylim=(rows, 0), xticks=[], yticks=[])
    axis.set_frame_on(False)
    if title is not None:
        shown, font = drawable(title)
        axis.set_title(shown, loc="left", font=font, fontsize="medium", parse_math=False)
    axis.set_xlabel(_note(len(cells) - len(drawn), fonts), loc="left", fontsize="x-small")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def _cells(text: str, saliency: Sequence[float | None], marks: Sequence[bool]) -> list[_Cell]:
    cells, start = [], 0
    for piece in CLUSTER.findall(text):
        end = start + len(piece)
        values = [min(max(0.0, value or 0.0), 1.0) for value in saliency[start:end]]
        cells.append(_Cell(_NAMED.get(piece, piece), max(values), any(marks[start:end])))
        start = end
    return cells


def _draw(axis: Any, column: int, row: int, cell: _Cell, fonts: Mapping[str, str | None]) -> None:
    from matplotlib.patches import Rectangle

    warm = (1.0, 0.98 - 0.62 * cell.saliency, 0.93 - 0.78 * cell.saliency)
    axis.add_patch(Rectangle((column, row + 0.04), 1, 0.8, facecolor=warm, edgecolor="white", linewidth=0.6))
    if cell.marked:
        axis.add_patch(Rectangle((column, row + 0.86), 1, 0.1, facecolor="#8e1b12", linewidth=0))
    middle = {"x": column + 0.5, "y": row + 0.44, "ha": "center", "va": "center", "parse_math": False}
    font = fonts.get(cell.shown)
    if font is not None:
        axis.text(s=cell.shown, font=Path(font), fontsize=11, **middle)
    elif cell.shown:
        axis.text(s="\n".join(f"{ord(character):X}" for character in cell.shown[:3]), fontsize=4, **middle)


def _note(left_out: int, fonts: Mapping[str, str | None]) -> str:
    parts = ["the warmer, the more a character counts; underlined: the spans"]
    unknown = sum(font is None for font in fonts.values())
    if unknown:
        hint = "no installed font has them (Noto Sans CJK has the Chinese ones)"
        parts.append(f"{unknown} characters are shown by their codes: {hint}")
    if left_out:
        parts.append(f"{left_out:,} more characters are not drawn")
    return "\n".join(parts)
