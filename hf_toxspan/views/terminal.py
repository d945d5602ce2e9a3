"""Results in a terminal: the toxic spans in colour, or in brackets where there is no colour."""

from rich.console import Console
from rich.style import Style
from rich.text import Text

from hf_toxspan.views.pieces import Result, error_message, is_toxic, pieces, quadruple_line, visible

_TOXIC = Style(bold=True, color="red")
_CLEAN = Style(bold=True, color="green")
_ERROR = Style(bold=True, color="yellow")
_STRONG_SPAN = Style(bold=True, color="white", bgcolor="red")
_WEAK_SPAN = Style(color="red", underline=True)
_SURE = 0.5


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
        colour: Mark spans by style (see `has_colour`); otherwise by `[[` and `]]`.

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
    label = _safe(str(result["label"]))
    line = Text.assemble((label, _TOXIC if is_toxic(result) else _CLEAN), f" {result['score']:.2f}  ")
    for start, end, score in pieces(result["text"], result["spans"]):
        shown = _safe(result["text"][start:end])
        if score is None:
            line.append(shown)
        elif colour:
            line.append(shown, _STRONG_SPAN if score >= _SURE else _WEAK_SPAN)
        else:
            line.append(f"[[{shown}]]")
    for quadruple in result.get("quadruples", ()):
        line.append(f"\n    {quadruple_line(quadruple)}", _TOXIC if quadruple["hateful"] else _CLEAN)
    return line


def _safe(text: str) -> str:
    return visible(text).replace("\n", "\n    ")
