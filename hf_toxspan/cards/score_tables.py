"""Tables of a card: scores x 100 with their intervals, this model beside every other system that was measured."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hf_toxspan.cards.markdown import Markdown, bold, plain, table
from hf_toxspan.cards.reports import AS_SHOWN, BIAS, CLASSES, EXPLAINED, Protocol, ReadReport, Score, short_name

FIRST = (CLASSES, "labels", EXPLAINED, AS_SHOWN, "quadruples_ccl25", "quadruples_state")
"""Protocols that lead, in this order."""
THIS = "this model"
CEILING = "oracle"
"""How names of systems begin that know the gold answers: a ceiling is no rival."""
_AREAS = {"subgroup AUC": "subgroup_auc", "BPSN AUC": "bpsn_auc", "BNSP AUC": "bnsp_auc"}
_FAITHFULNESS = ("comprehensiveness", "sufficiency", "confidence_drop", "flipped", "marked")


class Section(NamedTuple):
    """A table of a card.

    Attributes:
        title: What was measured.
        table: The numbers.
        reading: How to read them; may be empty.
        better: Who is better than this model, in a sentence; may be empty.
    """

    title: str
    table: Markdown
    reading: str
    better: Markdown


def score_sections(reports: Sequence[ReadReport]) -> list[Section]:
    """Lay out every protocol but bias, a table each, with a block of lines a data set.

    Args:
        reports: The reports.

    Returns:
        The tables; none where nothing was measured.
    """
    groups: dict[tuple[str, str], list[ReadReport]] = {}
    for report in reports:
        for name, protocol in report.protocols.items():
            if name != BIAS and report.model in protocol.systems:
                groups.setdefault((name, protocol.title), []).append(report)
    order = sorted(groups, key=lambda group: FIRST.index(group[0]) if group[0] in FIRST else len(FIRST))
    sections = [_section(name, title, groups[name, title]) for name, title in order]
    before = [None, *(section.reading for section in sections)]
    return [
        section._replace(reading="") if section.reading == told else section
        for section, told in zip(sections, before, strict=False)
    ]


def _section(name: str, title: str, reports: Sequence[ReadReport]) -> Section:
    first = reports[0].protocols[name]
    columns = first.columns
    lines = [line for report in reports for line in _lines(report, report.protocols[name], columns)]
    (heading, leading), *_ = columns.items()
    better = {
        report.data: [short_name(system) for system in _better(report, report.protocols[name], leading)]
        for report in reports
    }
    told = Markdown.join((f"{data}: {', '.join(names)}" for data, names in better.items() if names), "; ")
    return Section(
        title,
        table(["data", "system", *columns], lines, text_columns=2),
        first.reading,
        Markdown(f"Better than this model in {plain(heading)}: {told}.") if told else Markdown(""),
    )


def _lines(report: ReadReport, protocol: Protocol, columns: Mapping[str, str]) -> Iterable[list[Any]]:
    """Yield this model's line, then those of the others, in the order of the report."""
    texts = protocol.texts if protocol.texts is not None else report.rows
    others = [name for name in protocol.systems if name != report.model]
    for place, system in enumerate([report.model, *others]):
        yield [
            f"{report.data} ({texts:,} texts)" if not place else None,
            bold(THIS) if not place else short_name(system),
            *(cell(protocol.score(system, score)) for score in columns.values()),
        ]


def _better(report: ReadReport, protocol: Protocol, name: str) -> list[str]:
    own = protocol.score(report.model, name).value
    values = {system: protocol.score(system, name).value for system in protocol.systems}
    better = [system for system, value in values.items() if own is not None and value is not None and value > own]
    return [system for system in better if not system.startswith(CEILING)]


def cell(score: Score) -> Markdown:
    """Write a score x 100 with its interval.

    >>> cell(Score(0.5, 0.25, 0.75)), cell(Score(None)), cell(Score(0.5))
    ('50.0 [25.0, 75.0]', 'undefined', '50.0')
    """
    if score.value is None:
        return Markdown("undefined")
    interval = "" if score.low is None or score.high is None else f" [{100 * score.low:.1f}, {100 * score.high:.1f}]"
    return Markdown(f"{100 * score.value:.1f}{interval}")


def bias_sections(reports: Sequence[ReadReport]) -> list[Section]:
    """Lay out what is known of communities: the power means of all systems, and this model's areas of each community.

    Args:
        reports: The reports.

    Returns:
        Two tables a report that measured it.
    """
    found = []
    for report in reports:
        protocol = report.protocols.get(BIAS)
        if protocol is None or report.model not in protocol.systems:
            continue
        found.append(_section(BIAS, protocol.title, [report]))
        groups = protocol.systems[report.model].get("groups") or {}
        rows = [
            [name, *(cell(Score(own.get(area))) for area in _AREAS.values()), own["positives"], own["negatives"]]
            for name, own in groups.items()
        ]
        head = ["community", *_AREAS, "toxic texts", "clean texts"]
        found.append(Section(f"{THIS}, by community ({report.data})", table(head, rows), "", Markdown("")))
    return [section for section in found if section.table]


def faithfulness_sections(reports: Sequence[ReadReport]) -> list[Section]:
    """Lay out how far this model relies on the evidence that it shows.

    Args:
        reports: The reports.

    Returns:
        A table a report that measured it.
    """
    found = []
    for report in reports:
        measured = report.faithfulness
        if measured is None or not measured.get("texts"):
            continue
        rows = [
            [name, *(cell(_score(scores, score)) for score in _FAITHFULNESS)]
            for name, scores in measured["rationales"].items()
        ]
        title = f"{report.data}: {measured['texts']:,} texts called toxic; words are replaced by: {measured['masking']}"
        head = ["marked", *(name.replace("_", " ") for name in _FAITHFULNESS[:-1]), "tokens marked"]
        found.append(Section(title, table(head, rows), "", Markdown("")))
    return found


def _score(scores: Mapping[str, Any], name: str) -> Score:
    low, high = (scores.get("confidence_intervals") or {}).get(name) or (None, None)
    return Score(scores.get(name), low, high)
