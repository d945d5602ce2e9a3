"""Published numbers are scores of a known source, and stand beside scores of the same name."""

import pytest

from hf_toxspan.evaluation.plausibility import plausibility_boards, word_tokens
from hf_toxspan.evaluation.protocols import all_labels, bias, toxic_or_not, vihos
from hf_toxspan.evaluation.published import OTHER_RULES, PUBLISHED, SOURCES, Published, benchmark_of

ROWS = [
    {"text": "you fool", "label": label, "toxic": label != "normal", "spans": [[4, 8]], "tokens": ["you", "fool"]}
    | {"target_groups": ["Women"]}
    for label in ("hatespeech", "normal", "offensive")
]


def columns() -> dict[str, set[str]]:
    """Return the scores of each board's table, and of the table of faithfulness."""
    boards = {
        "toxic_or_not": toxic_or_not(ROWS),
        "labels": all_labels(ROWS, ["hatespeech", "normal", "offensive"]),
        "bias": bias(ROWS),
        "vihos_rated": vihos(ROWS, "rated"),
        **plausibility_boards(ROWS, word_tokens(ROWS) or [], whose="words"),
    }
    found = {name: set(board.columns.values()) for name, board in boards.items() if board is not None}
    return found | {"faithfulness": {"comprehensiveness", "sufficiency"}}


LINES = [
    (benchmark, protocol, line)
    for benchmark, protocols in PUBLISHED.items()
    for protocol, lines in protocols.items()
    for line in lines
]


def test_each_number_is_a_score_with_a_source_beside_a_column_of_its_name() -> None:
    known = columns()
    for benchmark, protocol, line in LINES:
        assert all(0 < score < 1 for score in line.scores.values()), (benchmark, line)
        assert line.source in SOURCES
        assert protocol in OTHER_RULES or line.scores.keys() <= known[protocol], (protocol, line)


def test_every_source_and_other_rule_is_used() -> None:
    assert {line.source for _, _, line in LINES} == set(SOURCES)
    assert OTHER_RULES.keys() <= {protocol for _, protocol, _ in LINES}


def test_no_line_stands_twice() -> None:
    keys = [(benchmark, protocol, line.system, line.source) for benchmark, protocol, line in LINES]
    assert len(keys) == len(set(keys))


def test_numbers_are_those_of_the_sources() -> None:
    assert (
        Published("BERT-HX", "paper", {"accuracy": 0.698, "macro_f1": 0.687, "roc_auc": 0.851})
        in PUBLISHED["hatexplain"]["labels"]
    )
    assert Published("backbone", "RATeD", {"span_f1": 0.442}) in PUBLISHED["hatexplain"]["plausibility_pooled"]
    assert Published("backbone + judge", "RATeD", {"macro_f1": 0.866}) in PUBLISHED["vihos"]["vihos_rated"]


@pytest.mark.parametrize(
    ("source", "benchmark"),
    [
        ("hatexplain:folder#dev", "hatexplain"),
        ("vihos:test.csv", "vihos"),
        ("hatexplain", None),
        ("vihos.jsonl", None),
        ("cold:dev.csv", None),
    ],
)
def test_a_source_names_its_benchmark_before_the_colon(source: str, benchmark: str | None) -> None:
    assert benchmark_of(source) == benchmark
