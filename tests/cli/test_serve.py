"""`hf-toxspan serve`: errors before anything listens, warnings, help; the server itself is in tests/serving."""

import logging
import os
import socket
import sys
from typing import Any

import pytest

from hf_toxspan.cli import serve
from hf_toxspan.cli.main import main
from hf_toxspan.serving import runner


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would be served: nothing listens."""
    calls: list[dict[str, Any]] = []

    def note(load: Any, settings: Any, **place: Any) -> None:
        calls.append({"load": load, "settings": settings, **place})

    monkeypatch.setattr(runner, "run_service", note)
    ours = {serve.KEY_VARIABLE, *serve.TORCH_ENVIRONMENT}
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if name not in ours})
    return calls


def test_it_listens_on_this_machine_alone(served: list[dict[str, Any]]) -> None:
    assert main(["serve"]) == 0
    assert (served[0]["host"], served[0]["port"]) == ("127.0.0.1", 8000)


def test_the_model_is_loaded_as_the_options_say(served: list[dict[str, Any]]) -> None:
    assert main(["serve", "--device", "cpu", "--threads", "1", "--second-reading", "spacing"]) == 0
    pipe = served[0]["load"]()
    assert pipe.reader is not pipe.extractor
    assert pipe("you fool")["label"] == "toxic"


def test_torch_is_told_not_to_spin_unless_somebody_said_otherwise(served: list[dict[str, Any]]) -> None:
    os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] = "7"
    main(["serve"])
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "7"


def test_an_open_door_is_warned_of(
    served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        main(["serve", "--host", "0.0.0.0"])
        assert "0.0.0.0 is open to all who can reach it" in caplog.text
        caplog.clear()
        monkeypatch.setenv(serve.KEY_VARIABLE, "k" * 32)
        main(["serve", "--host", "0.0.0.0"])
        main(["serve"])
        assert not caplog.records
    assert served[1]["settings"].keys


def test_a_wrong_option_is_one_line(served: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--second-reading", "nonsense"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not served


def test_a_model_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--model", "./nowhere", "--port", "0"]) == 2
    assert "model folder './nowhere' does not exist" in capsys.readouterr().err


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert "already in use" in capsys.readouterr().err


def test_without_the_extra_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert main(["serve"]) == 2
    assert 'pip install "hf_toxspan[serve]"' in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    told = capsys.readouterr().out
    for part in ("curl", "comments:analyze", "discoveryServiceUrl", "api_client.url", serve.KEY_VARIABLE, "/readyz"):
        assert part in told


def test_no_key_can_be_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--api-key", "k" * 32])
