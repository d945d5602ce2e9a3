"""Promises of the READMEs of Spaces."""

import yaml

from hf_toxspan._version import __version__
from hf_toxspan.cards.space_cards import requirement, write_demo_card, write_metric_card


def test_the_demo_names_its_gradio_and_model() -> None:
    card = write_demo_card(title="A: b", model="me/mine", gradio="6.1.0")
    top = yaml.safe_load(card.split("---\n")[1])
    assert (top["title"], top["sdk"], top["sdk_version"], top["app_file"]) == ("A: b", "gradio", "6.1.0", "app.py")
    assert top["models"] == ["me/mine"] and len(top["short_description"]) <= 60
    assert "[me/mine](https://huggingface.co/me/mine)" in card
    assert "the small one inside" in write_demo_card(title="A", model=None, gradio="6.1.0")


def test_a_metric_keeps_its_own_header_and_gets_a_version() -> None:
    header = {"title": "m", "sdk": "gradio", "tags": ["evaluate", "metric"], "pinned": False}
    card = write_metric_card(header, "# Card\n\nText with {{ braces }} and <b>.", name="m", repo="me/m", gradio="6.1.0")
    top = yaml.safe_load(card.split("---\n")[1])
    assert top == {**header, "sdk_version": "6.1.0"}
    assert list(top)[:3] == ["title", "sdk", "sdk_version"]
    assert "Text with {{ braces }} and <b>." in card and 'evaluate.load("me/m")' in card


def test_a_space_installs_this_version_or_a_later_one() -> None:
    assert requirement("space") == f"hf_toxspan[space]>={__version__}"
