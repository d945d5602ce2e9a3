"""``pipeline("toxic-span-extraction")``: label, score and the characters that made a text toxic."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from hf_toxspan.core.rewriting import Rewriting
from hf_toxspan.core.spans import Span
from hf_toxspan.modeling.checkpoint import give_offsets, use_float32_on_cpu
from hf_toxspan.modeling.extraction import Explanation, SpanExtractor
from hf_toxspan.modeling.extraction_config import ExtractionConfig
from hf_toxspan.modeling.second_reading import SecondReading
from hf_toxspan.pipelines.registration import register_tasks
from hf_toxspan.pipelines.text_pipeline import TextPipeline, given

TASK = "toxic-span-extraction"


class ToxicSpanExtractionPipeline(TextPipeline):
    """Classify texts and quote the evidence.

    Works with any sequence classifier: spans are read by BiCSE off the gradient saliency of the toxic margin; with a
    rationale model they are what it tagged. A text longer than the encoder is read in windows, never cut. An empty or
    blank text gets the clean label with score 1.

    Example:
        ```python
        import hf_toxspan
        from transformers import pipeline

        pipe = pipeline("toxic-span-extraction")  # the small model inside the package, offline
        pipe("What a stupid idea, you fool.")
        # {"label": "toxic", "score": 0.97, "spans": [{"start": 7, "end": 13, "text": "stupid", "score": 0.97}, ...]}
        pipe(texts, batch_size=32, return_saliency=True, explain_all=False, max_spans=None)  # a list for a list
        ```

    Args:
        *args: As for every `transformers.Pipeline`.
        toxic_labels: Names of the toxic labels, where the checkpoint does not say.
        extraction: How to read spans; the checkpoint's own way when None.
        second_reading: Undoes obfuscated spellings (`hf_toxspan.obfuscation.normaliser.build_normaliser`): a text that
            it changes is read in both ways, and toxic where either reading is. Results then have ``read_as``, the
            normalised text where that reading decided, else None; and each span of such a result says what it was
            ``read_as``, and in ``reading`` which kinds of obfuscation are in it.
        **kwargs: As for every `transformers.Pipeline`; also defaults for the options of a call.
    """

    def __init__(
        self,
        *args: Any,
        toxic_labels: Sequence[str] | None = None,
        extraction: ExtractionConfig | None = None,
        second_reading: Callable[[str], Rewriting] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tokenizer: PreTrainedTokenizerBase = give_offsets(self.tokenizer)
        self.extractor = SpanExtractor(
            use_float32_on_cpu(self.model).eval(), self.tokenizer, toxic_labels=toxic_labels, config=extraction
        )
        self.reader = self.extractor if second_reading is None else SecondReading(self.extractor, second_reading)

    def __call__(self, inputs: str | Iterable[str], batch_size: int | None = None, **kwargs: Any) -> Any:
        """Extract toxic spans.

        Args:
            inputs: One text, a list, a `datasets` column, or an iterator of texts.
            batch_size: Windows of a forward pass; never changes a result.
            **kwargs: ``explain_all`` (spans for clean texts too), ``return_saliency`` (adds one value in [0, 1] a
                character, None where the text was not explained), ``max_spans`` (keep the strongest).

        Returns:
            A dict for one text, a list for anything with a length, a generator for an iterator.

        Raises:
            TypeError: If an input is not a string.
            ValueError: If an option is out of range.
        """
        return super().__call__(inputs, batch_size, **kwargs)

    def _sanitize_parameters(
        self,
        batch_size: int | None = None,
        explain_all: bool | None = None,
        return_saliency: bool | None = None,
        max_spans: int | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if max_spans is not None and max_spans < 0:
            raise ValueError(f"max_spans is {max_spans}; expected at least 0, or None for all")
        forward = {"batch_size": batch_size, "explain_all": explain_all}
        after = {"return_saliency": return_saliency, "max_spans": max_spans}
        return {}, given(forward), given(after)

    def preprocess(self, input_: list[str], **_: Any) -> dict[str, Any]:
        """Wrap a chunk of texts."""
        return {"texts": input_}

    def _forward(self, input_tensors: dict[str, Any], **options: Any) -> dict[str, Any]:
        return {**input_tensors, "explanations": self.reader(input_tensors["texts"], **options)}

    def postprocess(
        self, model_outputs: dict[str, Any], *, return_saliency: bool = False, max_spans: int | None = None
    ) -> list[dict[str, Any]]:
        """Turn explanations into the dicts that users see."""
        return [
            as_dict(
                explanation,
                text,
                return_saliency=return_saliency,
                max_spans=max_spans,
                second_reading=self.reader is not self.extractor,
            )
            for explanation, text in zip(model_outputs["explanations"], model_outputs["texts"], strict=True)
        ]


def as_dict(
    explanation: Explanation,
    text: str,
    *,
    return_saliency: bool = False,
    max_spans: int | None = None,
    second_reading: bool = False,
) -> dict[str, Any]:
    """Return the pipeline's output for one text; a span scores the mean saliency of its characters, if known.

    Args:
        explanation: What the extractor said.
        text: The text.
        return_saliency: Add one value a character, None where the text was not explained.
        max_spans: Keep the highest scoring spans only, in text order.
        second_reading: Add the text that was read, None where it was read as written.

    Returns:
        ``label``, ``score``, ``spans`` and, if asked for, ``read_as`` and ``saliency``; spans that the second reading
        found have ``read_as`` and ``reading``.
    """
    spans = [_span_dict(explanation, span, text) for span in explanation.spans]
    result: dict[str, Any] = {"label": explanation.label, "score": explanation.score}
    result["spans"] = strongest(spans, max_spans)
    if second_reading:
        result["read_as"] = explanation.read_as and explanation.read_as.text
    if return_saliency:
        result["saliency"] = None if explanation.saliency is None else explanation.saliency.tolist()
    return result


def strongest(spans: list[dict[str, Any]], count: int | None) -> list[dict[str, Any]]:
    """Return the spans with the highest scores, in text order; one without a score counts as 1.

    Args:
        spans: Dicts with ``score``.
        count: How many at most; None for all.

    Returns:
        Those that are left.
    """
    ranked = sorted(spans, key=lambda span: -1.0 if span["score"] is None else -span["score"])[:count]
    return [span for span in spans if span in ranked]


def _span_dict(explanation: Explanation, span: Span, text: str) -> dict[str, Any]:
    quoted = {"start": span.start, "end": span.end, "text": text[slice(*span)], "score": _mean(explanation, span)}
    rewriting = explanation.read_as
    if rewriting is None:
        return quoted
    read = rewriting.text[slice(*rewriting.from_original(span))]
    return {**quoted, "read_as": read, "reading": rewriting.steps(span)}


def _mean(explanation: Explanation, span: Span) -> float | None:
    if explanation.saliency is None:  # somebody else's span, such as a judge's
        return None
    values = explanation.saliency[span.start : span.end]
    return round(float(values[values > 0].mean()) if (values > 0).any() else 0.0, 4)


register_tasks()  # for those who import this module before `transformers.pipelines`
