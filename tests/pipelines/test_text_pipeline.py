"""What every pipeline of texts does with its inputs, on the smallest one there is."""

from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from hf_toxspan.pipelines.text_pipeline import TextPipeline, given


class Lengths(TextPipeline):
    """Says how long a text is, and in chunks of how many it came."""

    def _sanitize_parameters(self, batch_size: int | None = None, plus: int | None = None) -> Any:
        return {}, given({"batch_size": batch_size, "plus": plus}), {}

    def preprocess(self, input_: list[str], **_: Any) -> dict[str, Any]:
        return {"texts": input_}

    def _forward(self, input_tensors: dict[str, Any], batch_size: int = 1, plus: int = 0) -> dict[str, Any]:
        texts = input_tensors["texts"]
        return {"results": [{"length": len(text) + plus, "chunk": len(texts)} for text in texts]}

    def postprocess(self, model_outputs: dict[str, Any], **_: Any) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = model_outputs["results"]
        return results


@pytest.fixture
def pipe(tiny_model: torch.nn.Module, tiny_tokenizer: PreTrainedTokenizerFast) -> Lengths:
    return Lengths(model=tiny_model, tokenizer=tiny_tokenizer)


def test_the_shape_of_the_input_is_that_of_the_output(pipe: Lengths) -> None:
    assert pipe("abc") == {"length": 3, "chunk": 1}
    assert [own["length"] for own in pipe(["a", "bc"])] == [1, 2]
    stream = pipe(own for own in ["a", "bc"])
    assert next(stream)["length"] == 1
    assert pipe([]) == []


def test_endless_input_is_read_chunk_by_chunk(pipe: Lengths) -> None:
    def endless() -> Any:
        while True:
            yield "a"

    assert next(pipe(endless(), batch_size=1))["chunk"] == 64


def test_options_of_a_call_go_before_those_of_the_pipeline(
    tiny_model: torch.nn.Module, tiny_tokenizer: PreTrainedTokenizerFast
) -> None:
    pipe = Lengths(model=tiny_model, tokenizer=tiny_tokenizer, plus=1)
    assert (pipe("a")["length"], pipe("a", plus=5)["length"]) == (2, 6)


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [(3, TypeError, "got int"), (b"a", TypeError, "got bytes"), (["a", None], TypeError, "text 1 is NoneType")],
)
def test_what_is_no_text_is_named(pipe: Lengths, inputs: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        pipe(inputs)


def test_a_batch_of_none_is_refused(pipe: Lengths) -> None:
    with pytest.raises(ValueError, match="batch_size is 0"):
        pipe("a", batch_size=0)
