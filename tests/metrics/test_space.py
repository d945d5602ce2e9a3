"""Promises of a Space's page: it is served, scores what it is sent, and says what is wrong with it."""

import json
import os
import runpy
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.metrics.loading import NAMES
from hf_toxspan.metrics.space import LONGEST_INPUT, build

if find_spec("gradio") is None:
    pytest.skip("gradio is not installed", allow_module_level=True)

SPACES = Path(__file__).parents[2] / "evaluate_metrics"
TABLE = "scores x 100, 95 % intervals, trivial systems"
INPUTS = {"predictions": [[[0, 4]], []], "references": [[[2, 4], [6, 7]], []], "texts": ["you fool", "hello"]}

# What is sent to the page of toxic_span_f1: scored,
GOOD = {
    "plain": INPUTS,
    "options": {**INPUTS, "per_text": True, "baselines": False, "confidence_level": None},
    "samples": {**INPUTS, "n_resamples": 10**9},
}
# and refused, with what the page says.
BAD: list[tuple[object, str]] = [
    ("{", "this is no JSON"),
    ("[" * 100_000, "this is no JSON"),
    ("[1]", "expected a JSON object of inputs by name, found list"),
    ({"predictions": []}, "the input 'references' is missing"),
    ({**INPUTS, "predictions": [[[4, 0]], []]}, "predictions[0]: span 0 is [4, 0)"),
    ({"predictions": [], "references": []}, "there are no texts to resample"),
    (" " * (LONGEST_INPUT + 1), f"this page takes {LONGEST_INPUT}. For more use hf-toxspan score toxic_span_f1"),
]

# Gradio runs in processes of its own: it leaves event loops and sockets open, which other tests would trip over.
CLIENT = """
import json, sys
from gradio_client import Client

client, answers = Client(sys.argv[1], verbose=False), []
for text in json.load(sys.stdin):
    try:
        answers.append(client.predict(text, api_name="/score"))
    except Exception as error:
        answers.append(str(error))
print(json.dumps(answers))
"""

PAGES = """
import json, runpy, sys
import gradio

folder, names, found = sys.argv[1], sys.argv[2:], {}
for name in names:
    sys.path.insert(0, f"{folder}/{name}")
    sys.modules.pop("tests", None)
    gradio.Blocks.launch = lambda page: found.setdefault(name, page.get_config_file())
    runpy.run_path(f"{folder}/{name}/app.py")
print(json.dumps(found, default=str))
"""


@pytest.fixture(scope="module")
def answers() -> list[Any]:
    """Serve a Space as the Hub does, by its app.py, and return what it answers to the good and bad inputs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    sent = [one if isinstance(one, str) else json.dumps(one) for one in [*GOOD.values(), *(wrong for wrong, _ in BAD)]]
    server = subprocess.Popen(
        [sys.executable, "app.py"], cwd=SPACES / "toxic_span_f1", env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(port, server)
        command = [sys.executable, "-c", CLIENT, f"http://127.0.0.1:{port}"]
        done = subprocess.run(
            command, input=json.dumps(sent), env=environment, capture_output=True, text=True, check=False
        )
    finally:
        server.terminate()
        server.wait()
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the server listens."""
    for _ in range(600):
        assert server.poll() is None, "app.py ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the page is not there after a minute")


def test_the_page_scores_what_it_is_sent(answers: list[Any]) -> None:
    table, whole = answers[list(GOOD).index("plain")]

    assert whole["char_iou"] == pytest.approx(2 / 5)
    assert whole["confidence_intervals"]["char_iou"] == pytest.approx([0, 2 / 5])
    assert table["headers"] == ["score", "system", "interval", "mark nothing", "mark everything"]
    assert ["char_iou", "40.00", "0.0 to 40.0", "0.00", "23.08"] in table["data"]


def test_the_page_takes_options(answers: list[Any]) -> None:
    _, whole = answers[list(GOOD).index("options")]

    assert whole["per_text"]["gold_spans"] == [2, 0]
    assert not {"baselines", "confidence_intervals"} & whole.keys()


def test_the_number_of_samples_is_not_the_visitors_to_choose(answers: list[Any]) -> None:
    _, whole = answers[list(GOOD).index("samples")]

    assert whole["confidence_intervals"] == answers[0][1]["confidence_intervals"]


@pytest.mark.parametrize(("place", "message"), list(enumerate(message for _, message in BAD)))
def test_the_page_says_what_is_wrong(answers: list[Any], place: int, message: str) -> None:
    assert message in answers[len(GOOD) + place]


@pytest.fixture(scope="module")
def pages() -> dict[str, Any]:
    """Return what each app.py would launch."""
    command = [sys.executable, "-c", PAGES, str(SPACES), *NAMES]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_page_shows_its_example_scored(name: str, pages: dict[str, Any]) -> None:
    case = runpy.run_path(str(SPACES / name / "tests.py"))["test_cases"][0]
    parts = pages[name]["components"]
    values = {part["props"].get("label"): part["props"].get("value") for part in parts}
    texts = [part["props"]["value"] for part in parts if part["type"] == "markdown"]

    assert pages[name]["title"] == name
    assert json.loads(values["inputs"]) == case["inputs"]
    assert {row[0] for row in values[TABLE]["data"]} == case["scores"].keys()
    assert not any("colorFrom" in text for text in texts), "the header of the README is for the Hub"
    assert any("## Limitations" in text for text in texts)


def test_without_gradio_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)

    with pytest.raises(ImportError, match=r'pip install "hf_toxspan\[space\]"'):
        build("gmb_bias_auc", {})
