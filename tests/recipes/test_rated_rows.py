"""Promises of `hf_toxspan.recipes.rated_rows`."""

from pathlib import Path

import pytest

from hf_toxspan.data.files import write_rows
from hf_toxspan.recipes.rated_rows import PRESETS, RatedOptions, class_weights, load_rows


def test_what_is_not_set_comes_from_the_preset() -> None:
    settings = RatedOptions(preset="vihos", lambda_tag=0.0, max_length=64).settings

    assert settings == PRESETS["vihos"]._replace(lambda_tag=0.0, max_length=64)
    assert (settings.model, settings.learning_rate) == ("FacebookAI/xlm-roberta-base", 2e-5)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"preset": "cold"}, r"preset is 'cold'; expected one of own, hatexplain, vihos"),
        ({"tune_share": 0.0}, r"tune_share is 0\.0; expected a share in \(0, 1\)"),
    ],
)
def test_a_value_out_of_range_is_quoted(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RatedOptions(**wrong)  # type: ignore[arg-type]


def test_rows_are_learnt_from_or_held_out_never_both(rated_options: RatedOptions) -> None:
    rows = load_rows(rated_options)

    assert (len(rows.train), len(rows.tuning), len(rows.dev)) == (36, 9, 15)
    assert not set(rows.train["id"]) & set(rows.tuning["id"])
    assert (rows.labels, rows.toxic_labels) == (["hate", "normal", "rude"], ["hate", "rude"])
    assert load_rows(rated_options).tuning["id"] == rows.tuning["id"]


def test_rare_labels_weigh_more(rated_options: RatedOptions) -> None:
    rows = load_rows(rated_options)
    counts = [list(rows.train["label"]).count(label) for label in rows.labels]

    assert class_weights(rows) == pytest.approx([36 / (3 * count) for count in counts])


def test_labels_that_do_not_say_what_is_toxic_are_refused(rated_options: RatedOptions, tmp_path: Path) -> None:
    row = {"id": "1", "text": "you fool", "label": "x", "toxic": True, "spans": None}
    write_rows([row, {**row, "id": "2", "toxic": False}], tmp_path / "mixed.jsonl")
    rated_options.train = [str(tmp_path / "mixed.jsonl")]

    with pytest.raises(ValueError, match=r"labels of toxic training rows: \['x'\], of clean ones: \['x'\]"):
        load_rows(rated_options)
