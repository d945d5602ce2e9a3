"""Promises of the demo Space made ready."""

import ast

import pytest

from hf_toxspan.hub import demo_space
from hf_toxspan.hub.demo_space import pack_demo


@pytest.fixture(autouse=True)
def gradio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_space, "gradio_version", lambda extra: "6.1.0")


def model_of(app: object) -> object:
    """Return what an app.py calls MODEL."""
    assert isinstance(app, bytes)
    (assigned,) = [own for own in ast.parse(app).body if isinstance(own, ast.Assign)]
    return ast.literal_eval(assigned.value)


def test_it_shows_the_model_that_is_named_or_the_packaged_one() -> None:
    assert model_of(pack_demo(model="me/mine").files["app.py"]) == "me/mine"
    assert model_of(pack_demo().files["app.py"]) is None
    assert b"from hf_toxspan.demo.page import build_page" in pack_demo().files["app.py"]  # type: ignore[operator]


@pytest.mark.parametrize("model", ["mine", "a/b/c", 'me/x"; import os; "', "./folder", "me/x\nimport os"])
def test_what_is_no_address_is_refused(model: str) -> None:
    with pytest.raises(ValueError, match="--model is"):
        pack_demo(model=model)
