"""`hf-toxspan calibrate`: two files in; a table, a region, a curve and a plot out."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from hf_toxspan.cli.main import build_parser, main
from hf_toxspan.core.routing import NOTHING, Region
from hf_toxspan.evaluation.cascade_rows import JudgedRow
from tests.chat_servers import Serve, question, says
from tests.evaluation.judged_rows import TOXIC, drawn

FAST = ["--n-resamples", "20"]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(rows: list[JudgedRow]) -> list[str]:
        for name, own in (("dev", [row.gold for row in rows]), ("judged", [row.said for row in reversed(rows)])):
            (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in own), encoding="utf-8")
        paths = str(tmp_path / "dev.jsonl"), str(tmp_path / "judged.jsonl")
        return ["calibrate", "--data", paths[0], "--judged", paths[1], *FAST]

    return write


@pytest.fixture
def arguments(write: Any) -> list[str]:
    return write(drawn(200, good=0.8))


def test_a_region_is_written_that_can_be_read_and_says_how_it_was_found(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "region.json"
    assert main([*arguments, "--budget", "0.25", "--output", str(output)]) == 0
    region = Region.from_json(output.read_text(encoding="utf-8"))
    assert region.low == 0 < region.high < 1 and region.temperature != 1
    provenance = json.loads(output.read_text(encoding="utf-8"))["provenance"]
    assert (provenance["budget"], provenance["texts"], provenance["data"]) == (0.25, 200, arguments[2])
    printed = capfd.readouterr().out
    assert f"at most {region.high:.4f}" in printed
    assert "The judge adds" in printed


def test_the_curve_is_a_table_and_a_picture(arguments: list[str], tmp_path: Path) -> None:
    table, plot = tmp_path / "curve.csv", tmp_path / "curve.svg"
    assert main([*arguments, "--table", str(table), "--plot", str(plot)]) == 0
    lines = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [float(lines[place]["share"]) for place in (0, -1)] == [0, 1]
    for line in lines:
        low, value, high = (float(line[name]) for name in ("macro_f1_low", "macro_f1", "macro_f1_high"))
        assert low <= value <= high
        assert float(line["over_lot"]) == pytest.approx(value - float(line["lot"]), abs=1e-12)
    drawn_words = plot.read_text(encoding="utf-8")
    for words in ("the doubtful first", "as many by lot", "oracle", "backbone alone", "judge alone", "chosen region"):
        assert f"<!-- {words}" in drawn_words


def test_rows_are_paired_by_id_whatever_their_order(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    rows = drawn(50, good=1.0)
    assert main(write(rows)) == 0
    printed = capfd.readouterr().out
    (line,) = [line for line in printed.splitlines() if line.split()[:2] == ["judge", "always"]]
    assert line.split()[2:4] == ["100.0", "100.0"]


def test_two_labels_and_a_wanted_score(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [row for row in drawn(300, good=0.9) if row.gold["label"] != "hatespeech"]
    two = []
    for row in rows:
        backbone = dict(row.said["backbone"])
        clean = backbone["probabilities"]["normal"]
        label = "normal" if clean >= 0.5 else "offensive"
        backbone |= {"probabilities": {"normal": clean, "offensive": 1 - clean}, "toxicity": 1 - clean, "label": label}
        said = dict(row.said) | {"backbone": backbone}
        if said["label"] == "hatespeech":
            said |= {"label": "offensive"}
        two.append(row._replace(said=said))
    assert main([*write(two), "--at-least", "0.9", "--score", "accuracy", "--measure", "toxicity", "--two-sided"]) == 0
    assert "Chosen region: toxicity" in " ".join(capfd.readouterr().out.split())
    assert main([*write(two), "--by-label", "--score", "char_f1"]) == 0
    assert "offensive: confidence at most" in " ".join(capfd.readouterr().out.split())


def test_a_useless_judge_is_called_one_in_plain_words(write: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*write(drawn(200, good=0.0)), "--budget", "1"]) == 0
    printed = " ".join(capfd.readouterr().out.split())
    assert "ask the judge nothing" in printed or "don't show that the judge adds anything" in printed


def test_a_budget_of_nothing_writes_a_region_that_never_asks(arguments: list[str], tmp_path: Path) -> None:
    assert main([*arguments, "--budget", "0", "--output", str(tmp_path / "region.json")]) == 0
    assert Region.from_json((tmp_path / "region.json").read_text()) == NOTHING


def test_merging_anew_keeps_toxic_labels_of_a_sure_backbone_and_is_remembered(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--budget", "1"]) == 0
    first = capfd.readouterr().out
    output = tmp_path / "region.json"
    assert main([*arguments, "--budget", "1", "--keep-toxic", "0.5", "--output", str(output)]) == 0
    assert capfd.readouterr().out != first
    provenance = json.loads(output.read_text(encoding="utf-8"))["provenance"]
    assert provenance["merged_anew"] == {"judge_weight": None, "keep_toxic": 0.5}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--budget", "20"], "budget is 20"),
        (["--at-least", "70"], "wanted score is 70"),
        (["--by-label", "--measure", "toxicity"], "--by-label is about confidence"),
        (["--output", "region.txt"], "expected a name in .json"),
        (["--plot", "curve.jpg"], "expected a name in .png"),
        (["--temperature", "0"], "temperature is 0"),
        (["--judge-weight", "2"], "judge_weight is 2"),
        (["--n-resamples", "0"], "n_resamples is 0"),
        (["--folds", "1"], "1 folds"),
        (["--judged", "/no/such.jsonl"], "/no/such.jsonl"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(
    arguments: list[str], more: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, *more]) == 2
    error = capfd.readouterr().err
    assert message in error and error.count("\n") == 1


def test_texts_that_do_not_match_are_named(write: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = drawn(3, good=1.0)
    more = write([*rows, rows[0]._replace(said={**rows[0].said, "id": "another"}, gold={**rows[0].gold, "id": "new"})])
    assert main(more) == 2
    assert "'new' has no prediction" in capfd.readouterr().err


def test_a_text_on_the_fast_path_is_an_error_that_says_what_to_run(
    write: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = drawn(3, good=1.0)
    assert main(write([rows[0]._replace(said={**rows[0].said, "judge": None}), *rows[1:]])) == 2
    error = capfd.readouterr().err
    assert "judged.jsonl, line 3" in error and "--region all" in error


def test_outputs_are_never_replaced_without_force(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "region.json"
    output.write_text("precious")
    assert main([*arguments, "--output", str(output)]) == 2
    assert "pass --force" in capfd.readouterr().err
    assert output.read_text() == "precious"
    assert main([*arguments, "--output", str(output), "--force"]) == 0


def test_budget_and_wanted_score_exclude_each_other() -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["calibrate", "-d", "d", "-j", "j", "--budget", "0.1", "--at-least", "0.7"])


def test_the_labels_of_the_example_rows_are_those_of_the_region(arguments: list[str], tmp_path: Path) -> None:
    output = tmp_path / "region.json"
    assert main([*arguments, "--by-label", "--output", str(output)]) == 0
    Region.from_json(output.read_text()).check_labels(list(TOXIC))


def test_what_judge_writes_can_be_calibrated_and_the_region_goes_back_to_judge(
    tmp_path: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    """The judge calls a text toxic that says "stupid", as the data do."""
    texts = [
        f"{start} {end}" for start in ("you stupid", "hello dear", "this is a") for end in ("friend", "there", "x")
    ]
    rows = [
        {"id": str(place), "text": text, "label": "toxic" if "stupid" in text else "non-toxic"}
        | {"toxic": "stupid" in text, "spans": [[4, 10]] if "stupid" in text else []}
        for place, text in enumerate(texts)
    ]
    data, judged, region = (tmp_path / name for name in ("dev.jsonl", "judged.jsonl", "region.json"))
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def answer(_number: int, body: dict[str, Any]) -> Any:
        asked = json.loads(question(body))
        kind = "toxic" if "stupid" in asked["text"] else "not toxic"
        label = next(name for name, own in asked["labels"].items() if own == kind)
        return says(json.dumps({"label": label, "spans": ["stupid"] * (kind == "toxic"), "reason": ""}))

    asking = ["--device", "cpu", "--data", str(data), "--llm", "m", "--base-url", serve(answer).url, "--quiet"]
    assert main(["judge", *asking, "--region", "all", "--output", str(judged)]) == 0
    assert main(["calibrate", "-d", str(data), "-j", str(judged), *FAST, "--budget", "1", "-o", str(region)]) == 0
    (line,) = [line for line in capfd.readouterr().out.splitlines() if line.split()[:2] == ["judge", "always"]]
    assert line.split()[2:4] == ["100.0", "100.0"]
    again = tmp_path / "again.jsonl"
    assert main(["judge", *asking, "--region", str(region), "--output", str(again)]) == 0
    kept = Region.from_json(region.read_text(encoding="utf-8"))
    for row in map(json.loads, again.read_text(encoding="utf-8").splitlines()):
        low, high = kept.ends(row["backbone"]["label"])
        assert (row["path"] == "judge") == (low <= row["confidence"] <= high)
