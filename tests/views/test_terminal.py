"""The terminal view: colours or brackets, and never a raw escape."""

import io
from typing import Any

import pytest
from rich.console import Console

from hf_toxspan.views.terminal import has_colour, render


def result(text: str, *ranges: tuple[int, int], label: str = "toxic") -> dict[str, Any]:
    spans = [{"start": start, "end": end, "text": text[start:end], "score": 0.9} for start, end in ranges]
    return {"text": text, "label": label, "score": 0.97, "spans": spans}


def printed(row: dict[str, Any], *, colour: bool, **settings: Any) -> str:
    console = Console(file=io.StringIO(), **settings)
    console.print(render(row, colour=colour), soft_wrap=True)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_spans_are_in_brackets_without_colour() -> None:
    assert printed(result("you fool", (4, 8)), colour=False) == "toxic 0.97  you [[fool]]\n"


def test_spans_are_coloured_with_colour() -> None:
    shown = printed(result("you fool", (4, 8)), colour=True, force_terminal=True, color_system="standard")
    assert "\x1b[1;37;41mfool\x1b[0m" in shown
    assert "[[" not in shown


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "\x9b31m", "\x07\x08\r", "\x1b]0;title\x07", "\u202eevil", "\0"])
def test_control_characters_of_text_and_label_are_never_sent(hostile: str) -> None:
    shown = printed(result(hostile, (0, 1), label=hostile), colour=False)
    assert not any(character in shown for character in hostile if not character.isprintable())
    assert "<U+" in shown


def test_rich_markup_in_a_text_stays_text() -> None:
    assert "[bold red]x[/] :smile:" in printed(result("[bold red]x[/] :smile:"), colour=False)


def test_a_text_of_many_lines_cannot_pass_for_another_result() -> None:
    assert printed(result("a\nclean 0.99  b"), colour=False) == "toxic 0.97  a\n    clean 0.99  b\n"


def test_error_record_names_its_line() -> None:
    assert printed({"line": 7, "error": "invalid JSON"}, colour=False) == "error  line 7: invalid JSON\n"


def test_empty_and_long_texts_are_shown_whole() -> None:
    assert render(result("")).plain == "toxic 0.97  "
    assert len(printed(result("a" * 100_000, (5, 9)), colour=False)) == len("toxic 0.97  ") + 100_000 + 4 + 1


def test_colour_needs_a_terminal_and_no_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert not has_colour(Console(file=io.StringIO(), force_terminal=False))
    assert has_colour(Console(file=io.StringIO(), force_terminal=True, color_system="standard"))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not has_colour(Console(file=io.StringIO(), force_terminal=True, color_system="standard"))


def test_quadruples_follow_below_their_text_and_send_no_control() -> None:
    quadruple = {"target": "you\x1b[2J", "argument": None, "groups": ["Sexism", "Racism"], "hateful": True}
    result = {"text": "you", "label": "hate", "score": 1.0, "spans": [], "quadruples": [quadruple]}
    assert render(result, colour=False).plain == "hate 1.00  you\n    you<U+001B>[2J | - | Sexism, Racism | hate"


def test_saliency_shades_what_is_outside_the_spans_in_colour_alone() -> None:
    row = {**result("so you fool", (7, 11)), "saliency": [0.0] * 3 + [0.6] * 3 + [0.0] + [1.0] * 4}
    shown = printed(row, colour=True, force_terminal=True, color_system="truecolor")
    assert "so \x1b[30;48;2;255;" in shown and "you\x1b[0m" in shown
    assert printed(row, colour=False) == "toxic 0.97  so you [[fool]]\n"


def test_an_undecided_text_says_why_and_a_judge_says_what_it_did() -> None:
    waiting = {"text": "a", "label": None, "score": None, "spans": [], "status": "failed"}
    assert render(waiting, colour=False).plain == "undecided: failed  a"
    judge = {"status": "budget", "detail": "10 calls spent"}
    asked = {**result("a"), "judge": judge, "backbone": {"label": "clean", "score": 0.6}}
    assert render(asked, colour=False).plain.endswith(
        "\n    judge: budget (10 calls spent); the backbone decides: clean 0.60"
    )
