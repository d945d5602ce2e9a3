"""A metric as people call it: named inputs, checked; options; and what makes a score readable.

The numbers come from `core/`. Around them every metric gets the same four things: confidence intervals, a paired test
against another system, a breakdown by text, and the scores of trivial systems.
"""

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass, fields
from typing import Any

from hf_toxspan.core.resampling import check_sampling, compare, intervals
from hf_toxspan.core.tallies import Corpus, scores
from hf_toxspan.scoring.inputs import SWITCH, Kind, read, read_one

Inputs = dict[str, list[Any]]
Options = dict[str, Any]
Where = Callable[[str, int], str]


@dataclass(frozen=True)
class Input:
    """One named input of a metric, a value a text.

    Attributes:
        kind: What a value looks like.
        meaning: What it is, in a few words.
        by_system: The value is a system's own: another system brings another one.
        required: No score without it.
        columns: Names that its column may have in a file, the first one preferred.
        nothing: Its value for a text of which the system said nothing; None where that can't be.
    """

    kind: Kind
    meaning: str
    by_system: bool = False
    required: bool = True
    columns: tuple[str, ...] = ()
    nothing: Any = None


@dataclass(frozen=True)
class Option:
    """One named option of a metric.

    Attributes:
        default: Its value where none is given.
        kind: What a value looks like.
        meaning: What it is, in a few words.
    """

    default: Any
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class Metric:
    """What there is to know about a metric.

    Attributes:
        name: What `evaluate.load` and `hf-toxspan score` call it.
        summary: What it measures, in one line.
        inputs: By name.
        options: By name.
        tally: From inputs and options to the corpus that can be scored.
        baselines: From the inputs to what trivial systems would bring instead, by the system's name.
        check_text: Raises ValueError where the inputs of one text, by name, contradict each other; None: they can't.
        details: From the corpus to results that are no scores.
    """

    name: str
    summary: str
    inputs: Mapping[str, Input]
    options: Mapping[str, Option]
    tally: Callable[[Inputs, Options], Corpus]
    baselines: Callable[[Inputs], dict[str, Inputs]]
    check_text: Callable[[Mapping[str, Any]], None] | None = None
    details: Callable[[Any], dict[str, Any]] = lambda corpus: {}


@dataclass(frozen=True)
class Request:
    """What to return besides the scores.

    Attributes:
        confidence_level: Add ``confidence_intervals`` at this level, such as 0.95; None adds none.
        n_resamples: Bootstrap samples, of texts with replacement.
        seed: Of the samples: the same seed gives the same intervals and p-values.
        compare_to: Another system's inputs on the same texts, by name: adds ``comparison``, with a paired test.
        per_text: Add ``per_text``, by column one value a text.
        baselines: Add ``baselines``, the scores of trivial systems on the same texts.
    """

    confidence_level: float | None = None
    n_resamples: int = 1000
    seed: int = 0
    compare_to: Mapping[str, Sequence[Any]] | None = None
    per_text: bool = False
    baselines: bool = False


REQUESTS = tuple(field.name for field in fields(Request))


def compute(metric: Metric, arguments: Mapping[str, Any], *, where: Where | None = None) -> dict[str, Any]:
    """Score a system.

    Args:
        metric: What to compute.
        arguments: The metric's inputs (one value a text each) and options, and the fields of `Request`, by name. An
            optional input may be None.
        where: From an input's name and a text's place to what an error calls it; ``"predictions[3]"`` when None.

    Returns:
        The scores by name, and what the request adds.

    Raises:
        ValueError: If an argument is unknown or missing, lengths differ, or a value is not of its kind.
    """
    request, options = read_request(metric, arguments)
    given = {name: values for name, values in arguments.items() if name not in {*REQUESTS, *options}}
    inputs = read_inputs(metric, given, where=where)
    corpus = metric.tally(inputs, options)
    result = {**scores(corpus), **metric.details(corpus)}
    sampling: dict[str, Any] = {"n_resamples": request.n_resamples, "seed": request.seed}
    if request.confidence_level is not None:
        found = intervals(corpus, confidence_level=request.confidence_level, **sampling)
        result["confidence_intervals"] = {name: [low, high] for name, (low, high, _) in found.items()}
        rare = {name: interval.draws for name, interval in found.items() if interval.draws < request.n_resamples}
        result |= {"defined_draws": rare} if rare else {}
    if request.compare_to is not None:
        other = metric.tally(_of_other_system(metric, given, request.compare_to), options)
        level = 0.95 if request.confidence_level is None else request.confidence_level
        differences = compare(corpus, other, confidence_level=level, **sampling)
        result["comparison"] = {name: difference._asdict() for name, difference in differences.items()}
    if request.per_text:
        result["per_text"] = {name: column.tolist() for name, column in corpus.columns.items()}
    if request.baselines:
        trivial = {name: metric.tally(inputs | brought, options) for name, brought in metric.baselines(inputs).items()}
        result["baselines"] = {name: scores(system) for name, system in trivial.items()}
    return result


def read_request(metric: Metric, arguments: Mapping[str, Any]) -> tuple[Request, Options]:
    """Check what is asked for, before anything is scored.

    Args:
        metric: The metric.
        arguments: As for `compute`; inputs are passed over.

    Returns:
        The request, and the metric's options with their defaults.

    Raises:
        ValueError: If an option is not of its kind, or a request makes no sense.
    """
    request = Request(**{name: arguments[name] for name in REQUESTS if name in arguments})
    for name in ("per_text", "baselines"):
        read_one(getattr(request, name), SWITCH, f"{metric.name}: {name}")
    level = 0.95 if request.confidence_level is None else request.confidence_level
    if request.confidence_level is not None or request.compare_to is not None:
        check_sampling(level, request.n_resamples, request.seed)
    options = {
        name: read_one(arguments.get(name, option.default), option.kind, f"{metric.name}: {name}")
        for name, option in metric.options.items()
    }
    return request, options


def read_inputs(metric: Metric, given: Mapping[str, Any], *, where: Where | None = None) -> Inputs:
    """Check the inputs of a metric.

    Args:
        metric: The metric.
        given: Values by the input's name; None is as good as not given.
        where: As for `compute`.

    Returns:
        The given inputs as the scorers take them.

    Raises:
        ValueError: If an input is unknown or missing, lengths differ, a value is not of its kind, or the inputs of a
            text contradict each other.
    """
    given = {name: values for name, values in given.items() if values is not None}
    unknown = [name for name in given if name not in metric.inputs]
    missing = [name for name, wanted in metric.inputs.items() if wanted.required and name not in given]
    if unknown or missing:
        known = ", ".join([*metric.inputs, *metric.options, *REQUESTS])
        raise ValueError(f"{metric.name}: {_complaint(unknown, missing)}; it takes {known}")
    _check_lengths(metric, given)
    called: Where = where or (lambda name, place: f"{name}[{place}]")
    inputs = {
        name: read(values, metric.inputs[name].kind, lambda place, name=name: called(name, place))  # type: ignore[misc]
        for name, values in given.items()
    }
    if metric.check_text is not None:
        _check_texts(metric.check_text, inputs, called)
    return inputs


def _check_lengths(metric: Metric, given: Mapping[str, Any]) -> None:
    lengths = {}
    for name, values in given.items():
        if isinstance(values, str | Mapping) or not isinstance(values, Sized):
            raise ValueError(f"{metric.name}: {name} is {values!r:.80}; expected a list with one value a text")
        lengths[name] = len(values)
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise ValueError(f"{metric.name}: found {found}; expected one value a text in each")


def _check_texts(check_text: Callable[[Mapping[str, Any]], None], inputs: Inputs, called: Where) -> None:
    for place, values in enumerate(zip(*inputs.values(), strict=True)):
        try:
            check_text(dict(zip(inputs, values, strict=True)))
        except ValueError as error:
            raise ValueError(f"{called(next(iter(inputs)), place)}: {error}") from error


def _complaint(unknown: list[str], missing: list[str]) -> str:
    return f"unknown argument {unknown[0]!r}" if unknown else f"the input {missing[0]!r} is missing"


def _of_other_system(metric: Metric, given: Mapping[str, Any], compare_to: Mapping[str, Sequence[Any]]) -> Inputs:
    """Put another system's inputs in the place of the first one's; what neither system brings stays."""
    own = [name for name in given if metric.inputs[name].by_system and given[name] is not None]
    if not isinstance(compare_to, Mapping) or set(compare_to) != set(own):
        found = sorted(compare_to) if isinstance(compare_to, Mapping) else type(compare_to).__name__
        example = ", ".join(f"{name!r}: [...]" for name in own)
        raise ValueError(f"{metric.name}: compare_to is {found}; expected the other system's {{{example}}}")
    shared = {name: values for name, values in given.items() if name not in own}
    return read_inputs(metric, {**shared, **compare_to}, where=lambda name, place: f"compare_to[{name!r}][{place}]")
