"""What people read: a line a system, what is undefined a dash, what others published below a rule."""

from rich.console import Console, Group

from hf_toxspan.core.resampling import Interval
from hf_toxspan.core.tallies import means
from hf_toxspan.evaluation.baselines import everything, explain
from hf_toxspan.evaluation.boards import Board, Measured
from hf_toxspan.evaluation.published import PUBLISHED, Published
from hf_toxspan.evaluation.tables import PUBLISHED_ROW, Parts, board_parts, published_parts, span_parts
from hf_toxspan.training.metrics import score_rows


def shown(parts: Parts) -> list[str]:
    console = Console(record=True, width=80)
    console.print(Group(*parts))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def board(**systems: Measured) -> Board:
    columns = {"F1": "f1", "area": "auc"}
    return Board("A title", columns, "How to read it.", 7, lambda _: means({}), systems=dict(systems))


def measured(f1: float, auc: float) -> Measured:
    return Measured({"f1": f1, "auc": auc}, {"f1": Interval(0.25, 0.75, 1000), "auc": Interval(0.0, 1.0, 1000)})


def test_a_line_holds_the_scores_and_the_interval_of_the_first() -> None:
    lines = shown(board_parts(board(ours=measured(0.5, 0.625))))

    assert "A title" in lines
    assert "system F1 interval area" in lines
    assert "ours 50.0 25.0, 75.0 62.5" in lines
    assert "7 texts. How to read it." in lines


def test_an_undefined_score_is_a_dash() -> None:
    lines = shown(board_parts(board(ours=measured(0.5, float("nan")))))
    assert "ours 50.0 25.0, 75.0 -" in lines


def test_published_lines_stand_below_with_their_source_and_empty_where_nothing_is_said() -> None:
    lines = shown(
        board_parts(
            board(ours=measured(0.5, 0.6)),
            [Published("theirs", "paper", {"f1": 0.4, "auc": 0.8}), Published("other", "MRP", {"auc": 0.9})],
        )
    )
    place = lines.index(PUBLISHED_ROW)
    assert lines.index("ours 50.0 25.0, 75.0 60.0") < place
    assert lines[place + 1 : place + 3] == ["theirs (paper) 40.0 80.0", "other (MRP) 90.0"]


def test_numbers_by_other_rules_have_a_table_of_their_own_and_the_part_is_said() -> None:
    text = " ".join(shown(published_parts(PUBLISHED["vihos"], ["toxic_or_not", "vihos_rated"])))

    assert "XLM-R base (ViHOS) 77.7 75.7 74.7" in text
    assert "of the benchmark's test part" in text
    assert "not measured here" not in text


def test_each_span_protocol_has_a_line_and_the_name_stands_once() -> None:
    rows = [{"text": "you fool", "toxic": True, "spans": [[4, 8]]}]
    lines = shown(span_parts({"mark everything": score_rows(explain(everything, ["you fool"]), rows)}))
    assert "mark everything explained 100.0 50.0 100.0 66.7 50.0 66.7" in lines
    assert "as shown 100.0 50.0 100.0 66.7 50.0 66.7" in lines
