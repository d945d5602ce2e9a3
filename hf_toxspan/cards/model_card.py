"""The card of a model: everything that is known of it, in one README; what was not measured is called so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huggingface_hub import ModelCardData

from hf_toxspan.cards.data_sources import Source, count_table, data_table
from hf_toxspan.cards.emissions import Emissions
from hf_toxspan.cards.markdown import Markdown, bold, table
from hf_toxspan.cards.model_facts import ModelFacts
from hf_toxspan.cards.model_index import eval_results
from hf_toxspan.cards.rendering import render
from hf_toxspan.cards.reports import ReadReport
from hf_toxspan.cards.score_tables import bias_sections, faithfulness_sections, score_sections
from hf_toxspan.cards.training_facts import TrainingFacts

TASK = {
    "span_classifier": ("toxic-span-extraction", "text-classification"),
    "rationale_model": ("toxic-span-extraction", "token-classification"),
    "quadruple_encoder": ("toxic-quadruple-extraction", "token-classification"),
    "chat_model": ("toxic-quadruple-extraction", "text-generation"),
    "adapter": ("toxic-quadruple-extraction", "text-generation"),
}
"""Our own task, which goes into the tags, and the Hub's task, which has a page, by the model's kind."""
JUDGE_TASK = ("toxicity-judge", "text-generation")
"""The same of a chat model that was taught to judge."""
_MORE = {"adapter": ("lora", "peft")}
TEMPLATE = {"adapter": "chat_model.md"}
"""Kinds whose template is not named after them."""


@dataclass(frozen=True)
class Statement:
    """What no file knows and the author of a card states.

    Attributes:
        name: What the model is called.
        repo: Where it will lie on the Hub, ``namespace/name``; None where it is not known yet.
        licence: The Hub's name of it; None is told as "not stated".
        languages: ISO codes.
        base_model: Hub id of the model that training began with; that of the run's record when None.
        sources: Data that it learnt from.
        counts: Texts by part of the data and what they count.
        notes: A text of the author's own, in Markdown.
        emissions: What training gave off.
        judge: Whether a chat model judges texts, rather than writing quadruples.
        hub_datasets: Ids of data sets on the Hub.
        record: What a recipe wrote of a chat model, by name.
        tags: Further tags.
    """

    name: str
    repo: str | None = None
    licence: str | None = None
    languages: Sequence[str] = ()
    base_model: str | None = None
    sources: Sequence[Source] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: str = ""
    emissions: Emissions | None = None
    judge: bool = False
    hub_datasets: Sequence[str] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()


def write_model_card(
    facts: ModelFacts,
    statement: Statement,
    *,
    training: TrainingFacts | None = None,
    reports: Sequence[ReadReport] = (),
) -> str:
    """Write a model's README.

    Args:
        facts: What the model is.
        statement: What its author states.
        training: What the training run recorded.
        reports: What was measured, a report a data set.

    Returns:
        The README.
    """
    base = statement.base_model or facts.base_model or (training.base_model if training else None)
    task, _ = _task(facts, statement)
    return render(
        TEMPLATE.get(facts.kind, f"{facts.kind}.md"),
        _header(facts, statement, base, reports),
        name=statement.name,
        repo=Markdown(statement.repo or "path/to/this/folder"),
        task=Markdown(task),
        kind=facts.kind,
        judge=statement.judge,
        base_model=base,
        licence=statement.licence,
        languages=Markdown.join(statement.languages),
        labels=_labels(facts),
        settings=facts.settings_table(),
        notes=Markdown(statement.notes.strip()),
        data=data_table(statement.sources),
        counts=count_table(statement.counts),
        training=training,
        record=table(["", ""], [[name, own] for name, own in statement.record.items()], text_columns=2),
        scores=score_sections(reports),
        bias=bias_sections(reports),
        faithfulness=faithfulness_sections(reports),
        report_notes=[Markdown.join([bold(report.data), note], ": ") for report in reports for note in report.notes],
        measured_by=Markdown.join(dict.fromkeys(report.made_by for report in reports if report.made_by)),
        extra=[[report.data, name, f"{value:.3g}"] for report in reports for name, value in report.extra.items()],
        emissions=statement.emissions,
    )


def _task(facts: ModelFacts, statement: Statement) -> tuple[str, str]:
    return JUDGE_TASK if statement.judge else TASK[facts.kind]


def _header(facts: ModelFacts, statement: Statement, base: str | None, reports: Sequence[ReadReport]) -> dict[str, Any]:
    task, hub_task = _task(facts, statement)
    results = eval_results(reports)
    return {
        "language": list(statement.languages),
        "license": statement.licence,
        "library_name": "hf_toxspan",
        "pipeline_tag": hub_task,
        "tags": [*dict.fromkeys([task, "toxicity", "explainability", *_MORE.get(facts.kind, ()), *statement.tags])],
        "base_model": base,
        "base_model_relation": None if base is None else ("adapter" if facts.kind == "adapter" else "finetune"),
        "datasets": list(statement.hub_datasets),
        "co2_eq_emissions": statement.emissions and statement.emissions.header(),
        "model-index": _index(statement.name, results) if results else None,
    }


def _index(name: str, results: Sequence[Any]) -> Any:
    return ModelCardData(model_name=name, eval_results=list(results)).to_dict()["model-index"]


def _labels(facts: ModelFacts) -> Markdown:
    words = {True: "toxic", False: "clean", None: "not stated which"}
    return table(["label", "meaning"], [[name, words[own]] for name, own in facts.labels.items()], text_columns=2)
