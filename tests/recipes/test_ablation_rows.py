"""Promises of `hf_toxspan.recipes.ablation_rows`."""

from dataclasses import replace

from hf_toxspan.core.text import fingerprint
from hf_toxspan.data.files import write_rows
from hf_toxspan.recipes.ablation_rows import AblationOptions, load_rows


def test_what_is_tested_is_never_trained_on_nor_tuned_on(ablation_options: AblationOptions) -> None:
    rows = load_rows(ablation_options)

    tested = {fingerprint(row["text"]) for row in rows.test + rows.dev}
    assert rows.test
    assert not tested & {fingerprint(row["text"]) for row in rows.spans + rows.labels + rows.tuning}
    assert not {row["id"] for row in rows.tuning} & {row["id"] for row in rows.spans}


def test_a_tested_text_written_otherwise_is_not_trained_on_either(ablation_options: AblationOptions) -> None:
    tested = load_rows(ablation_options).test[0]
    copy = {"id": "copy", "text": f" {tested['text']} !!", "label": "toxic", "toxic": True, "spans": None}
    file = ablation_options.labels[0]
    write_rows([copy], file.replace("labels", "copy"))

    rows = load_rows(replace(ablation_options, labels=[file, file.replace("labels", "copy")]))

    assert len(rows.labels) == 20
    assert "copy" not in {row["id"] for row in rows.labels}


def test_a_row_stays_on_its_side_when_others_leave(ablation_options: AblationOptions) -> None:
    many, few = load_rows(ablation_options), load_rows(replace(ablation_options, max_rows=30))

    assert {row["id"] for row in few.test} <= {row["id"] for row in many.test}
    assert len(few.test) < len(many.test)


def test_spans_of_the_label_rows_are_not_used(ablation_options: AblationOptions) -> None:
    rows = load_rows(replace(ablation_options, labels=ablation_options.spans))

    assert all(row["spans"] is None for row in rows.labels)
