"""Results in a terminal: the toxic spans in colour, or in brackets where there is no colour."""

from collections.abc import Sequence
from itertools import groupby

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from hf_toxspan.views.pieces import Result, error_message, heading, judge_line, kind, pieces, quadruple_line, visible

_TOXIC = Style(bold=True, color="red")
_CLEAN = Style(bold=True, color="green")
_ERROR = Style(bold=True, color="yellow")
_KINDS = {"toxic": _TOXIC, "clean": _CLEAN, "undecided": _ERROR, "error": _ERROR}
_STRONG_SPAN = Style(bold=True, color="white", bgcolor="red")
_WEAK_SPAN = Style(color="red", underline=True)
_SURE = 0.5
_LEVELS = 5


def has_colour(console: Console) -> bool:
    """Say whether a console shows colours: a terminal that has some, and no `NO_COLOR` in the environment.

    >>> import io
    >>> has_colour(Console(file=io.StringIO()))
    False
    """
    return console.color_system is not None and not console.no_color


def render(result: Result, *, colour: bool = True) -> Text:
    r"""Return a result as a line with its label, its score and its text with the spans marked; quadruples follow below.

    Control characters, ANSI escapes and reordering characters in the text are shown by name (`<U+001B>`) and never
    sent; further lines of a text are indented, so that a text cannot pass for a result of its own.

    Args:
        result: The pipeline's dict plus `text`; or `{"line", "error"}` for a record that could not be read.
        colour: Mark spans by style, and shade saliency outside them where the result has it (see `has_colour`);
            otherwise mark spans by `[[` and `]]`, and leave saliency out.

    Returns:
        Styled text for `Console.print(..., soft_wrap=True)`.

    Raises:
        ValueError: If a span lies outside the text.

    >>> result = {"text": "you fool", "label": "toxic", "score": 0.97, "spans": [{"start": 4, "end": 8, "score": 0.9}]}
    >>> render(result, colour=False).plain
    'toxic 0.97  you [[fool]]'
    """
    if "error" in result:
        return Text.assemble(("error", _ERROR), "  ", _safe(error_message(result)))
    label, score = heading(result)
    line = Text.assemble((_safe(label), _KINDS[kind(result)]), f" {score}  " if score else "  ")
    saliency = result.get("saliency") if colour else None
    for start, end, own in pieces(result["text"], result["spans"]):
        shown = result["text"][start:end]
        if own is None:
            line.append(_safe(shown) if saliency is None else _shaded(shown, saliency[start:end]))
        elif colour:
            line.append(_safe(shown), _STRONG_SPAN if own >= _SURE else _WEAK_SPAN)
        else:
            line.append(f"[[{_safe(shown)}]]")
    for quadruple in result.get("quadruples", ()):
        line.append(f"\n    {quadruple_line(quadruple)}", _TOXIC if quadruple["hateful"] else _CLEAN)
    if judged := judge_line(result):
        line.append(f"\n    {judged}", Style(italic=True))
    return line


def _shaded(text: str, saliency: Sequence[float | None]) -> Text:
    """Return text outside the spans on amber, the stronger the higher its saliency."""
    levels = [round(min(max(0.0, value or 0.0), 1.0) * _LEVELS) for value in saliency]
    shaded = Text()
    for level, group in groupby(range(len(text)), key=levels.__getitem__):
        places = list(group)
        amber = Color.from_rgb(255, 235 - 18 * level, 190 - 32 * level)
        style = Style(color="black", bgcolor=amber.name) if level else Style()
        shaded.append(_safe(text[places[0] : places[-1] + 1]), style)
    return shaded


def _safe(text: str) -> str:
    return visible(text).replace("\n", "\n    ")
