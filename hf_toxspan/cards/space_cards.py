"""The READMEs of Spaces: the demo page, and a metric's page with the address it was published at."""

from collections.abc import Mapping
from typing import Any

from hf_toxspan._version import __version__
from hf_toxspan.cards.markdown import Markdown
from hf_toxspan.cards.rendering import render

PYTHON = "3.11"
"""Python of the Spaces: the Hub's own default is older than this package supports."""


def requirement(extra: str) -> str:
    """Return the line of a Space's ``requirements.txt``: this package, this version or later.

    >>> requirement("demo").split(">=")[0]
    'hf_toxspan[demo]'
    """
    return f"hf_toxspan[{extra}]>={__version__}"


def write_demo_card(*, title: str, model: str | None, gradio: str, licence: str | None = "apache-2.0") -> str:
    """Write the README of the demo Space.

    Args:
        title: Of the page.
        model: Hub id of the model that it shows; the one inside the package when None.
        gradio: Version of gradio that it runs on.
        licence: Of the Space's files.

    Returns:
        The README.
    """
    header = {
        "title": title,
        "emoji": "🔎",
        "colorFrom": "red",
        "colorTo": "yellow",
        "sdk": "gradio",
        "sdk_version": gradio,
        "python_version": PYTHON,
        "app_file": "app.py",
        "pinned": False,
        "license": licence,
        "short_description": "The words that made a text toxic, in any script",
        "models": [model] if model else None,
        "tags": ["toxicity", "explainability", "hf_toxspan"],
    }
    return render("demo_space.md", header, title=title, model=None if model is None else Markdown(model))


def write_metric_card(header: Mapping[str, Any], body: str, *, name: str, repo: str | None, gradio: str) -> str:
    """Write the README of a metric's Space: that of its folder, with what only the published one knows.

    Args:
        header: The folder's front matter.
        body: The folder's text.
        name: The metric.
        repo: Where it will lie on the Hub, ``namespace/name``.
        gradio: Version of gradio that it runs on.

    Returns:
        The README.
    """
    # The order of the folder's own header, with the version behind the sdk.
    whole: dict[str, Any] = {}
    for key, value in header.items():
        whole[key] = value
        if key == "sdk":
            whole["sdk_version"] = gradio
    return render(
        "metric_space.md", whole, body=Markdown(body.strip()), name=Markdown(name), repo=Markdown(repo or f"ns/{name}")
    )
