"""`hf-toxspan demo`: what it refuses; that it serves is in tests/demo/test_page.py."""

import sys

import pytest

from hf_toxspan.cli import demo
from hf_toxspan.cli.main import build_parser, main


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "0"], "--port is 0; expected 1 to 65535"),
        (["--port", "70000"], "--port is 70000"),
        (["--region", "all"], "--region is about the cascade; name its language model with --llm too"),
        (["--patience", "5"], "--patience is about the cascade"),
        (["--base-url", "http://127.0.0.1:1/v1"], "which a page without --llm does not ask"),
        (["--llm", "m", "--dry-run"], "--dry-run is for runs over files"),
        (["--llm", "m", "--local", "--base-url", "http://a"], "leave --base-url and --provider away"),
    ],
)
def test_contradictions_are_named_before_anything_is_loaded(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", *options]) == 2
    assert words in capsys.readouterr().err


def test_without_gradio_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["demo"]) == 2
    assert 'pip install "hf_toxspan[demo]"' in capsys.readouterr().err


def test_it_is_for_this_machine_alone_unless_asked() -> None:
    args = build_parser().parse_args(["demo"])
    assert (args.host, args.port, args.share, args.open) == ("127.0.0.1", 7860, False, False)
    assert args.run is demo.run and args.patience == 0


def test_help_shows_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    told = capsys.readouterr().out
    assert "hf-toxspan demo --model runs/toxitrace --compare" in told and "build_page" in told
