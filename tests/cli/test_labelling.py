"""Rows in and out: checked before the work, written whole, counted by status."""

import argparse
from pathlib import Path

import pytest

from hf_toxspan.cli import labelling
from hf_toxspan.cli.writing import load


@pytest.fixture
def args(tmp_path: Path) -> argparse.Namespace:
    (tmp_path / "rows.jsonl").write_text('{"text": "you fool", "label": "bad", "own": 1}\n')
    parser = argparse.ArgumentParser()
    labelling.add_row_options(parser)
    data, output = str(tmp_path / "rows.jsonl"), str(tmp_path / "out.jsonl")
    return parser.parse_args(["--data", data, "--output", output, "--data-toxic-label", "bad"])


def test_rows_are_read_with_their_own_fields(args: argparse.Namespace) -> None:
    (row,) = labelling.load_rows(args)
    assert (row["text"], row["toxic"], row["own"]) == ("you fool", True, 1)


def test_what_would_stop_the_writing_is_said_before_the_work(args: argparse.Namespace, tmp_path: Path) -> None:
    output = labelling.check_output_file(args)
    assert output == tmp_path / "out.jsonl"
    output.write_text("precious")
    with pytest.raises(FileExistsError, match="pass --force"):
        labelling.check_output_file(args)
    args.force = True
    assert labelling.check_output_file(args) == output
    args.output = args.data
    for source in (args.data, f"rows:{args.data}"):
        args.data = source
        with pytest.raises(ValueError, match="is the input and the output"):
            labelling.check_output_file(args)
    args.output = str(tmp_path / "out.csv")
    with pytest.raises(ValueError, match=r"out.csv; expected a name in .jsonl"):
        labelling.check_output_file(args)


def test_rows_are_written_in_order_and_counted(
    args: argparse.Namespace, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": n, "how": "good" if n else "failed"} for n in range(3)]
    status = labelling.finish(args, tmp_path / "out.jsonl", rows, status="how", waiting={"failed"}, note="3 calls")
    out, err = capfd.readouterr()
    assert list(load(tmp_path / "out.jsonl")) == rows
    assert status == labelling.INCOMPLETE == 1
    assert ["good", "2"] in map(str.split, out.splitlines()) and "3 calls" in out
    assert "1 of 3 rows wait for another run: the same command with --force" in err


def test_a_run_with_nothing_left_is_status_0_and_quiet_says_nothing(
    args: argparse.Namespace, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    args.quiet = True
    rows = [{"how": "unparsed"}]
    assert labelling.finish(args, tmp_path / "out.jsonl", rows, status="how", waiting={"failed"}, note="cost") == 0
    assert capfd.readouterr() == ("", "")
