"""Make the pictures of the gallery anew, from what the package really prints: python docs/make_pictures.py [NAME ...].

Needs the extras plots, obfuscation and space; for pictures of pages also Playwright with a Chromium (or CHROMIUM=PATH).
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from transformers import pipeline

import hf_toxspan
from hf_toxspan.cli.main import main as command
from hf_toxspan.obfuscation.normaliser import build_normaliser
from hf_toxspan.views.comparison_plot import plot_comparison
from hf_toxspan.views.text_plot import plot_text_saliency

PICTURES = Path(__file__).parent / "pictures"
TEXTS = [
    "What a stupid idea, you fool.",
    "今天天气真好。",
    "你这个蠢货！",
    "Đồ ngu!",
    "Thank you, that was kind.",
]
DISGUISED = ["you f.0.0.l", "What a s t u p i d idea", "Thank you, that was kind."]


def terminal() -> None:
    """Draw results with saliency as a terminal shows them."""
    results = pipeline("toxic-span-extraction")(TEXTS, return_saliency=True)
    hf_toxspan.show(TEXTS, results, title="hf_toxspan.show").save(PICTURES / "terminal.svg")


def compare() -> None:
    """Draw what a second reading of disguised spellings brings, as a terminal shows it."""
    second = build_normaliser(["spacing", "leet"])
    systems = {
        "as written": pipeline("toxic-span-extraction")(DISGUISED),
        "with a second reading": pipeline("toxic-span-extraction", second_reading=second)(DISGUISED),
    }
    hf_toxspan.compare(DISGUISED, systems, title="hf_toxspan.compare").save(PICTURES / "compare.svg")


def saliency() -> None:
    """Draw the saliency of one text."""
    text = "What a stupid idea, you fool. 你这个蠢货！"
    result = pipeline("toxic-span-extraction")(text, return_saliency=True)
    spans = [(span["start"], span["end"]) for span in result["spans"]]
    title = f"{result['label']} {result['score']:.2f}"
    plot_text_saliency(PICTURES / "saliency.png", text, result["saliency"], spans=spans, title=title)


def systems() -> None:
    """Draw the packaged model beside trivial systems on the packaged sample."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command(["evaluate", "--data", "sample:dev", "--lexicon", "sample:train", "--output", str(report)])
        reports = {"sample": json.loads(report.read_text(encoding="utf-8"))}
    panels = [("toxic_or_not", "macro_f1"), ("spans_explained", "char_f1"), ("spans_explained", "overlap_f1")]
    plot_comparison(PICTURES / "systems.png", reports, panels)


def page() -> None:
    """Take a picture of the page that `--output results.html` writes."""
    results = pipeline("toxic-span-extraction")(TEXTS, return_saliency=True)
    with tempfile.TemporaryDirectory() as folder, _browser(width=760, height=560) as tab:
        shown = hf_toxspan.show(TEXTS, results, title="comments.csv").save(Path(folder, "page.html"))
        tab.goto(shown.as_uri())
        tab.screenshot(path=PICTURES / "page.png")


def notebook() -> None:
    """Take a picture of the output of a notebook's cell."""
    results = pipeline("toxic-span-extraction")(TEXTS, return_saliency=True)
    with _browser(width=760, height=420) as tab:
        tab.set_content(f'<body style="font:14px sans-serif">{hf_toxspan.show(TEXTS, results)._repr_html_()}')
        tab.screenshot(path=PICTURES / "notebook.png")


class View(NamedTuple):
    """The page of `hf-toxspan demo` as somebody sees it: text, language of the page, width and colours."""

    text: str
    language: str
    width: int
    scheme: Literal["light", "dark"]


VIEWS = {
    "demo": View(TEXTS[0], "English", 1000, "light"),
    "demo-light": View("你真是个蠢货，什么都不懂。", "中文", 1100, "light"),
    "demo-dark-mobile": View(TEXTS[0], "English", 390, "dark"),
}


def demo() -> None:
    """Take pictures of the page of `hf-toxspan demo` with a text looked at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"from hf_toxspan.cli.main import main; main(['demo', '--port', '{port}'])"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/")
        for name, view in VIEWS.items():
            with _browser(width=view.width, height=1000) as tab:
                tab.emulate_media(color_scheme=view.scheme)
                tab.goto(f"http://127.0.0.1:{port}/")
                tab.get_by_text(view.language, exact=True).first.click()
                tab.locator("textarea").first.fill(view.text)
                tab.keyboard.press("Control+Enter")
                tab.locator("mark").first.wait_for(timeout=120_000)
                tab.wait_for_timeout(1000)  # the button shows that it was pressed
                tab.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    finally:
        process.terminate()
        process.wait()


ALL = (terminal, compare, saliency, systems, page, notebook, demo)


def main() -> None:
    """Make all pictures, or those that are named."""
    wanted = sys.argv[1:] or [own.__name__ for own in ALL]
    PICTURES.mkdir(exist_ok=True)
    for own in ALL:
        if own.__name__ in wanted:
            own()
            sys.stdout.write(f"{own.__name__}\n")


@contextmanager
def _browser(*, width: int, height: int) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
        yield browser.new_page(viewport={"width": width, "height": height})
        browser.close()


def _wait(url: str, *, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(1)
    raise TimeoutError(f"{url} does not answer after {seconds} s")


if __name__ == "__main__":
    main()
