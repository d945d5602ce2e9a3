"""The parts of the page and where they stand; needs gradio."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio

from hf_toxspan.demo import render
from hf_toxspan.demo.analysis import System
from hf_toxspan.demo.desk import ALONE
from hf_toxspan.demo.files import MEGABYTES, MOST_BYTES
from hf_toxspan.demo.script import DROP, DROP_TEMPLATE
from hf_toxspan.demo.words import EXAMPLES, NAMES, say

Parts = dict[str, Any]
"""The parts of the page by name."""


def build(systems: Sequence[System], language: str) -> Parts:
    """Lay the page out inside an open `gradio.Blocks`.

    Args:
        systems: What can be asked.
        language: The first language.

    Returns:
        Its parts, without a word on them: `words` gives each its own.
    """
    parts: Parts = {"held": gradio.State(None, time_to_live=3600), "rows": gradio.State(None, time_to_live=3600)}
    with gradio.Row(elem_id="top"):
        parts["head"] = _html()
        choices = [(name, code) for code, name in NAMES.items()]
        parts["language"] = gradio.Radio(
            choices, value=language, elem_id="language", elem_classes="tx-switch", container=False
        )
    with gradio.Column(elem_id="desk"):
        parts |= _entry()
        parts |= _options(systems)
    parts |= _tools()
    parts["results"] = _html(elem_id="results")
    parts["saved"] = gradio.JSON(visible=False)
    for name, values in words(systems, language, systems[0].methods[0]).items():
        for key, value in values.items():
            setattr(parts[name], key, value)
    return parts


def _html(**settings: Any) -> gradio.HTML:
    return gradio.HTML(js_on_load=None, apply_default_css=False, **settings)


def _entry() -> Parts:
    parts: Parts = {"text": gradio.Textbox(lines=4, max_lines=14, elem_id="text", autofocus=True)}
    with gradio.Row(elem_id="examples"):
        parts["examples"] = _html()
        for place, (text, _) in enumerate(EXAMPLES):
            parts[f"example {place}"] = gradio.Button(text, size="sm", elem_classes="tx-chip")
    parts["drop"] = gradio.HTML(
        html_template=DROP_TEMPLATE,
        js_on_load=DROP.replace("MOST_BYTES", str(MOST_BYTES)),
        elem_id="drop",
        apply_default_css=False,
    )
    with gradio.Row(elem_id="file", visible=False) as parts["file"]:
        parts["file note"] = _html()
        parts["column"] = gradio.Dropdown([], filterable=False, elem_id="column", elem_classes="tx-field")
        parts["remove"] = gradio.Button(size="sm", elem_classes="tx-chip", elem_id="remove")
    return parts


def _options(systems: Sequence[System]) -> Parts:
    parts: Parts = {}
    methods = list(dict.fromkeys(method for system in systems for method in system.methods))
    with gradio.Row(elem_id="options"):
        parts["method"] = gradio.Radio(methods, value=methods[0], elem_id="method", elem_classes="tx-switch")
        parts["other"] = gradio.Radio(
            [ALONE], value=ALONE, elem_id="compare", elem_classes="tx-switch", visible=len(systems) > 1
        )
    with gradio.Row(elem_id="go"):
        parts["check"] = gradio.Button(variant="primary", elem_id="check")
        parts["keys"] = _html()
        parts["explain all"] = gradio.Checkbox(elem_id="explain", container=False)
    return parts


def _tools() -> Parts:
    parts: Parts = {}
    with gradio.Row(elem_id="tools", visible=False) as parts["tools"]:
        parts["saliency"] = gradio.Checkbox(value=True, elem_id="saliency", container=False)
        parts["html"] = gradio.Button(size="sm", elem_classes="tx-chip", elem_id="save-html")
        parts["json"] = gradio.Button(size="sm", elem_classes="tx-chip", elem_id="save-json")
    return parts


def words(systems: Sequence[System], language: str, method: str) -> Mapping[str, dict[str, Any]]:
    """Return the words on each part.

    Args:
        systems: What can be asked.
        language: The page's language.
        method: The chosen method, whose hint is shown.

    Returns:
        By the part's name, settings of gradio.
    """
    told = {key: say(language, key) for key in ("language", "text", "column", "method", "compare", "check", "remove")}
    methods = dict.fromkeys(method for system in systems for method in system.methods)
    others = [(say(language, "nothing"), ALONE)]
    others += [(system.name, str(place)) for place, system in enumerate(systems) if place]
    return {
        "head": {"value": _head(language)},
        "language": {"label": told["language"]},
        "text": {"label": told["text"], "placeholder": say(language, "placeholder")},
        "examples": {"value": f'<span class="tx-caption">{render.clean(say(language, "examples"))}</span>'},
        "drop": {"props": _drop_words(language)},
        "column": {"label": told["column"]},
        "remove": {"value": told["remove"]},
        "method": {
            "label": told["method"],
            "choices": [(say(language, own), own) for own in methods],
            "info": say(language, f"{method}_hint"),
        },
        "other": {"label": told["compare"], "choices": others},
        "check": {"value": told["check"]},
        "keys": {"value": f'<span class="tx-keys"><kbd>{render.clean(say(language, "keys"))}</kbd></span>'},
        "explain all": {"label": say(language, "explain_all")},
        "saliency": {"label": say(language, "saliency")},
        "html": {"value": say(language, "as_html")},
        "json": {"value": say(language, "as_json")},
        "results": {"value": render.nothing_yet(language)},
    }


def _head(language: str) -> str:
    title, lead = (render.clean(say(language, key)) for key in ("title", "lead"))
    return f'<div class="tx-head"><p class="tx-brand">hf_toxspan</p><h1>{title}</h1><p class="tx-lead">{lead}</p></div>'


def _drop_words(language: str) -> dict[str, str]:
    hint = say(language, "drop_hint", megabytes=MEGABYTES)
    return {"choose": say(language, "choose"), "or_drop": say(language, "drop"), "hint": hint}


def updates(changes: Mapping[str, dict[str, Any]], order: Sequence[str]) -> list[Any]:
    """Return what gradio changes on its parts.

    Args:
        changes: Settings by the part's name.
        order: The parts that are put out; one without changes stays as it is.

    Returns:
        One update a part.
    """
    return [_update(dict(changes[name])) if name in changes else gradio.skip() for name in order]


def _update(settings: dict[str, Any]) -> Any:
    properties = settings.pop("props", {})
    return gradio.update(**settings, **properties)
