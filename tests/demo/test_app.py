"""How the app is put together: nothing open that should be closed."""

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest

from tests.chat_servers import environment

BUILD = """
import inspect, json
import gradio
from hf_toxspan.demo.page import build_page

asked = {}
launch = lambda page, **settings: asked.update(settings)
launch.__signature__ = inspect.signature(gradio.Blocks.launch)
gradio.Blocks.launch = launch
page = build_page(language="vi")
page.launch(server_port=1)
config = page.get_config_file()
print(json.dumps({
    "served": {name: value for name, value in asked.items() if isinstance(value, bool | int | list)},
    "labels": [part["props"].get("label") for part in config["components"]],
    "public": [own["api_name"] for own in config["dependencies"] if own["api_visibility"] == "public"],
    "telemetry": page.analytics_enabled,
    "waiting": page.max_size if hasattr(page, "max_size") else page._queue.max_size,
    "middleware": [own.cls.__name__ for own in asked["app_kwargs"]["middleware"]],
}, default=str))
"""


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    """The app of the packaged model, built in a process of its own."""
    if find_spec("gradio") is None:
        pytest.skip("gradio is not installed")
    command = [sys.executable, "-c", BUILD]
    variables = environment(OMP_NUM_THREADS="1")
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_space_that_only_launches_it_is_closed_too(built: dict[str, Any]) -> None:
    served = built["served"]
    assert served["server_port"] == 1 and served["share"] is False and served["allowed_paths"] == []
    assert not any(
        served[name] for name in ("run_history", "ssr_mode", "mcp_server", "enable_monitoring", "show_error")
    )
    assert built["middleware"] == ["Guard"]
    assert built["telemetry"] is False


def test_no_event_can_be_called_by_name_and_the_queue_is_bounded(built: dict[str, Any]) -> None:
    assert built["public"] == []
    assert built["waiting"] == 32


def test_the_first_language_is_the_one_asked_for(built: dict[str, Any]) -> None:
    assert "Văn bản" in built["labels"] and "Text" not in built["labels"]
