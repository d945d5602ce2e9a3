"""The gradio app: the parts wired to the desk, and how it is served unless somebody says otherwise; needs gradio."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import gradio
from starlette.middleware import Middleware

from hf_toxspan.demo import desk, layout, render, script
from hf_toxspan.demo.analysis import Row, System
from hf_toxspan.demo.desk import Desk, Request
from hf_toxspan.demo.files import Upload
from hf_toxspan.demo.guard import MOST_BODY, Guard
from hf_toxspan.demo.style import COLOURS, CSS
from hf_toxspan.demo.words import EXAMPLES, Refused

WAITING = 32
"""Visitors who may wait for their turn; who comes later is told that the page is busy."""

SESSIONS = 200
"""Visitors whose last results are kept in memory, each for an hour at most."""


class Page(gradio.Blocks):
    """The app with its own manner of being served: closed, quiet, without telemetry, with its style."""

    def launch(self, *args: Any, **kwargs: Any) -> Any:
        """Serve the page; see `gradio.Blocks.launch`, whose arguments still win over ours."""
        # What an older gradio has no switch for, such as its run history, it does not have.
        known = inspect.signature(super().launch).parameters
        ours = {name: value for name, value in _served().items() if name in known}
        return super().launch(*args, **{**ours, **kwargs})


def _served() -> dict[str, Any]:
    return {
        "share": False,
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "show_error": False,
        "allowed_paths": [],
        "max_file_size": MOST_BODY,
        "state_session_capacity": SESSIONS,
        "app_kwargs": {"middleware": [Middleware(Guard)], "docs_url": None, "redoc_url": None, "openapi_url": None},
        "theme": _theme(),
        "css": CSS,
    }


def _theme() -> gradio.themes.Base:
    names = {"body_background_fill": "bg", "body_text_color": "ink", "block_background_fill": "card"}
    names |= {"border_color_primary": "line", "input_background_fill": "bg", "body_text_color_subdued": "soft"}
    light = {name: COLOURS[colour][0] for name, colour in names.items()}
    dark = {f"{name}_dark": COLOURS[colour][1] for name, colour in names.items()}
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "sans-serif"]
    return gradio.themes.Base(font=fonts, font_mono=["ui-monospace", "monospace"]).set(**light, **dark)


def build_app(systems: Sequence[System], language: str) -> Page:
    """Build the app.

    Args:
        systems: What can be asked; the first always is.
        language: The first language.

    Returns:
        The app.
    """
    with Page(title="hf_toxspan", analytics_enabled=False) as page:
        parts = layout.build(systems, language)
        _Wiring(page, parts, Desk(systems), language).connect()
    return page.queue(max_size=WAITING, default_concurrency_limit=1, api_open=False)


class _Wiring:
    """Events of the parts, each a call of the desk; none has a name that an API client could call."""

    def __init__(self, page: Page, parts: layout.Parts, owner: Desk, default: str) -> None:
        self.page, self.parts, self.desk, self.default = page, parts, owner, default
        self.spoken = [name for name in layout.words(owner.systems, default, owner.systems[0].methods[0])]

    def connect(self) -> None:
        at = self.parts
        self.page.load(None, [at["language"]], None, js=script.START, api_visibility="private")
        inputs = [at[name] for name in ("text", "held", "column", "method", "other", "explain all", "language")]
        outputs = [at[name] for name in ("results", "rows", "tools")]
        at["check"].click(self.check, inputs, outputs, api_visibility="private", show_progress="minimal")
        held = [at[name] for name in ("held", "file", "file note", "column", "results", "drop")]
        at["drop"].upload(self.take, [at["drop"], at["language"]], held, api_visibility="private")
        self._now(at["remove"].click, self.let_go, [], held)
        for place, (text, _) in enumerate(EXAMPLES):
            self._now(at[f"example {place}"].click, lambda text=text: text, [], [at["text"]])
        choice = [at["language"], at["method"], at["held"], at["rows"]]
        spoken = [*(at[name] for name in self.spoken), at["file note"]]
        self._now(at["language"].change, self.speak, choice, spoken)
        at["language"].change(None, [at["language"]], None, js=script.SPEAK, api_visibility="private")
        self._now(at["method"].change, self.hint, [at["language"], at["method"]], [at["method"]])
        at["saliency"].change(None, [at["saliency"]], None, js=script.SALIENCY, api_visibility="private")
        for kind in ("html", "json"):
            made = at[kind].click(
                lambda rows, kind=kind: desk.export(kind, rows or []),
                [at["rows"]],
                [at["saved"]],
                api_visibility="private",
                show_progress="hidden",
            )
            made.then(None, [at["saved"]], None, js=script.SAVE, api_visibility="private")

    def _now(self, event: Callable[..., Any], work: Callable[..., Any], inputs: list[Any], outputs: list[Any]) -> None:
        """Wire what costs no model: it waits for nobody."""
        event(work, inputs, outputs, queue=False, api_visibility="private", show_progress="hidden")

    def check(
        self, text: str, held: Upload | None, column: str, method: str, other: str, explain_all: bool, language: str
    ) -> tuple[Any, ...]:
        language = desk.spoken(language, self.default)
        try:
            rows = self.desk.check(Request(text, held, column, method, other, explain_all))
        except Refused as error:
            return render.notice(language, error), None, gradio.update(visible=False)
        return render.results(language, rows), rows, gradio.update(visible=True)

    def take(self, sent: str, language: str) -> tuple[Any, ...]:
        language = desk.spoken(language, self.default)
        try:
            upload = desk.receive(sent)
            note = desk.file_note(language, upload)
        except Refused as error:
            return (*self.let_go()[:4], render.notice(language, error), None)
        column = gradio.update(
            choices=list(upload.columns), value=upload.column if upload.columns else None, visible=bool(upload.columns)
        )
        return upload, gradio.update(visible=True), note, column, render.nothing_yet(language), None

    def let_go(self) -> tuple[Any, ...]:
        return None, gradio.update(visible=False), "", gradio.update(choices=[], value=None), gradio.skip(), None

    def speak(self, language: str, method: str, held: Upload | None, rows: list[Row] | None) -> list[Any]:
        language = desk.spoken(language, self.default)
        known = any(method in system.methods for system in self.desk.systems)
        method = method if known else self.desk.systems[0].methods[0]
        changes = dict(layout.words(self.desk.systems, language, method))
        if rows:
            changes["results"] = {"value": render.results(language, rows)}
        return [*layout.updates(changes, self.spoken), desk.file_note(language, held)]

    def hint(self, language: str, method: str) -> Any:
        language = desk.spoken(language, self.default)
        return gradio.update(info=layout.words(self.desk.systems, language, method)["method"]["info"])
