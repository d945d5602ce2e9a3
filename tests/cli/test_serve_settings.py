"""From the options of `hf-toxspan serve` to settings."""

import argparse
from pathlib import Path

import pytest

from hf_toxspan.cli.main import build_parser
from hf_toxspan.cli.serve_settings import build_settings
from hf_toxspan.serving.settings import LOOPBACK, Settings

KEY, OTHER = "k" * 32, "o" * 32


def settings(*options: str, key: str | None = None) -> Settings:
    args: argparse.Namespace = build_parser().parse_args(["serve", *options])
    return build_settings(args, key)


def test_without_options_it_is_the_safe_service() -> None:
    found = settings()
    assert found == Settings(keys=found.keys, allowed_hosts=LOOPBACK)
    assert not found.keys


def test_options_are_the_settings() -> None:
    options = """
        --max-batch 8 --max-wait 5 --queue 100 --max-texts 500 --max-characters 9 --max-body 99 --timeout 7
        --connections 3 --grace 2 --batch-size 4 --public-url https://a.example/ --languages zh,hi-Latn
        --attribute INSULT=toxic --attribute THREAT=a=b --allow-host b.example --allow-origin *
    """
    found = settings(*options.split())
    assert found.batching[:3] == (8, 65_536, 0.005)
    assert (found.batching.queued_items, found.limits.texts) == (100, 100)
    assert (found.limits.characters, found.limits.body_bytes, found.limits.answer_seconds) == (9, 99, 7)
    assert (found.limits.connections, found.limits.grace_seconds, found.batch_size) == (3, 2, 4)
    assert found.public_url == "https://a.example"
    assert found.languages == ("zh", "hi-Latn")
    assert found.attributes == {"INSULT": "toxic", "THREAT": "a=b"}
    assert found.allowed_hosts == LOOPBACK | {"a.example", "b.example"}
    assert found.allow_origins == ("*",)


def test_any_language_is_not_the_same_as_none_named() -> None:
    assert settings().languages is None
    assert settings("--languages", "any").languages == ()


def test_keys_come_from_a_file_and_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(f"\n{OTHER}\n  \n", encoding="utf-8")
    found = settings("--api-key-file", str(file), key=KEY).keys
    assert found.open({"x-api-key": KEY}, {})
    assert found.open({"x-api-key": OTHER}, {})
    assert not found.open({}, {})


def test_an_empty_key_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ValueError, match="holds no API key"):
        settings("--api-key-file", str(tmp_path / "empty"))
    with pytest.raises(ValueError, match="has 0 characters"):
        settings(key="")
    with pytest.raises(FileNotFoundError):
        settings("--api-key-file", str(tmp_path / "missing"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--public-url", "a.example"), "--public-url is 'a.example'"),
        (("--public-url", "ftp://a.example"), "expected an address without a path"),
        (("--public-url", "https://me:word@a.example"), "--public-url"),
        (("--public-url", "https://a.example/api"), "--public-url"),
        (("--public-url", "https://a.example\r\nX: y"), "--public-url"),
        (("--public-url", "https://[a"), "--public-url"),
        (("--allow-origin", "forum.example"), "--allow-origin"),
        (("--languages", "zh,,en"), "--languages"),
        (("--attribute", "INSULT"), "expected NAME=LABEL"),
        (("--attribute", "A B=toxic"), "expected NAME=LABEL"),
        (("--attribute", "TOXICITY=toxic"), "TOXICITY"),
    ],
)
def test_what_can_not_work_is_refused(options: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(*options)


@pytest.mark.parametrize("option", ["--port=70000", "--port=a", "--max-wait=-1", "--max-wait=nan", "--queue=0"])
def test_numbers_out_of_range_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings(option)
    assert option.split("=")[0] in capsys.readouterr().err
