"""The page served by its command with a real and a hostile model, and a headless Chromium to look at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from transformers import PreTrainedTokenizerFast

from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from tests.chat_servers import ScriptedServer, environment, question, says

ATTACK = "window.hacked=1"
EVIL_LABEL = f'toxic <img src=x onerror="{ATTACK}">'
EVIL_NAME = f"twin <img src=x onerror={ATTACK}>"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


class Served(NamedTuple):
    """The page's address, what the server has written, and the judge that it asks."""

    url: str
    log: Path
    judge: ScriptedServer


def verdict(_number: int, body: dict[str, Any]) -> Any:
    """Call everything toxic that has "lemon" in it, and give a reason that is an attack."""
    asked = json.loads(question(body))
    toxic, clean = (
        next(name for name, own in asked["labels"].items() if own == kind) for kind in ("toxic", "not toxic")
    )
    found = "lemon" in asked["text"]
    reason = f"as told <script>{ATTACK}</script>"
    return says(json.dumps({"label": toxic if found else clean, "spans": ["lemon"] * found, "reason": reason}))


@pytest.fixture(scope="module")
def twin(
    build_rationale: Callable[..., RationaleForToxicSpans],
    taught_rationale_weights: dict[str, Any],
    tiny_tokenizer: PreTrainedTokenizerFast,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A rationale model whose name and labels are attacks."""
    model = build_rationale()
    model.load_state_dict(taught_rationale_weights)
    model.config.id2label = {0: "clean", 1: EVIL_LABEL}
    model.config.label2id = {"clean": 0, EVIL_LABEL: 1}
    model.config.toxic_labels = [EVIL_LABEL]
    folder = tmp_path_factory.mktemp("models") / EVIL_NAME
    model.save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def served(twin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`hf-toxspan demo` in a process of its own: gradio leaves event loops open, which other tests would trip over."""
    if find_spec("gradio") is None:
        pytest.skip("gradio is not installed")
    judge = ScriptedServer(verdict)
    threading.Thread(target=judge.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("served")
    words = ["demo", "--port", str(port), "--compare", str(twin), "--device", "cpu"]
    words += ["--llm", "m", "--base-url", judge.url, "--region", "all"]
    variables = environment(OMP_NUM_THREADS="1", GRADIO_TEMP_DIR=str(folder / "cache"))
    with (folder / "log").open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "hf_toxspan.cli.main", *words], stdout=stream, stderr=stream, env=variables
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(1800):
            assert process.poll() is None, (folder / "log").read_text()
            if "the page is at" in (folder / "log").read_text():
                break
            time.sleep(0.1)
        urllib.request.urlopen(url, timeout=60).close()
        yield Served(url, folder / "log", judge)
    finally:
        process.kill()
        process.wait()
        judge.shutdown()
        judge.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser; without one, or without playwright, the test is skipped."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if binary is None:
        pytest.skip("no chromium is installed (Debian: apt-get install chromium)")
    if find_spec("playwright") is None:
        pytest.skip('playwright is not installed: pip install "hf_toxspan[dev]"')
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS.split())
        yield browser
        browser.close()


class Visit:
    """A visitor's tab, and what happened in it that should not have.

    Args:
        page: Of playwright.
        url: Where it goes.
    """

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.bad: list[str] = []
        page.on("dialog", lambda dialog: (self.bad.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.bad.append(str(error)))
        page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.bad.append(request.url)

    def start(self, *, width: int = 1100, scheme: str = "light") -> "Visit":
        """Open the page anew."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        self.page.goto(self.url)
        self.page.wait_for_function("document.body.classList.contains('tx-show-saliency')", timeout=60_000)
        return self

    def check(self, text: str | None = None) -> Any:
        """Ask about a text, or about what is there, and return the results."""
        results = self.page.locator("#results")
        before = results.locator(".html-container").inner_html()
        if text is not None:
            self.page.fill("#text textarea", text)
        self.page.click("#check")
        self.page.wait_for_function(
            "before => document.querySelector('#results .html-container').innerHTML !== before "
            "&& document.querySelector('#results .tx-card, #results .tx-notice')",
            arg=before,
            timeout=60_000,
        )
        return results

    def drop(self, path: Path) -> None:
        """Choose a file."""
        self.page.set_input_files("#drop input", path)

    def choose(self, group: str, name: str) -> None:
        """Choose an option of a switch."""
        self.page.locator(f"#{group} label", has_text=name).click()


Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def tab(chromium: Any, served: Served) -> Visit:
    """One tab for all tests, so that what gradio sends is loaded once."""
    return Visit(chromium.new_context(accept_downloads=True).new_page(), served.url)


@pytest.fixture
def visit(tab: Visit) -> Iterator[Visiting]:
    """Open the page; at the end nothing has run, no dialog was open and nothing was asked of another host."""
    yield tab.start
    assert tab.page.evaluate("window.hacked") is None
    assert tab.bad == []


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: the folder that HF_TOXSPAN_PICTURES names, to look at them."""
    named = os.environ.get("HF_TOXSPAN_PICTURES")
    return Path(named) if named else tmp_path_factory.mktemp("pictures")
