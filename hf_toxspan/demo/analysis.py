"""What models say of texts, as the page shows and exports it; knows nothing of a browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hf_toxspan.core.text import replace_lone_surrogates
from hf_toxspan.data.text_records import Record
from hf_toxspan.demo.words import Refused
from hf_toxspan.modeling.extraction import SpanExtractor
from hf_toxspan.modeling.extraction_config import TAGS
from hf_toxspan.modeling.rationale import RationaleForToxicSpans
from hf_toxspan.modeling.second_reading import SecondReading
from hf_toxspan.pipelines.cascade_judge import CascadeJudgePipeline
from hf_toxspan.pipelines.toxic_span_extraction import ToxicSpanExtractionPipeline, as_dict

GRADIENT, RATIONALE, CASCADE = "gradient", "rationale", "cascade"
_PLAIN_GRADIENT = "gradient_norm"
_BATCH = 16


@dataclass(frozen=True)
class System:
    """A model as visitors choose it.

    Attributes:
        name: What it is called on the page; never a path of the server.
        pipe: Its pipeline.
        methods: The ways in which it can explain a text; its own way is first.
    """

    name: str
    pipe: ToxicSpanExtractionPipeline
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What one system says of one text.

    Attributes:
        system: Its name.
        method: How it explained the text.
        result: The pipeline's dict, with ``toxic`` and ``probabilities``; ``saliency`` is None for what was not
            explained.
    """

    system: str
    method: str
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A text and what was said of it; or what was wrong with it.

    Attributes:
        line: Its number in the file, from 1.
        name: Its ``id``, else the line.
        text: The text; empty where there is an error.
        answers: One a system.
        error: Why it could not be read, as `hf_toxspan.data.text_records` says it.
    """

    line: int
    name: str
    text: str
    answers: tuple[Answer, ...] = ()
    error: str | None = None


def describe(pipe: ToxicSpanExtractionPipeline, model: str | None, *, taken: Sequence[str] = ()) -> System:
    """Give a pipeline its name and find out what it can do.

    Args:
        pipe: A span pipeline, or a cascade.
        model: Folder or Hub id that it was loaded from; the model inside the package when None.
        taken: Names that other systems have.

    Returns:
        The system. A folder is called by its last part: visitors need not know where it lies.
    """
    source = Path(model or "toxspan-small").expanduser()
    short = source.resolve().name if source.is_dir() else str(model or source)
    name, number = short, 2
    while name in taken:
        name, number = f"{short} ({number})", number + 1
    own = [RATIONALE] if isinstance(pipe.model, RationaleForToxicSpans) else []
    own = [GRADIENT, *own] if pipe.extractor.config.saliency != TAGS else [*own, GRADIENT]
    return System(name, pipe, (*own, *([CASCADE] if isinstance(pipe, CascadeJudgePipeline) else [])))


def analyse(
    records: Sequence[Record], systems: Sequence[System], method: str, *, explain_all: bool = False
) -> list[Row]:
    """Ask systems about texts.

    Args:
        records: The texts.
        systems: Who is asked.
        method: How; a system that can't explain so does it in its own way.
        explain_all: Explain clean texts too.

    Returns:
        One row a record, in order.

    Raises:
        Refused: If no system knows the method.
    """
    if all(method not in system.methods for system in systems):
        raise Refused("no_such_choice")
    texts = [record.text for record in records if record.error is None]
    columns = [_ask(system, method, texts, explain_all) for system in systems]
    answers = iter(zip(*columns, strict=True))
    return [_row(record, () if record.error is not None else next(answers)) for record in records]


def _row(record: Record, answers: tuple[Answer, ...]) -> Row:
    name = replace_lone_surrogates(str(record.fields.get("id", record.line)))[:200]
    error = None if record.error is None else replace_lone_surrogates(record.error)
    return Row(record.line, name, record.text, answers, error)


def _ask(system: System, method: str, texts: Sequence[str], explain_all: bool) -> list[Answer]:
    own = method if method in system.methods else system.methods[0]
    if not texts:
        return []
    if isinstance(system.pipe, CascadeJudgePipeline) and own == CASCADE:
        found = system.pipe(list(texts), batch_size=_BATCH, return_saliency=True, explain_all=explain_all)
        results = [_of_cascade(result) for result in found]
    else:
        results = _explain(system.pipe, own, texts, explain_all)
    toxic = {name for name, is_toxic in system.pipe.extractor.labels.kinds.items() if is_toxic}
    return [Answer(system.name, own, {**result, "toxic": result["label"] in toxic}) for result in results]


def _of_cascade(result: Mapping[str, Any]) -> dict[str, Any]:
    """Take out of a cascade's dict what visitors need not know: a failed call's detail may name inner addresses."""
    judge = result["judge"] and {name: value for name, value in result["judge"].items() if name != "detail"}
    return {**result, "judge": judge, "probabilities": result["backbone"]["probabilities"]}


def _explain(
    pipe: ToxicSpanExtractionPipeline, method: str, texts: Sequence[str], explain_all: bool
) -> list[dict[str, Any]]:
    reader = _reader(pipe, method)
    twice = isinstance(reader, SecondReading)
    names = pipe.extractor.labels.names
    results = []
    for own, text in zip(reader(texts, batch_size=_BATCH, explain_all=explain_all), texts, strict=True):
        found = as_dict(own, text, return_saliency=True, second_reading=twice)
        results.append({**found, "probabilities": dict(zip(names, own.probabilities, strict=True))})
    return results


def _reader(pipe: ToxicSpanExtractionPipeline, method: str) -> SpanExtractor | SecondReading:
    """Return what reads texts in a given way: the pipeline's own reader where that is its way."""
    config = pipe.extractor.config
    if (config.saliency == TAGS) == (method == RATIONALE):
        return pipe.reader
    labels = pipe.extractor.labels
    extractor = SpanExtractor(
        pipe.extractor.model,
        pipe.extractor.tokenizer,
        toxic_labels=[labels.names[place] for place in labels.toxic],
        config=replace(config, saliency=TAGS if method == RATIONALE else _PLAIN_GRADIENT),
    )
    return SecondReading(extractor, pipe.reader.normalise) if isinstance(pipe.reader, SecondReading) else extractor
