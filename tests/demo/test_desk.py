"""What happens when a visitor does something, without a browser."""

import logging
from typing import Any, cast

import pytest

from hf_toxspan.demo import desk
from hf_toxspan.demo.analysis import GRADIENT, System
from hf_toxspan.demo.desk import Desk, Request, export, file_note, receive, spoken
from hf_toxspan.demo.files import open_upload
from hf_toxspan.demo.words import Refused
from tests.demo.rows import EVIL, row

SYSTEMS = [System(name, cast(Any, None), (GRADIENT,)) for name in ("small", "twin", "third")]


def request(**changes: Any) -> Request:
    return Request("you fool", None, None, GRADIENT, "0", False)._replace(**changes)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the models are asked; they answer nothing."""
    calls: list[Any] = []

    def listen(records: Any, systems: Any, method: str, *, explain_all: bool) -> list[Any]:
        calls.append(([record.text for record in records], [own.name for own in systems], method, explain_all))
        return []

    monkeypatch.setattr(desk, "analyse", listen)
    return calls


def test_the_box_or_else_the_held_file_is_looked_at(asked: list[Any]) -> None:
    owner = Desk(SYSTEMS)
    owner.check(request())
    owner.check(request(upload=open_upload("a.csv", b"a,b\n1,2\n"), column="b", other="2", explain_all=True))
    owner.check(request(upload=open_upload("a.txt", b"x\ny\n"), column=None))
    assert asked == [
        (["you fool"], ["small"], GRADIENT, False),
        (["2"], ["small", "third"], GRADIENT, True),
        (["x", "y"], ["small"], GRADIENT, False),
    ]


@pytest.mark.parametrize("other", ["../../etc/passwd", "/etc", "3", "-1", "twin", "1.0", " 1", "١"])
def test_a_visitor_can_name_no_model_but_those_that_are_offered(other: str, asked: list[Any]) -> None:
    with pytest.raises(Refused, match="does not have what was asked for"):
        Desk(SYSTEMS).check(request(other=other))
    assert asked == []


def test_an_unforeseen_error_is_logged_by_its_kind_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("you stupid hippopotamus")

    monkeypatch.setattr(desk, "analyse", fail)
    with caplog.at_level(logging.DEBUG), pytest.raises(Refused, match="Something went wrong"):
        Desk(SYSTEMS).check(request())
    assert "RuntimeError" in caplog.text and "hippopotamus" not in caplog.text


def test_a_broken_upload_is_refused() -> None:
    with pytest.raises(Refused, match="did not arrive whole"):
        receive("{")


def test_a_note_names_the_file_and_escapes_it() -> None:
    assert "Texts in the file: 2" in file_note("en", open_upload("a.txt", b"x\ny\n"))
    assert "<script" not in file_note("en", open_upload(f"{EVIL}.csv", b"a\n1\n"))
    assert file_note("en", None) == ""


def test_two_downloads_of_the_same_are_two() -> None:
    first, second = export("json", [row("you")]), export("json", [row("you")])
    assert first["name"] == "toxspan-results.json" and first["content"] == second["content"]
    assert export("html", [row("you")])["content"].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("language", [None, "fr", 3, ["en"], "__class__"])
def test_an_unknown_language_becomes_the_default(language: object) -> None:
    assert spoken(language, "vi") == "vi" and spoken("zh", "vi") == "zh"
