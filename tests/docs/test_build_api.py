"""The API reference: built from the docstrings by one command, offline, without a warning, and complete."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hf_toxspan
from tests.docs.blocks import REPO


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pdoc", reason='pip install "hf_toxspan[docs]"')
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(REPO / "docs" / "build_api.py"), str(folder)]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warn" not in done.stderr + done.stdout
    return folder


def test_every_public_name_is_on_the_first_page(site: Path) -> None:
    html = (site / "hf_toxspan.html").read_text(encoding="utf-8")
    for name in hf_toxspan.__all__:
        assert f'id="{name}"' in html or name == "metrics", name


def test_every_module_has_a_page(site: Path) -> None:
    for path in (REPO / "hf_toxspan").rglob("*.py"):
        parts = path.relative_to(REPO).with_suffix("").parts
        if not any(part.startswith("_") for part in parts):
            assert site.joinpath(*parts).with_suffix(".html").exists(), path


def test_nothing_is_taken_from_the_network(site: Path) -> None:
    html = (site / "hf_toxspan" / "views" / "shown.html").read_text(encoding="utf-8")
    assert '<script src="http' not in html and '<link rel="stylesheet" href="http' not in html
    assert "Show the results of a pipeline" in html
