"""``POST /v1/extract``: what goes in and what comes out."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hf_toxspan.core.utf16 import has_pairs, per_unit, utf16_offsets
from hf_toxspan.serving.errors import bad_request
from hf_toxspan.serving.json_body import shown
from hf_toxspan.serving.settings import Limits


class ExtractRequest(BaseModel):
    """One text, or several, and what is wanted of them."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "oneOf": [{"required": ["text"]}, {"required": ["texts"]}],
            "examples": [{"text": "What a stupid idea, you fool."}, {"texts": ["你这个蠢货", "hello"], "max_spans": 3}],
        },
    )

    text: str | None = Field(None, description="One text; its result comes back alone.")
    texts: list[str] | None = Field(None, description="Several texts; their results come back as a list, in order.")
    explain_all: bool = Field(False, description="Spans for clean texts too.")
    return_saliency: bool = Field(False, description="Add one value in [0, 1] a character.")
    max_spans: int | None = Field(None, ge=0, description="Keep the strongest spans of a text.")
    offsets: Literal["code_points", "utf16"] = Field(
        "code_points",
        description="What start and end count: Unicode code points (Python, Go runes), or UTF-16 code units "
        "(JavaScript, Java, C#).",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError("expected either text or texts")
        return self

    @property
    def all_texts(self) -> list[str]:
        """The texts, one or more."""
        return [self.text] if self.texts is None else self.texts  # type: ignore[list-item]


class ToxicSpan(BaseModel):
    """A stretch that made a text toxic."""

    start: int = Field(description="Where it begins.")
    end: int = Field(description="Where it ends, exclusive.")
    text: str = Field(description="What stands there.")
    score: float | None = Field(description="How strong it is, in [0, 1].")
    read_as: str | None = Field(None, description="What it was read as, where disguised spellings are undone.")
    reading: list[str] | None = Field(None, description="Which kinds of disguise are in it.")


class Extraction(BaseModel):
    """What the model says of one text."""

    label: str = Field(description="Most probable label.")
    score: float = Field(description="Its probability.")
    toxic: bool = Field(description="Whether it is a toxic one.")
    toxicity: float = Field(description="Probability of the toxic labels together.")
    spans: list[ToxicSpan] = Field(description="What made the text toxic, in text order.")
    read_as: str | None = Field(None, description="The text without disguise, where that reading decided.")
    saliency: list[float] | None = Field(None, description="One value a character; null where not explained.")


class Extractions(BaseModel):
    """What the model says of several texts, in their order."""

    results: list[Extraction]


class Problem(BaseModel):
    """Why a request was not answered."""

    code: int
    status: str
    message: str
    details: list[dict[str, Any]] | None = None


class Refusal(BaseModel):
    """The body of every answer that is none."""

    error: Problem


def read_request(request: Any, limits: Limits) -> ExtractRequest:
    """Read and check a request.

    Args:
        request: JSON.
        limits: What one client may ask for.

    Returns:
        The request.

    Raises:
        ApiError: If it can't be answered.
    """
    if not isinstance(request, dict):
        raise bad_request('Expected a JSON object, such as {"text": "What a stupid idea."}.')
    unknown = next((name for name in request if name not in ExtractRequest.model_fields), None)
    if unknown is not None:
        names = ", ".join(ExtractRequest.model_fields)
        raise bad_request(f"Unknown field {shown(unknown)}; expected some of {names}.")
    texts = request.get("texts")
    if isinstance(texts, list):
        _check_texts(texts, limits)
    try:
        found = ExtractRequest.model_validate(request)
    except ValidationError as error:
        raise bad_request(_first(error)) from None
    for place, text in enumerate(found.all_texts):
        if len(text) > limits.characters:
            name = "text" if found.texts is None else f"texts[{place}]"
            raise bad_request(f"{name} has {len(text)} characters; expected at most {limits.characters}.")
    return found


def _check_texts(texts: list[Any], limits: Limits) -> None:
    """Refuse too many entries, and the first that is no text: pydantic would describe every single one."""
    if len(texts) > limits.texts:
        raise bad_request(f"texts has {len(texts)} entries; expected at most {limits.texts} a request.")
    wrong = next((place for place, text in enumerate(texts) if not isinstance(text, str)), None)
    if wrong is not None:
        raise bad_request(f"texts[{wrong}] is no text; expected a string.")


def in_utf16(result: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a result whose offsets and saliency count UTF-16 code units.

    Args:
        result: With offsets in code points.
        text: Its text.

    Returns:
        The same result, or a new one.
    """
    if not has_pairs(text):
        return result
    spans: Sequence[dict[str, Any]] = result["spans"]
    ends = iter(utf16_offsets(text, [span[end] for span in spans for end in ("start", "end")]))
    moved = {**result, "spans": [{**span, "start": next(ends), "end": next(ends)} for span in spans]}
    if result.get("saliency") is not None:
        moved["saliency"] = per_unit(text, result["saliency"])
    return moved


def _first(error: ValidationError) -> str:
    """Say what is wrong first, without what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else str(part) for part in found["loc"])
    message = found["msg"].removeprefix("Value error, ")
    return f"{where}: {message}." if where else f"{message}."
