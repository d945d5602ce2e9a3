"""The vote that options ask for, and the line that says what it came to."""

import argparse

from hf_toxspan.cli import quads, voting
from hf_toxspan.cli.voting import Tally


def options(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    quads.add_parser(parser.add_subparsers())
    return parser.parse_args(["quads", *given])


def test_the_options_are_the_rule() -> None:
    found = voting.voting_of(options("--stop", "certified", "--epsilon", "0.1", "--seed", "3", "--count", "raw"))
    assert (found.rule.stop, found.rule.epsilon, found.rule.seed, found.reading.count) == ("certified", 0.1, 3, "raw")
    assert (found.parameters.temperature, found.shots) == (0.1, 10)


def test_the_default_is_what_the_help_says() -> None:
    rule = voting.voting_of(options()).rule
    assert (rule.stop, rule.confidence, rule.max_rounds, rule.settle) == ("stratified", 0.99, 50, True)


def test_all_rounds_are_drawn_where_all_are_asked_for() -> None:
    assert not voting.voting_of(options("--stop", "fixed")).rule.settle


def test_what_changes_a_row_is_in_the_settings() -> None:
    first, second = (voting.settings(options("--llm", "m", "--tau", tau)) for tau in ("3", "4"))
    assert first != second and voting.settings(options("--llm", "m", "--quiet")) == voting.settings(
        options("--llm", "m")
    )


def test_the_line_counts_texts_and_cost() -> None:
    tally = Tally()
    row = {"status": "voted", "stopped_by": "esc", "generations": 10, "calls": 8, "cached": 2}
    tally.recall([row, {**row, "status": "failed", "stopped_by": "lost"}, {"error": "line 3: invalid JSON"}])
    assert tally.waiting == 1
    assert tally.line().startswith("1 voted, 1 failed (stopped: 1 by esc); 20 votes drawn, 16 calls, 4 answers from")
    assert Tally().line().startswith("no texts (stopped: none)")
