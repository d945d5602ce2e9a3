"""CuSA, ToxiTrace's annotation step: an LLM corrects the clues of a classifier (arXiv 2604.12321; the prompt is ours).

::

    toxic text --encoder, saliency, BiCSE--> clues --prompt--> LLM --> quotes --found in the text--> spans

Text and clues reach the prompt as JSON data, so that neither can change its instructions. A quote counts only where it
stands in the text (`hf_toxspan.core.quotes`). Where the LLM brings no spans there are none, unless `fall_back` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hf_toxspan.annotation.annotators import Annotation, Annotator
from hf_toxspan.llm.answers import ToxicSpans, read_toxic_spans
from hf_toxspan.llm.calls import Parameters, Request
from hf_toxspan.llm.outcomes import Outcome, Shortfall, read_outcome
from hf_toxspan.llm.prompts import Prompt, load_prompt
from hf_toxspan.llm.runner import Asker

PROMPT = "cusa_spans"


def cusa_requests(
    texts: Sequence[str], clues: Sequence[Annotation], prompt: Prompt, parameters: Parameters
) -> list[Request]:
    """Write what the LLM is asked.

    Args:
        texts: Texts that are known to be toxic.
        clues: Candidates for each text; those without spans are no clues.
        prompt: A prompt with the fields ``text`` and ``clues``.
        parameters: How to generate.

    Returns:
        One request a text.
    """
    return [
        Request(prompt.fill({"text": text, "clues": _quoted(text, clue)}), parameters)
        for text, clue in zip(texts, clues, strict=True)
    ]


def _quoted(text: str, clue: Annotation) -> list[str]:
    return list(dict.fromkeys(text[start:end] for start, end in clue.spans or ()))


@dataclass(frozen=True)
class CusaAnnotator:
    """Lets an LLM correct the spans of another annotator.

    Args:
        clues: Who marks the candidates.
        asker: The LLM behind its store of answers: what was answered once is not paid again.
        prompt: A prompt with the fields ``text`` and ``clues``.
        parameters: How to generate.
        fall_back: Where the LLM brings no spans, take the clues; the status still says why.
    """

    clues: Annotator
    asker: Asker
    prompt: Prompt = field(default_factory=lambda: load_prompt(PROMPT))
    parameters: Parameters = field(default_factory=Parameters)
    fall_back: bool = False

    @property
    def name(self) -> str:
        """The LLM, the prompt with its version, and who marked the candidates."""
        return f"{self.asker.llm.model}, {self.prompt.provenance}, {self.clues.name}"

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        """Mark the clues of all texts, then ask about all.

        Args:
            texts: Texts that are known to be toxic.

        Returns:
            One annotation a text.
        """
        clues = self.clues.annotate(texts)
        outcomes = self.asker.run(cusa_requests(texts, clues, self.prompt, self.parameters))
        found = [read_annotation(outcome, text) for outcome, text in zip(outcomes, texts, strict=True)]
        if not self.fall_back:
            return found
        return [
            annotation if annotation.spans else replace(annotation, spans=clue.spans, source=clue.source)
            for annotation, clue in zip(found, clues, strict=True)
        ]


def read_annotation(outcome: Outcome, text: str) -> Annotation:
    """Read what became of a request as an annotation of its text.

    Args:
        outcome: What became of the request.
        text: The text.

    Returns:
        Verified spans, or a status that says why there are none. An LLM that calls a text clean disagrees with its
        label, whatever else it quotes: the row needs a person.
    """
    verdict = read_outcome(outcome, lambda answer: read_toxic_spans(answer, text))
    if isinstance(verdict, Shortfall):
        return Annotation(None, None, verdict.status, verdict.detail)
    if not verdict.toxic:
        return Annotation(None, None, "disagrees", verdict.reason)
    if not verdict.quotes:
        return Annotation(None, None, "nothing", verdict.reason)
    if not verdict.spans:
        return Annotation(None, None, "unverified", _rejected(verdict))
    return Annotation(verdict.spans, "llm", "annotated", _rejected(verdict))


def _rejected(verdict: ToxicSpans) -> str:
    return f"not in the text: {', '.join(map(repr, verdict.rejected))}" if verdict.rejected else ""
