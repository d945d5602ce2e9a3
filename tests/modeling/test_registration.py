"""Promises of `hf_toxspan.modeling.registration`, each in a fresh process, where the order of imports matters."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

from hf_toxspan.modeling.quadruple_encoder import QuadrupleEncoder
from hf_toxspan.modeling.quadruple_encoder_config import QuadrupleEncoderConfig
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.modeling.rationale_config import RationaleConfig
from hf_toxspan.modeling.registration import register_models
from tests.fresh import run_fresh

OURS_FIRST = "import hf_toxspan; from transformers import AutoConfig"
THEIRS_FIRST = "from transformers import AutoConfig; import hf_toxspan"
LOAD = """
print(type(AutoConfig.from_pretrained({folder!r})).__name__)
from transformers import AutoModelForSequenceClassification
print(type(AutoModelForSequenceClassification.from_pretrained({folder!r})).__name__)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, build_rationale: Callable[..., RationaleForToxicSpans]) -> Path:
    path = tmp_path_factory.mktemp("rationale")
    build_rationale().save_pretrained(path)
    return path


@pytest.mark.parametrize("imports", [OURS_FIRST, THEIRS_FIRST])
def test_either_package_may_be_imported_first(folder: Path, imports: str) -> None:
    done = run_fresh(imports + LOAD.format(folder=str(folder)), {"HF_HUB_OFFLINE": "1"})

    assert done == ("RationaleConfig\nRationaleForToxicSpans\n", "")


@pytest.mark.parametrize(
    "code",
    [
        "from hf_toxspan import RationaleForToxicSpans",
        "from hf_toxspan.modeling.rationale import RationaleForToxicSpans",
        "from transformers import AutoConfig; from hf_toxspan import RationaleForToxicSpans",
        "import hf_toxspan.modeling.rationale_onnx",
        "import hf_toxspan.modeling.quadruple_encoder",
    ],
)
def test_the_model_may_be_the_first_thing_that_is_imported(code: str) -> None:
    assert run_fresh(code) == ("", "")


@pytest.mark.parametrize(
    "first",
    [
        "import hf_toxspan",
        "import hf_toxspan.modeling.rationale_config",
        "import hf_toxspan.modeling.quadruple_encoder_config",
    ],
)
def test_every_model_of_ours_is_known_whatever_is_imported_first(first: str) -> None:
    code = f"{first}\nfrom transformers import AutoConfig, AutoModel\n" + (
        "for kind in ('toxspan-rationale', 'toxspan-rationale-onnx', 'toxspan-quadruples'):\n"
        "    print(AutoModel._model_mapping[type(AutoConfig.for_model(kind))].__name__)"
    )

    assert run_fresh(code) == ("RationaleForToxicSpans\nRationaleOnnxModel\nQuadrupleEncoder\n", "")


def test_registering_twice_is_silent_and_changes_nothing(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_models()
        register_models()

    assert type(AutoConfig.from_pretrained(folder)) is RationaleConfig
    for auto in (AutoModel, AutoModelForSequenceClassification):
        assert auto._model_mapping[RationaleConfig] is RationaleForToxicSpans
    assert AutoModel._model_mapping[QuadrupleEncoderConfig] is QuadrupleEncoder
