"""Promises of the six Spaces: files, a README whose examples run, cases by hand, loading from the folder."""

import doctest
import json
import math
import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
import pytest
import yaml

from hf_toxspan.cli.main import main
from hf_toxspan.metrics.loading import NAMES, load
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import REQUESTS

SPACES = Path(__file__).parents[2] / "evaluate_metrics"
READMES = {name: (SPACES / name / "README.md").read_text(encoding="utf-8") for name in NAMES}
CASES: dict[str, list[dict[str, Any]]] = {
    name: runpy.run_path(str(SPACES / name / "tests.py"))["test_cases"] for name in NAMES
}
EVERY_CASE = [(name, place) for name in NAMES for place in range(len(CASES[name]))]


def blocks(name: str, language: str) -> list[str]:
    """Return the fenced blocks of a README."""
    return re.findall(rf"^```{language}\n(.*?)^```$", READMES[name], flags=re.DOTALL | re.MULTILINE)


def is_score(value: object) -> bool:
    return isinstance(value, float)


def test_every_metric_has_a_folder() -> None:
    assert {folder.name for folder in SPACES.iterdir() if folder.is_dir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_space_is_complete(name: str) -> None:
    files = {file.name for file in (SPACES / name).iterdir() if file.is_file()}

    assert files == {"README.md", "app.py", "requirements.txt", "tests.py", f"{name}.py"}
    assert (SPACES / name / "requirements.txt").read_text(encoding="utf-8") == "hf_toxspan[space]\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_header_is_what_the_hub_reads(name: str) -> None:
    header = yaml.safe_load(READMES[name].split("\n---\n")[0].removeprefix("---\n"))

    assert {"emoji", "colorFrom", "colorTo", "description"} <= header.keys()
    assert header["title"] == name
    assert (header["sdk"], header["app_file"], header["pinned"]) == ("gradio", "app.py", False)
    assert header["tags"] == ["evaluate", "metric"]
    assert header["python_version"] == "3.11", "the Hub's own default is older than this package supports"
    assert len(header["short_description"]) <= 60, "the Hub refuses longer ones"


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_every_input_and_option(name: str) -> None:
    metric = METRICS[name]
    for word in (*metric.inputs, *metric.options, *REQUESTS):
        assert f"`{word}`" in READMES[name], word


@pytest.mark.parametrize(("name", "place"), EVERY_CASE)
def test_the_readme_names_every_result(name: str, place: int) -> None:
    for word in load(name).compute(**CASES[name][place]["inputs"]):
        described = re.sub(r"_bin_\d+$", "_bin_1", word)  # one bin stands for all
        assert f"`{described}`" in READMES[name], word


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_has_every_section(name: str) -> None:
    sections = re.findall(r"^#{2,3} (.*)$", READMES[name], flags=re.MULTILINE)

    assert sections == [
        "Metric description",
        "How to use",
        "Inputs",
        "Output",
        "How to read the score",
        "Where published protocols disagree, and by how much",
        "Limitations",
        "Citation",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_readmes_python_prints_what_it_says(name: str) -> None:
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks(name, "python")), {}, name, None, 0)
    printed: list[str] = []
    failed = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(examples, out=printed.append).failed

    assert len(examples.examples) >= 8
    assert not failed, "".join(printed)


@pytest.mark.parametrize("name", NAMES)
def test_the_readmes_commands_run_on_its_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = blocks(name, "json")
    for file in ("mine.jsonl", "gold.jsonl"):
        (tmp_path / file).write_text(line, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = "".join(blocks(name, "bash")).splitlines()
    for command in commands:
        program, *arguments = shlex.split(command)

        assert program == "hf-toxspan"
        assert main([*arguments, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["metric"] == name
    assert commands


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_cites_what_the_module_cites(name: str) -> None:
    assert blocks(name, "bibtex") == [load(name).citation]


@pytest.mark.parametrize(("name", "place"), EVERY_CASE)
def test_cases_by_hand_hold(name: str, place: int) -> None:
    case = CASES[name][place]
    result = load(name).compute(**case["inputs"])

    assert case["scores"]
    for score, expected in case["scores"].items():
        assert result[score] == pytest.approx(expected, abs=1e-9), score


@pytest.mark.parametrize("name", NAMES)
def test_the_first_case_has_every_score(name: str) -> None:
    result = load(name).compute(**CASES[name][0]["inputs"])

    assert {score for score, value in result.items() if is_score(value)} == CASES[name][0]["scores"].keys()
    assert not any(math.isnan(value) for value in result.values() if is_score(value))


@pytest.mark.parametrize("name", NAMES)
def test_loading_the_folder_is_loading_the_bare_name(name: str) -> None:
    from_folder, by_name = evaluate.load(str(SPACES / name)), evaluate.load(name)
    inputs = CASES[name][0]["inputs"]

    assert from_folder.name == by_name.name == name
    assert from_folder.inputs_description == by_name.inputs_description
    np.testing.assert_equal(from_folder.compute(**inputs), by_name.compute(**inputs))


@pytest.mark.parametrize("name", NAMES)
def test_a_checkout_answers_the_bare_name_in_its_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SPACES)

    assert evaluate.load(name).compute(**CASES[name][0]["inputs"]).keys() >= CASES[name][0]["scores"].keys()
