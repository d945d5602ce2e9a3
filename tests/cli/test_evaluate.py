"""`hf-toxspan evaluate`: a table for people, JSON for machines."""

import json
from pathlib import Path

import pytest
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast

from hf_toxspan.cli.main import build_parser, main
from hf_toxspan.evaluation.published import PUBLISHED
from hf_toxspan.modeling.masking import MASKINGS

ROWS = [
    {"id": "1", "text": "you stupid idiot", "label": "toxic", "toxic": True, "spans": [[4, 16]]},
    {"id": "2", "text": "hello friend", "label": "clean", "toxic": False, "spans": []},
    {"id": "3", "text": "đồ ngu", "label": "toxic", "toxic": True, "spans": None},
]


@pytest.fixture
def arguments(
    tmp_path: Path, tiny_model: BertForSequenceClassification, tiny_tokenizer: PreTrainedTokenizerFast
) -> list[str]:
    tiny_model.save_pretrained(tmp_path / "model")
    tiny_tokenizer.save_pretrained(tmp_path / "model")
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return ["evaluate", "--model", str(tmp_path / "model"), "--data", str(data), "--device", "cpu"]


def test_model_stands_beside_the_trivial_baselines(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.json"
    assert main([*arguments, "--output", str(output), "--lexicon", str(tmp_path / "rows.jsonl")]) == 0
    report = json.loads(output.read_text(encoding="utf-8"))
    assert (report["rows"], report["toxic"], report["annotated"]) == (3, 2, 2)
    names = list(report["systems"])
    assert names[:2] == ["mark everything", "mark nothing"] and "lexicon" in names[2] and names[3] == arguments[2]
    assert "mark everything" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--masking", "unk"], "--masking unk is about --faithfulness; pass both"),
        (["--batch-size", "0"], "--batch-size is 0"),
        (["--data", "/no/such.jsonl"], "/no/such.jsonl"),
        (["--model", "/no/such/model"], "does not exist"),
        (["--output", "/no/such/report.json"], "does not exist"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(
    arguments: list[str], more: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, *more]) == 2
    assert message in capfd.readouterr().err


def test_report_is_never_replaced_without_force(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.json"
    output.write_text("precious")
    assert main([*arguments, "--output", str(output)]) == 2
    assert "pass --force" in capfd.readouterr().err
    assert output.read_text() == "precious"
    assert main([*arguments, "--output", str(output), "--force"]) == 0
    assert json.loads(output.read_text(encoding="utf-8"))["rows"] == 3


@pytest.fixture
def taught(arguments: list[str], tmp_path: Path, taught_model: BertForSequenceClassification) -> list[str]:
    taught_model.save_pretrained(tmp_path / "model")
    return arguments


def test_faithfulness_is_a_table_for_people_and_a_part_of_the_report(
    taught: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.json"
    assert main([*taught, "--faithfulness", "--masking", "attention", "--output", str(output)]) == 0
    printed = capfd.readouterr()
    for words in ("Faithfulness", "evidence shown", "random spans", "taken out of the attention", "2 show evidence"):
        assert words in " ".join(printed.out.split())
    assert "Masking: 100%" in printed.err
    (measured,) = json.loads(output.read_text(encoding="utf-8"))["faithfulness"].values()
    assert measured["masking"] == "attention"
    assert measured["rationales"]["evidence shown"]["confidence_drop"] > 0.4  # 0.50 to the last bits of a CPU
    assert measured["rationales"]["mark everything"]["sufficiency"] == 0


def test_the_mask_token_is_the_default(taught: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*taught, "--faithfulness"]) == 0
    assert "replaced by the mask token" in capfd.readouterr().out


def test_a_model_without_a_mask_token_names_the_other_ways_before_any_work(
    taught: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "model" / "tokenizer_config.json"
    kept = {name: value for name, value in json.loads(settings.read_text()).items() if name != "mask_token"}
    settings.write_text(json.dumps(kept))
    assert main([*taught, "--faithfulness"]) == 2
    error = capfd.readouterr().err
    assert "choose 'unk' or 'attention'" in error
    assert "Explaining" not in error


def test_every_way_of_masking_is_an_option(capfd: pytest.CaptureFixture[str]) -> None:
    for masking in MASKINGS:
        parsed = build_parser().parse_args(["evaluate", "--data", "d", "--faithfulness", "--masking", masking])
        assert parsed.masking == masking
    with pytest.raises(SystemExit):
        build_parser().parse_args(["evaluate", "--help"])
    assert "random spans" in capfd.readouterr().out


HATEXPLAIN = [
    {
        "text": "you stupid fool",
        "label": "offensive",
        "toxic": True,
        "spans": [[4, 15]],
        "tokens": ["you", "stupid", "fool"],
        "annotator_spans": [[[4, 10]], [[11, 15]]],
        "target_groups": ["Women"],
    },
    {"text": "hello friend", "label": "normal", "toxic": False, "spans": [], "tokens": ["hello", "friend"]}
    | {"annotator_spans": [], "target_groups": ["Women"]},
    {"text": "ugly idiots", "label": "hatespeech", "toxic": True, "spans": [[0, 11]], "tokens": ["ugly", "idiots"]}
    | {"annotator_spans": [[[0, 11]]], "target_groups": ["Arab"]},
]


@pytest.fixture
def benchmark(tmp_path: Path) -> list[str]:
    """Rows as HateXplain's, scored by the model inside the package."""
    data = tmp_path / "dev.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in HATEXPLAIN), encoding="utf-8")
    return ["evaluate", "--data", str(data), "--device", "cpu"]


def test_rows_as_those_of_hatexplain_are_measured_under_all_its_protocols(
    benchmark: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report.json"
    assert main([*benchmark, "--benchmark", "hatexplain", "--output", str(output)]) == 0
    printed = " ".join(capfd.readouterr().out.split())
    for words in (
        "AUROC",
        "Plausibility: top 5 words",
        "copy one annotator",
        "published, test part: backbone (RATeD) 44.2",
        "Left out where toxic or clean texts are missing: Arab",
        "tells clean, toxic apart, the data hatespeech, normal, offensive",
    ):
        assert words in printed
    protocols = json.loads(output.read_text(encoding="utf-8"))["protocols"]
    assert protocols["plausibility_top5"]["systems"]["mark everything"]["iou_f1"] == 1
    one = protocols["plausibility_runs"]["systems"]["copy one annotator"]
    assert one["token_f1"] == pytest.approx((2 / 3 + 1) / 2)
    groups = protocols["bias"]["systems"]["mark nothing"]["groups"]
    assert groups["Women"] == {
        "subgroup_auc": 0.5,
        "bpsn_auc": 0.5,
        "bnsp_auc": None,
        "positives": 1,
        "negatives": 1,
    }


def test_without_words_plausibility_is_measured_on_request(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    assert "Plausibility" not in capfd.readouterr().out
    assert main([*arguments, "--plausibility"]) == 0
    assert "Plausibility: top 5 tokens of" in capfd.readouterr().out


def test_plausibility_without_evidence_is_an_error_before_any_work(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text(json.dumps(ROWS[2]) + "\n", encoding="utf-8")
    assert main([*arguments, "--plausibility"]) == 2
    error = capfd.readouterr().err
    assert "no toxic text has spans" in error
    assert "Explaining" not in error


def test_vihos_is_measured_by_the_rules_of_both_its_sources(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--benchmark", "vihos"]) == 0
    printed = capfd.readouterr().out
    for words in ("ViHateT5's rules", "RATeD's rules", "PhoBERT large (ViHOS)", "backbone + judge (RATeD)"):
        assert words in printed


def test_one_class_alone_is_scored_with_a_dash_where_nothing_can_be_compared(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROWS[1]) + "\n", encoding="utf-8")
    assert main(arguments) == 0
    (line,) = [line for line in capfd.readouterr().out.splitlines() if line.split()[:2] == ["mark", "nothing"]][:1]
    assert line.split()[-2:] == ["100.0", "-"]


def test_every_benchmark_is_an_option() -> None:
    for name in PUBLISHED:
        assert build_parser().parse_args(["evaluate", "--data", "d", "--benchmark", name]).benchmark == name
