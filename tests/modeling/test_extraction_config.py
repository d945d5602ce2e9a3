"""Promises of `hf_toxspan.modeling.extraction_config`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoConfig, BertForSequenceClassification, PreTrainedModel

from hf_toxspan.core.bicse import BiCSE
from hf_toxspan.modeling.extraction_config import TAGS, ExtractionConfig, by_gradient
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.tensor.saliency import METHODS


@pytest.fixture(params=["classifier", "rationale model"])
def model(
    request: pytest.FixtureRequest,
    tiny_model: BertForSequenceClassification,
    build_rationale: Callable[..., RationaleForToxicSpans],
) -> PreTrainedModel:
    return tiny_model if request.param == "classifier" else build_rationale()


@pytest.mark.parametrize(
    "chosen",
    [
        ExtractionConfig("gradient_x_input", BiCSE(peak=0.7, floor=0.1, gap=2, whole_words=False)),
        ExtractionConfig(TAGS, threshold=0.35),
        ExtractionConfig(TAGS, threshold=0.35, share=0.8),
        ExtractionConfig(),
    ],
)
def test_the_way_to_read_spans_is_saved_with_the_checkpoint(
    model: PreTrainedModel, tmp_path: Path, chosen: ExtractionConfig
) -> None:
    model.config.span_extraction = chosen.to_dict()
    model.save_pretrained(tmp_path)

    assert ExtractionConfig.from_config(AutoConfig.from_pretrained(tmp_path)) == chosen


def test_a_checkpoint_that_says_nothing_gets_the_defaults(tiny_model: BertForSequenceClassification) -> None:
    assert ExtractionConfig.from_config(tiny_model.config) == ExtractionConfig() == ExtractionConfig("gradient_norm")


def test_only_what_a_way_needs_is_written_down() -> None:
    assert ExtractionConfig(TAGS, threshold=0.3).to_dict() == {"saliency": "tags", "threshold": 0.3}
    assert ExtractionConfig().to_dict().keys() == {"saliency", "bicse"}


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ({"salience": "gradient_norm"}, r"unknown names \['salience'\] in config.span_extraction; expected some of"),
        ({"saliency": "lime"}, "saliency is 'lime'; expected 'tags' or one of"),
        ({"bicse": {"peek": 0.5}}, r"unknown BiCSE parameters \['peek'\]"),
        ({"bicse": {"peak": 2}}, "peak is 2; expected 0 < peak <= 1"),
        ({"saliency": "tags", "threshold": 0}, r"threshold is 0; expected a probability in \(0, 1\)"),
        ({"saliency": "tags", "threshold": 1.0}, r"threshold is 1.0; expected a probability in \(0, 1\)"),
        ({"saliency": "tags", "threshold": float("nan")}, "threshold is nan"),
        ({"saliency": "tags", "share": 0}, r"share is 0; expected a number in \(0, 1\], or None"),
        ({"saliency": "tags", "share": 1.2}, "share is 1.2"),
    ],
)
def test_unknown_names_and_values_in_a_checkpoint_are_told(
    model: PreTrainedModel, stored: dict[str, Any], told: str
) -> None:
    model.config.span_extraction = stored

    with pytest.raises(ValueError, match=told):
        ExtractionConfig.from_config(model.config)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_name(method: str) -> None:
    assert ExtractionConfig(method).saliency == method


def test_what_a_config_hands_out_is_a_copy() -> None:
    ExtractionConfig().to_dict()["bicse"]["peak"] = 0.9  # type: ignore[index]

    assert ExtractionConfig().bicse.peak == BiCSE().peak


def test_what_is_read_off_gradients_is_the_checkpoints_own_way_unless_it_tags(
    tiny_model: BertForSequenceClassification, build_rationale: Callable[..., RationaleForToxicSpans]
) -> None:
    own = ExtractionConfig("gradient_x_input", BiCSE(peak=0.7))
    tiny_model.config.span_extraction = own.to_dict()
    assert by_gradient(tiny_model.config) == own
    assert by_gradient(build_rationale().config) == ExtractionConfig()
