"""The model behind the service: a pipeline, asked for many texts of many requests at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from hf_toxspan.modeling.checkpoint import PACKAGED_MODEL
from hf_toxspan.modeling.extraction import Explanation
from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline, as_dict
from hf_toxspan.serving.jobs import Job

PACKAGED_LANGUAGES = ("zh", "en", "vi")
"""What the model inside the package was trained on; its card says how well it does in each."""


class ServedModel:
    """A pipeline as the service sees it.

    Args:
        pipe: The pipeline; its own defaults for options of a call are not looked at.
        batch_size: Windows of a forward pass.

    Raises:
        TypeError: If it is another pipeline.
    """

    def __init__(self, pipe: Any, *, batch_size: int = 16) -> None:
        if not isinstance(pipe, ToxicSpanExtractionPipeline):
            raise TypeError(f"got {type(pipe).__name__}; expected the pipeline of toxic-span-extraction")
        self.pipe = pipe
        self.batch_size = batch_size
        self.labels = pipe.extractor.labels

    @property
    def name(self) -> str:
        """The last part of the model's name: its folder's place is nobody's business."""
        return str(self.pipe.model.name_or_path).rstrip("/").rpartition("/")[2] or "model"

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the model says it is for; empty where it does not say."""
        stated = getattr(self.pipe.model.config, "languages", None)
        if isinstance(stated, list | tuple) and all(isinstance(code, str) for code in stated):
            return tuple(stated)
        return PACKAGED_LANGUAGES if str(self.pipe.model.name_or_path) == PACKAGED_MODEL else ()

    def read(self, jobs: Sequence[Job]) -> list[Explanation]:
        """Read texts, those to be explained in any case apart from the others.

        Args:
            jobs: Texts of any requests.

        Returns:
            An explanation each, in order.
        """
        found: dict[int, Explanation] = {}
        for explain_all in (False, True):
            places = [place for place, job in enumerate(jobs) if job.explain_all is explain_all]
            if places:
                texts = [jobs[place].text for place in places]
                explained = self.pipe.reader(texts, batch_size=self.batch_size, explain_all=explain_all)
                found |= dict(zip(places, explained, strict=True))
        return [found[place] for place in range(len(jobs))]

    def present(
        self, explanation: Explanation, text: str, *, return_saliency: bool = False, max_spans: int | None = None
    ) -> dict[str, Any]:
        """Return what a client sees: the pipeline's dict with ``toxic`` and ``toxicity`` after the score.

        Args:
            explanation: What was found.
            text: The text.
            return_saliency: Add one value a character.
            max_spans: Keep the strongest.

        Returns:
            JSON values; offsets are code points.
        """
        twice = self.pipe.reader is not self.pipe.extractor
        found = as_dict(explanation, text, return_saliency=return_saliency, max_spans=max_spans, second_reading=twice)
        first = {"label": found.pop("label"), "score": found.pop("score")}
        return {**first, "toxic": explanation.toxic, "toxicity": explanation.toxicity, **found}

    def probability(self, explanation: Explanation, label: str) -> float:
        """Return how probable a label is.

        Args:
            explanation: What was found.
            label: One of the model's.

        Returns:
            Its probability.
        """
        return explanation.probabilities[self.labels.names.index(label)]

    def check_attributes(self, attributes: Mapping[str, str]) -> None:
        """Refuse attributes of labels that the model does not have.

        Args:
            attributes: From their names to labels.

        Raises:
            ValueError: If a label is unknown.
        """
        for name, label in attributes.items():
            if label not in self.labels.names:
                raise ValueError(
                    f"attribute {name} is to be the label {label!r}; expected one of the model's {self.labels.names}"
                )
