"""`hf-toxspan train`: the recipe's options pass through, errors and interrupts are told."""

import pytest

from hf_toxspan.cli.main import main
from hf_toxspan.evaluation.report import Report, start_report
from hf_toxspan.recipes import toxitrace


def test_options_behind_the_recipe_reach_it(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[toxitrace.ToxiTraceOptions] = []

    def run(options: toxitrace.ToxiTraceOptions) -> Report:
        seen.append(options)
        return start_report([{"text": "you fool", "toxic": True, "spans": [[4, 8]]}], data="one text")

    monkeypatch.setattr(toxitrace, "run", run)
    assert main(["train", "toxitrace", "--epochs", "1", "--train", "a.jsonl", "b.jsonl", "--bf16"]) == 0
    assert (seen[0].epochs, seen[0].train, seen[0].bf16) == (1.0, ["a.jsonl", "b.jsonl"], True)
    assert "mark everything" in capfd.readouterr().out


def test_help_of_the_recipe_lists_its_options(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["train", "toxitrace", "--help"])
    assert stop.value.code == 0
    assert "--lambda_grad" in capfd.readouterr().out


def test_every_recipe_has_its_own_options(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "rated", "--help"])
    shown = capfd.readouterr().out
    assert "--preset" in shown and "--fusion" in shown
    assert main(["train", "rated", "--preset", "cold"]) == 2
    assert "preset is 'cold'; expected one of own, hatexplain, vihos" in capfd.readouterr().err


def test_wrong_value_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "toxitrace", "--tune_share", "2"]) == 2
    assert "tune_share is 2.0" in capfd.readouterr().err


def test_debug_is_the_commands_wherever_it_stands() -> None:
    with pytest.raises(ValueError, match="tune_share"):
        main(["train", "toxitrace", "--tune_share", "2", "--debug"])


def test_interrupt_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def run(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(toxitrace, "run", run)
    assert main(["train", "toxitrace", "--output", "runs/x"]) == 130
    assert "--resume goes on from the last checkpoint in runs/x/checkpoints" in capfd.readouterr().err


@pytest.mark.parametrize(("recipe", "option"), [("srag", "--hold_back"), ("quadruple_encoder", "--hold_back")])
def test_recipes_of_quadruples_tell_their_options(recipe: str, option: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", recipe, "--help"])
    assert option in capfd.readouterr().out
