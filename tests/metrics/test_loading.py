"""Promises of loading: six bare names from anywhere, without network, and nobody else's metric is touched."""

import socket
from pathlib import Path

import evaluate
import pytest

import hf_toxspan
from hf_toxspan.metrics.loading import NAMES, load, register_metrics
from tests.fresh import run_fresh

FOREIGN = """
import datasets
import evaluate


class Own(evaluate.Metric):
    def _info(self):
        features = datasets.Features({"predictions": datasets.Value("int64"), "references": datasets.Value("int64")})
        return evaluate.MetricInfo(description="", citation="", inputs_description="", features=features)

    def _compute(self, predictions, references):
        return {"own": 1.0}
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run each test in a folder that has nothing to do with the package."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_metric(folder: Path, name: str) -> None:
    (folder / name).mkdir()
    (folder / name / f"{name}.py").write_text(FOREIGN, encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_bare_name_is_enough(name: str) -> None:
    assert evaluate.load(name).name == load(name).name == name
    assert type(evaluate.load(name)) is type(load(name))


def test_loading_asks_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert [evaluate.load(name).name for name in NAMES] == [*NAMES]


@pytest.mark.parametrize(
    "imports",
    [
        "import hf_toxspan; from evaluate import load",
        "from evaluate import load; import hf_toxspan",
        "import evaluate; load = evaluate.load; import hf_toxspan; import importlib; importlib.reload(hf_toxspan)",
    ],
)
@pytest.mark.parametrize("offline", ["0", "1"])
def test_the_order_of_imports_does_not_matter(imports: str, offline: str) -> None:
    code = f"{imports}\nprint(load('toxic_span_f1').compute(predictions=[[[0, 4]]], references=[[[2, 4]]])['char_iou'])"

    assert run_fresh(code, {"HF_HUB_OFFLINE": offline, "HF_ENDPOINT": "http://127.0.0.1:9"}) == ("0.5\n", "")


def test_importing_the_package_does_not_import_evaluate() -> None:
    code = "import sys, hf_toxspan; hf_toxspan.metrics; print('evaluate' in sys.modules)"

    assert run_fresh(code) == ("False\n", "")


def test_other_metrics_go_their_usual_way(elsewhere: Path) -> None:
    write_metric(elsewhere, "own")

    assert evaluate.load("own").compute(predictions=[1], references=[1]) == {"own": 1.0}
    assert evaluate.load(str(elsewhere / "own" / "own.py")).name == "own"
    with pytest.raises(FileNotFoundError, match="no_such_metric"):
        evaluate.load("no_such_metric")


def test_a_folder_of_the_same_name_wins_as_evaluate_promises(elsewhere: Path) -> None:
    write_metric(elsewhere, "toxic_span_f1")

    assert evaluate.load("toxic_span_f1").name == "own"


def test_registering_twice_changes_nothing() -> None:
    before = evaluate.loading.evaluation_module_factory
    register_metrics()

    assert evaluate.loading.evaluation_module_factory is before


def test_the_root_hands_out_the_loader() -> None:
    assert hf_toxspan.metrics.load("vihos_char_f1").name == "vihos_char_f1"


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'span_f1' is no metric of hf_toxspan; expected one of toxic_span_f1, hard"):
        load("span_f1")


def test_settings_reach_evaluate() -> None:
    metric = load("toxic_span_f1", keep_in_memory=True, experiment_id="mine")

    assert (metric.keep_in_memory, metric.experiment_id) == (True, "mine")
