"""What our pipelines share: texts in any shape in, results of the same shape out, in chunks of bounded memory."""

from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import Any

from transformers import Pipeline

BATCH_SIZE = 32
CHUNK = 64
"""Batches that are worked on together (sorted by length, voted on); bounds memory on endless input."""


class TextPipeline(Pipeline):
    """A pipeline of texts that works on whole chunks.

    A subclass says in `_sanitize_parameters` what options there are, takes in `preprocess` the texts of a chunk, and
    returns from `postprocess` one result a text.

    Args:
        *args: As for every `transformers.Pipeline`.
        **kwargs: As for every `transformers.Pipeline`.
    """

    _load_processor = False
    _load_image_processor = False
    _load_video_processor = False
    _load_feature_extractor = False
    _load_tokenizer = True

    def __call__(self, inputs: str | Iterable[str], batch_size: int | None = None, **kwargs: Any) -> Any:
        """Run over texts.

        Args:
            inputs: One text, a list, a `datasets` column, or an iterator of texts.
            batch_size: What the model takes at a time; never changes a result.
            **kwargs: The pipeline's own options.

        Returns:
            A dict for one text, a list for anything with a length, a generator for an iterator.

        Raises:
            TypeError: If an input is not a string.
            ValueError: If an option is out of range.
        """
        kwargs.pop("num_workers", None)
        size = next(given for given in (batch_size, self._batch_size, BATCH_SIZE) if given is not None)
        if size < 1:
            raise ValueError(f"batch_size is {size}; expected at least 1")
        options = self._sanitize_parameters(batch_size=size, **kwargs)
        if isinstance(inputs, str):
            return next(self._stream(iter([inputs]), 1, options))
        if not isinstance(inputs, Iterable) or isinstance(inputs, bytes | dict):
            raise TypeError(f"got {type(inputs).__name__}; expected a text (str) or an iterable of texts")
        results = self._stream(iter(inputs), size * CHUNK, options)
        return list(results) if isinstance(inputs, Sized) else results

    def _stream(self, texts: Iterator[str], chunk: int, options: Any) -> Iterator[dict[str, Any]]:
        done = 0
        while batch := list(islice(texts, chunk)):
            yield from self._run(batch, done, options)
            done += len(batch)

    def _run(self, texts: list[str], offset: int, options: Any) -> list[Any]:
        for position, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(
                    f"text {offset + position} is {type(text).__name__} ({str(text)[:40]!r}); expected str: drop it or "
                    "convert it before the call"
                )
        defaults = (self._preprocess_params, self._forward_params, self._postprocess_params)
        merged = [{**default, **own} for default, own in zip(defaults, options, strict=True)]
        return self.run_single(texts, *merged)


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given: those that are not None."""
    return {name: value for name, value in options.items() if value is not None}
