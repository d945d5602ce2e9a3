"""Promises of the model-index: measured scores alone, each with its protocol, readable by huggingface_hub."""

from huggingface_hub import ModelCardData

from hf_toxspan.cards.model_index import eval_results
from hf_toxspan.cards.reports import read_report
from tests.cards.reports import quadruple_report, span_report


def test_each_score_names_protocol_data_and_interval() -> None:
    results = eval_results([read_report(span_report(), where="r", name="COLD dev (zh)")])

    first = results[0]
    assert (first.task_type, first.dataset_type, first.dataset_name) == (
        "text-classification",
        "cold-dev-zh",
        "COLD dev (zh)",
    )
    assert (first.metric_type, first.metric_value, first.metric_name) == ("f1", 0.5, "macro f1 (toxic or not)")
    assert first.metric_args == {"protocol": "toxic_or_not", "texts": 1200, "confidence_interval_95": [0.1, 0.9]}
    assert {own.task_type for own in results} == {"text-classification", "token-classification"}


def test_what_is_undefined_or_not_measured_is_left_out() -> None:
    stored = span_report(value=None)  # type: ignore[arg-type]
    assert eval_results([read_report(stored, where="r")]) == []
    assert eval_results([]) == []


def test_quadruples_and_several_reports_survive_the_round_trip() -> None:
    reports = [read_report(quadruple_report(), where="q"), read_report(span_report(), where="r")]
    written = ModelCardData(model_name="m", eval_results=eval_results(reports)).to_dict()["model-index"]

    again = ModelCardData(**{"model-index": written})

    assert again.model_name == "m" and len(again.eval_results) == len(eval_results(reports))
