"""Promises about what ships: found in a checkout, and inside a wheel that is really built."""

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hf_toxspan.cards import places
from hf_toxspan.cards.places import shipped

REPO = Path(__file__).parents[2]
SHOW = "from hf_toxspan.cards.places import shipped; print(shipped('hub_cards')); print(shipped('evaluate_metrics'))"


def test_a_checkout_has_both() -> None:
    assert (shipped("hub_cards") / "_model.md").is_file()
    assert (shipped("evaluate_metrics") / "toxic_span_f1" / "README.md").is_file()


def test_a_broken_installation_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(FileNotFoundError, match=r"hub_cards is neither in .* --force-reinstall"):
        shipped("hub_cards")


def test_every_package_of_the_tree_is_installed() -> None:
    settings = configparser.ConfigParser()
    settings.read(REPO / "setup.cfg")
    beside = {line.split(" = ")[0] for line in settings["options"]["package_dir"].split("\n") if line}

    tree = {".".join(file.parent.relative_to(REPO).parts) for file in (REPO / "hf_toxspan").rglob("__init__.py")}

    assert set(settings["options"]["packages"].split()) == tree | beside


def test_a_wheel_brings_templates_and_metrics(tmp_path: Path) -> None:
    source, wheels, installed = (tmp_path / name for name in ("source", "wheels", "installed"))
    ignored = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for name in ("hf_toxspan", "hub_cards", "evaluate_metrics"):
        shutil.copytree(REPO / name, source / name, ignore=ignored)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPO / name, source / name)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(wheels),
        str(source),
    ]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = wheels.iterdir()
    zipfile.ZipFile(wheel).extractall(installed)  # what an installation does with a wheel of Python alone

    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={**os.environ, "PYTHONPATH": str(installed), "HF_HUB_OFFLINE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout.split() == [str(installed / "hf_toxspan" / name) for name in ("hub_cards", "evaluate_metrics")]
    for name in ("hub_cards", "evaluate_metrics"):
        ours = {file.relative_to(REPO / name) for file in (REPO / name).rglob("*.*") if "__pycache__" not in file.parts}
        theirs = installed / "hf_toxspan" / name
        assert {file.relative_to(theirs) for file in theirs.rglob("*.*") if "__pycache__" not in file.parts} == ours
