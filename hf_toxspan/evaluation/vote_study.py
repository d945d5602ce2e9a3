"""How many generations a vote is worth: SRAG-MAV's study of tau, and cheaper rules, from one recording of answers.

Each line of the study holds the same votes on the same recorded answers (`evaluation/recorded_votes.py`) by another
rule, so differences between lines are paired, and nothing is generated anew. Every vote ends with the recording at the
latest, so a tau above what was recorded is the majority of all of it: `Line.stopped` says how often a rule got there.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from hf_toxspan.core.element_voting import vote_by_element
from hf_toxspan.core.quadruple_scores import tally_quadruples
from hf_toxspan.core.quadruples import format_quadruples
from hf_toxspan.core.resampling import Difference, check_sampling, compare, intervals
from hf_toxspan.core.tallies import Tally, scores
from hf_toxspan.core.trade_off import Estimate
from hf_toxspan.core.triple_answers import canonical, read_answer
from hf_toxspan.core.vote_rules import VoteRule
from hf_toxspan.core.voting import replay
from hf_toxspan.evaluation.recorded_votes import LOST_PLACE, RecordedVotes, quadruple_strings, streams
from hf_toxspan.generation.polls import Counting

TAUS = (1, 2, 5, 10, 20, 30, 50, 80, 100, 150, 200)
CONFIDENCES = (0.9, 0.95, 0.99)
EPSILONS = (0.05, 0.2)

REDRAWS = 10
"""How often an answer that can't be read is drawn again: SRAG-MAV does so for ever, its README suggests 10."""

SCORES = ("hard_f1", "soft_f1", "average_f1")

PAPER_HARD = {1: 0.2530, 80: 0.2611, 100: 0.2654, 200: 0.2666}
"""Hard F1 of SRAG-MAV by tau on its own test split; but for the last one read off a plot, so approximate."""

Kind = Literal["no vote", "tau", "sequential", "element"]


class Line(NamedTuple):
    """One way of voting.

    Attributes:
        name: What it is called.
        kind: Its kind.
        tau: Of the paper's rule; None for others.
        scores: `hard_f1`, `soft_f1` and `average_f1`, with bootstrap intervals.
        over_reference: Average F1 minus that of the largest tau, paired.
        generations: Answers a text, those that can't be read included.
        relative: The same as a share of the largest tau's.
        written: Answers that differ within their prompt, as a share of the largest tau's generations: what a local
            model writes (`llm.draw_memory`).
        same: Share of the texts with the same statements as the largest tau's answer.
        stopped: How the votes ended, counted (`core.voting.VoteResult.stopped_by`); empty for element-wise voting.
    """

    name: str
    kind: Kind
    tau: int | None
    scores: Mapping[str, Estimate]
    over_reference: Difference
    generations: float
    relative: float
    written: float
    same: float
    stopped: Mapping[str, int]


@dataclass(frozen=True)
class VoteStudy:
    """The lines of a study.

    Attributes:
        texts: Number of texts.
        prompts: Prompts a text, at most.
        rounds: Recorded rounds of a text, at most.
        votes: What counted as one answer.
        reference: The largest tau.
        lines: The lines, the paper's by ascending tau.
    """

    texts: int
    prompts: int
    rounds: int
    votes: Counting
    reference: int
    lines: Sequence[Line]


class _Text(NamedTuple):
    record: RecordedVotes
    streams: Mapping[Counting, Sequence[Sequence[Hashable]]]
    strings: Mapping[Counting, Mapping[Hashable, str]]


class _Way(NamedTuple):
    """A line before it is scored: the answer to each text, what it took, and how the votes ended."""

    name: str
    kind: Kind
    tau: int | None
    answers: list[str]
    generations: list[int]
    written: list[int]
    stopped: Mapping[str, int]


def study_votes(
    records: Sequence[RecordedVotes],
    gold: Mapping[str, str],
    *,
    taus: Sequence[int] = TAUS,
    votes: Counting = "raw",
    confidences: Sequence[float] = CONFIDENCES,
    epsilons: Sequence[float] = EPSILONS,
    n_resamples: int = 1000,
    seed: int = 0,
    watch: Callable[[str], None] | None = None,
) -> VoteStudy:
    """Hold all votes again by each rule, and score the answers by the rules of "ccl25".

    Args:
        records: The recorded answers, a text each.
        gold: Gold quadruple strings by the text's id; others than the recorded texts are passed over.
        taus: Of the paper's rule; the largest is what the others stand beside.
        votes: What counts as one answer; one more line counts the other way.
        confidences: Of the rules "beta" and "stratified".
        epsilons: Of the rule "certified".
        n_resamples: Bootstrap samples of the intervals.
        seed: Same seed, same study.
        watch: Is called with the name of each line whose votes have been held.

    Returns:
        The study.

    Raises:
        ValueError: If there is no text, a text has no gold, or an option is out of range.
    """
    check_sampling(0.95, n_resamples, seed)
    missing = [record.id for record in records if record.id not in gold]
    if missing or not records or not taus:
        raise ValueError(
            f"{len(records)} texts, {len(missing)} of them without gold {missing[:3]}, and {len(taus)} values of tau; "
            "expected at least one text with gold quadruples, and one tau"
        )
    texts = [_prepare(record) for record in records]
    ways = []
    for way in _ways(texts, sorted(set(taus)), votes, confidences, epsilons, seed):
        ways.append(way)
        if watch:
            watch(way.name)
    references = [gold[record.id] for record in records]
    tallies = [tally_quadruples(way.answers, references) for way in ways]
    largest = max(range(len(ways)), key=lambda place: ways[place].tau or 0)
    lines = [
        _score(way, tally, ways[largest], tallies[largest], n_resamples, seed)
        for way, tally in zip(ways, tallies, strict=True)
    ]
    prompts = max(len(record.draws) for record in records)
    return VoteStudy(len(texts), prompts, max(record.rounds for record in records), votes, max(taus), lines)


def _prepare(record: RecordedVotes) -> _Text:
    kinds: tuple[Counting, ...] = ("canonical", "raw")
    return _Text(
        record,
        {kind: streams(record, kind) for kind in kinds},
        {kind: quadruple_strings(record, kind) for kind in kinds},
    )


def _ways(
    texts: Sequence[_Text],
    taus: Sequence[int],
    votes: Counting,
    confidences: Sequence[float],
    epsilons: Sequence[float],
    seed: int,
) -> Iterator[_Way]:
    fixed = VoteRule("fixed", max_rounds=1, redraws=REDRAWS)
    alone = [text._replace(streams={votes: text.streams[votes][:1]}) for text in texts]
    yield _hold(alone, "one draw", "no vote", fixed, votes, cap=1)
    yield _hold(texts, "one round", "no vote", fixed, votes, cap=1)
    for tau in taus:
        yield _hold(texts, f"tau {tau}", "tau", _paper(tau), votes)
    settled = replace(_paper(taus[-1]), settle=True)
    yield _hold(texts, f"tau {taus[-1]}, settled", "sequential", settled, votes)
    other: Counting = "canonical" if votes == "raw" else "raw"
    yield _hold(texts, f"tau {taus[-1]}, {other}", "sequential", _paper(taus[-1]), other)
    yield _hold(texts, "esc", "sequential", VoteRule("esc", redraws=REDRAWS), votes)
    for confidence in confidences:
        rule = VoteRule("beta", confidence=confidence, redraws=REDRAWS)
        yield _hold(texts, f"beta {confidence:g}", "sequential", rule, votes)
    for confidence in confidences:
        rule = VoteRule("stratified", confidence=confidence, redraws=REDRAWS)
        yield _hold(texts, f"stratified {confidence:g}", "sequential", rule, votes)
    for epsilon in epsilons:
        rule = VoteRule("certified", epsilon=epsilon, redraws=REDRAWS, seed=seed)
        yield _hold(texts, f"certified {epsilon:g}", "sequential", rule, votes)
    yield _by_element(texts, "elements, 1 round", 1)
    yield _by_element(texts, "elements, all", max(text.record.rounds for text in texts))


def _paper(tau: int) -> VoteRule:
    return VoteRule("mav", tau=tau, redraws=REDRAWS, settle=False)


def _hold(
    texts: Sequence[_Text], name: str, kind: Kind, rule: VoteRule, votes: Counting, *, cap: int | None = None
) -> _Way:
    """Hold the votes of all texts by one rule, until the recording ends or the cap is reached."""
    results = [
        replay(text.streams[votes], replace(rule, max_rounds=cap or text.record.rounds, seed=rule.seed + place))
        for place, text in enumerate(texts)
    ]
    return _Way(
        name,
        kind,
        rule.tau if kind == "tau" else None,
        [text.strings[votes].get(own.winner, "") for text, own in zip(texts, results, strict=True)],
        [own.generations for own in results],
        [_written(text.record, own.drawn) for text, own in zip(texts, results, strict=True)],
        Counter(own.stopped_by for own in results),
    )


def _written(record: RecordedVotes, drawn: Sequence[int]) -> int:
    """Count the different answers of each prompt among its first draws."""
    return sum(len(set(own[:count]) - {LOST_PLACE}) for own, count in zip(record.draws, drawn, strict=False))


def _by_element(texts: Sequence[_Text], name: str, rounds: int) -> _Way:
    answers, generations, written = [], [], []
    for record, _, _ in texts:
        rows = [read_answer(answer, record.form) for answer in record.answers]
        places = [own[drawn] for drawn in range(rounds) for own in record.draws if drawn < len(own)]
        came = [rows[place] for place in places if place >= 0]
        kept = vote_by_element([row for row in came if row is not None])
        answers.append(format_quadruples(row.quadruple for row in kept) if kept else "")
        generations.append(len(came))
        written.append(_written(record, [rounds] * len(record.draws)))
    return _Way(name, "element", None, answers, generations, written, {})


def _score(way: _Way, tally: Tally, largest: _Way, reference: Tally, n_resamples: int, seed: int) -> Line:
    found = scores(tally)
    spread = intervals(tally, n_resamples=n_resamples, seed=seed)
    difference = compare(tally, reference, n_resamples=n_resamples, seed=seed)["average_f1"]
    same = [_statements(own) == _statements(other) for own, other in zip(way.answers, largest.answers, strict=True)]
    generations, most = float(np.mean(way.generations)), max(float(np.mean(largest.generations)), 1.0)
    return Line(
        way.name,
        way.kind,
        way.tau,
        {name: Estimate(found[name], spread[name].low, spread[name].high) for name in SCORES},
        difference,
        generations,
        generations / most,
        float(np.mean(way.written)) / most,
        float(np.mean(same)),
        way.stopped,
    )


def _statements(answer: str) -> Hashable:
    """Return what two answers are compared by: their statements, or where ours can't be read, the string."""
    rows = read_answer(answer, "quadruples")
    return answer if rows is None else canonical(rows)
