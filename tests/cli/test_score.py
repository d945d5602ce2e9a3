"""`hf-toxspan score`: two files in, a readable table and JSON out, errors that name the line."""

import json
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.cli.main import main
from hf_toxspan.cli.score import _EPILOG, OPTIONS
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import compute

GOLD = [
    {"id": 1, "text": "you fool.", "spans": [[4, 8]]},
    {"id": 2, "text": "hello", "spans": []},
    {"id": 3, "text": "đồ ngu", "spans": [[3, 6]]},
]
SAID = [{"id": 3, "spans": [[3, 6]]}, {"id": 2, "spans": [[0, 1]]}, {"id": 1, "spans": [[0, 8]]}]
QUADRUPLE = "you | a fool | others | hate [END]"

CASES: dict[str, tuple[list[Any], list[Any] | None]] = {
    "toxic_span_f1": (SAID, GOLD),
    "vihos_char_f1": (SAID, GOLD),
    "hard_soft_quad_f1": (
        [{"output": QUADRUPLE}, {"output": "broken"}],
        [{"output": QUADRUPLE, "text": "you a fool"}, {"output": QUADRUPLE, "text": "you | a fool"}],
    ),
    "rationale_plausibility": (
        [{"spans": [[1, 2]], "scores": [0.1, 0.9]}, {"spans": [], "scores": [0.5, 0.4, 0.3]}],
        [{"spans": [[1, 2]], "length": 2}, {"spans": [[0, 1]], "length": 3}],
    ),
    "rationale_faithfulness": ([{"full": 0.9, "without": 0.4, "only": 0.8, "empty": 0.5}] * 2, None),
    "gmb_bias_auc": (
        [{"toxicity": 0.9}, {"toxicity": 0.2}, {"toxicity": 0.6}, {"toxicity": 0.7}, {"toxicity": 0.1}],
        [
            {"toxic": True, "groups": ["Women"]},
            {"toxic": False, "groups": ["Women"]},
            {"toxic": 1, "groups": ["Men"]},
            {"toxic": 0, "groups": ["Men"]},
            {"toxic": 0, "groups": ["Asian"]},
        ],
    ),
}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(name: str, records: list[Any] | str) -> str:
        lines = records if isinstance(records, str) else "".join(json.dumps(record) + "\n" for record in records)
        (tmp_path / name).write_text(lines, encoding="utf-8")
        return str(tmp_path / name)

    return write


@pytest.fixture
def arguments(write: Any) -> list[str]:
    return ["score", "toxic_span_f1", "-p", write("said.jsonl", SAID), "-r", write("gold.jsonl", GOLD)]


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_prints_its_scores_beside_trivial_systems(
    name: str, write: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    said, gold = CASES[name]
    arguments = ["score", name, "-p", write("said.jsonl", said)]
    arguments += ["-r", write("gold.jsonl", gold)] if gold else []
    assert main([*arguments, "--json", "--n-resamples", "20"]) == 0
    result = json.loads(capfd.readouterr().out)["result"]
    assert main([*arguments, "--n-resamples", "20"]) == 0
    table = capfd.readouterr().out

    scores = [score for score, value in result.items() if isinstance(value, float)]
    assert scores
    assert {*result["baselines"]} >= {"mark nothing", "mark everything"}
    assert all(score in table for score in scores)
    assert "mark" in table and "nothing" in table
    assert max(map(len, table.splitlines())) <= 80


def test_the_scores_are_those_of_the_metric(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--json", "--n-resamples", "0"]) == 0
    result = json.loads(capfd.readouterr().out)["result"]
    inputs = {"predictions": [[[0, 8]], [[0, 1]], [[3, 6]]], "references": [row["spans"] for row in GOLD]}

    assert {name: result[name] for name in result if name != "baselines"} == compute(METRICS["toxic_span_f1"], inputs)


def test_another_system_is_compared(arguments: list[str], write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    other = write("other.jsonl", [{"id": row["id"], "spans": row["spans"]} for row in reversed(GOLD)])
    assert main([*arguments, "--compare-to", other, "--json", "--n-resamples", "50"]) == 0
    comparison = json.loads(capfd.readouterr().out)["result"]["comparison"]["char_f1"]

    assert comparison["difference"] == pytest.approx(14 / 19 - 1)
    assert main([*arguments, "--compare-to", other, "--n-resamples", "50"]) == 0
    assert "-26.3" in capfd.readouterr().out


def test_scores_and_breakdown_are_written(arguments: list[str], tmp_path: Path) -> None:
    output, per_text = tmp_path / "scores.json", tmp_path / "texts.jsonl"
    assert main([*arguments, "--output", str(output), "--per-text", str(per_text)]) == 0

    scored = json.loads(output.read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in per_text.read_text(encoding="utf-8").splitlines()]
    assert (scored["metric"], scored["texts"]) == ("toxic_span_f1", 3)
    assert [line["char_f1"] for line in lines] == pytest.approx([2 / 3, 0, 1])
    assert [line["id"] for line in lines] == [1, 2, 3]
    assert sorted(path.name for path in tmp_path.iterdir() if "partial" in path.name) == []


def test_what_exists_is_not_replaced(arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "scores.json"
    output.write_text("mine", encoding="utf-8")

    assert main([*arguments, "--output", str(output)]) == 2
    assert "exists; pass --force" in capfd.readouterr().err
    assert output.read_text(encoding="utf-8") == "mine"
    assert main([*arguments, "--output", str(output), "--force"]) == 0


def test_a_file_is_not_written_twice_or_over_an_input(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output, said = str(tmp_path / "scores.json"), arguments[3]

    assert main([*arguments, "--output", output, "--per-text", output]) == 2
    assert f"--output and --per-text are both {output}" in capfd.readouterr().err
    assert main([*arguments, "--output", said, "--force"]) == 2
    assert f"--output and --predictions are both {said}" in capfd.readouterr().err


def test_every_option_of_every_metric_can_be_given() -> None:
    assert {name for metric in METRICS.values() for name in metric.options} == {*OPTIONS}


def test_options_reach_the_metric(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    said, gold = CASES["gmb_bias_auc"]
    arguments = ["score", "gmb_bias_auc", "-p", write("a.jsonl", said), "-r", write("b.jsonl", gold or []), "--json"]
    assert main([*arguments, "--communities", "Women", "--communities", "Men", "--n-resamples", "0"]) == 0

    assert [*json.loads(capfd.readouterr().out)["result"]["groups"]] == ["Women", "Men"]


def test_an_undefined_score_is_null_in_json_and_a_dash_in_the_table(
    write: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    said = write("said.jsonl", [{"toxicity": 0.9}])
    arguments = ["score", "gmb_bias_auc", "-p", said, "-r", write("gold.jsonl", [{"toxic": 1, "groups": ["Men"]}])]

    assert main([*arguments, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["result"]["gmb_subgroup_auc"] is None
    assert main(arguments) == 0
    table = capfd.readouterr().out
    assert " - " in table
    assert "leaves out Men: 1 toxic and 0 clean" in " ".join(table.split())


def test_malformed_quadruples_are_counted_beside_a_score_that_forgives_them(
    write: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    said, gold = CASES["hard_soft_quad_f1"]
    assert main(["score", "hard_soft_quad_f1", "-p", write("a.jsonl", said), "-r", write("b.jsonl", gold or [])]) == 0

    assert "malformed quadruples among the predictions: 1" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('{"id": 1, "spans": [[3, 1]]}\n', "said.jsonl, line 1: predictions"),
        ('{"id": 1, "spans": [[3, 1]]}\n', "span 0 is [3, 1); expected 0 <= start < end"),
        ('{"id": 1, "spans": [[0, 99]]}\n', "expected 0 <= start < end <= 9, the length of the text"),
        ('{"id": 1, "spans": "all"}\n', "'all' is not a list of spans"),
        ('{"id": 1, "spans": null}\n', "None is not a list of spans"),
        ('{"id": 1, "spans": [[NaN, 1]]}\n', "line 1: invalid JSON (NaN"),
        ("\udcff\n", "said.jsonl, line 1: byte 0xff is not UTF-8"),
        ("", "said.jsonl"),
    ],
)
def test_an_error_is_one_line_that_names_file_and_line(
    said: str, message: str, write: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "said.jsonl").write_bytes(said.encode("utf-8", "surrogateescape"))
    arguments = ["score", "toxic_span_f1", "-p", str(tmp_path / "said.jsonl"), "-r", write("gold.jsonl", GOLD[:1])]

    assert main(arguments) == 2
    error = capfd.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--protocol", "state"], "toxic_span_f1 has no option --protocol; it has none"),
        (["--column", "spans"], "--column spans=: expected INPUT=NAME with one of the inputs predictions, references"),
        (["--column", "predictions=marks"], "no column for predictions (a system's spans); looked for marks"),
        (["--confidence-level", "95"], "confidence_level is 95.0; expected a number between 0 and 1"),
        (["--n-resamples", "-3"], "n_resamples is -3; expected a whole number of at least 1"),
        (["--compare-to", "x.jsonl", "--n-resamples", "0"], "--compare-to tests by resampling; expected --n-resamples"),
        (["--clip"], "toxic_span_f1 has no option --clip; it has none"),
        (["--communities", "Men"], "toxic_span_f1 has no option --communities"),
        (["--compare-to", "no.jsonl"], "no.jsonl"),
        (["--output", "/no/such/scores.json"], "does not exist"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(
    arguments: list[str], more: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, *more]) == 2
    assert message in capfd.readouterr().err


def test_a_line_of_the_other_system_is_named(
    arguments: list[str], write: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    other = write("other.jsonl", [{"id": 1, "spans": []}, {"id": 2, "spans": [[5, 4]]}, {"id": 3, "spans": []}])

    assert main([*arguments, "--compare-to", other]) == 2
    assert "other.jsonl, line 2: predictions: span 0 is [5, 4)" in capfd.readouterr().err


def test_an_unknown_protocol_is_told_with_the_known_ones(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["score", "vihos_char_f1", "-p", write("a.jsonl", SAID), "-r", write("b.jsonl", GOLD)]

    assert main([*arguments, "--protocol", "vihot5"]) == 2
    assert "protocol is 'vihot5'; expected one of vihatet5, rated" in capfd.readouterr().err


def test_references_are_asked_for_where_they_are_needed(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "toxic_span_f1", "-p", write("a.jsonl", SAID)]) == 2
    assert "toxic_span_f1 needs --references FILE" in capfd.readouterr().err


def test_the_help_names_every_protocol() -> None:
    listed = " ".join(_EPILOG.partition("protocols, ")[2].partition("examples:")[0].split())

    for name, metric in METRICS.items():
        if "protocol" in metric.options:
            assert f"{name} {metric.options['protocol'].kind.expected.removeprefix('one of ')}" in listed


def test_the_help_names_columns_that_are_read() -> None:
    for line in _EPILOG.split("\n\n")[0].splitlines()[1:]:
        name, said, known = line.split()[0], *line.split(None, 1)[1].partition(" / ")[::2]
        known_columns = {column for one in METRICS[name].inputs.values() for column in one.columns}
        for part in (said, known):
            listed = part.partition(";")[0].partition(":")[0]
            assert {column.strip() for column in listed.split(",") if column.strip()} <= known_columns, line
