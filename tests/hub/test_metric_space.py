"""Promises of a metric's Space made ready."""

import pytest
import yaml

from hf_toxspan.hub import metric_space
from hf_toxspan.hub.metric_space import pack_metric
from hf_toxspan.scoring.catalogue import METRICS


@pytest.fixture(autouse=True)
def gradio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metric_space, "gradio_version", lambda extra: "6.1.0")


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_a_whole_space(name: str) -> None:
    parcel = pack_metric(name, repo=f"me/{name}")

    assert parcel.repo_type == "space"
    assert set(parcel.files) == {"README.md", "app.py", "requirements.txt", "tests.py", f"{name}.py"}
    readme = parcel.files["README.md"]
    assert isinstance(readme, bytes)
    header = yaml.safe_load(readme.decode().split("---\n")[1])
    assert (header["title"], header["sdk"], header["sdk_version"]) == (name, "gradio", "6.1.0")
    assert header["tags"] == ["evaluate", "metric"]
    assert f'evaluate.load("me/{name}")' in readme.decode()


def test_the_line_that_installs_can_be_another_one() -> None:
    line = "hf_toxspan[space] @ https://example.com/hf_toxspan.whl"
    assert pack_metric("toxic_span_f1", requires=line).files["requirements.txt"] == f"{line}\n".encode()


def test_a_repository_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="expected me/toxic_span_f1"):
        pack_metric("toxic_span_f1", repo="me/span-f1")


def test_another_metric_is_told() -> None:
    with pytest.raises(ValueError, match="'bleu' is no metric of hf_toxspan; expected one of"):
        pack_metric("bleu")
