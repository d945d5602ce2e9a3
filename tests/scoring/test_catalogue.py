"""Promises of the catalogue: what every metric must say of itself."""

import pytest

from hf_toxspan.metrics.loading import NAMES
from hf_toxspan.scoring.catalogue import METRICS
from hf_toxspan.scoring.metric import REQUESTS, Metric


def test_the_catalogue_and_the_loader_know_the_same_names() -> None:
    assert tuple(METRICS) == NAMES


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_every_metric_says_what_a_reader_needs(metric: Metric) -> None:
    assert metric.summary.endswith(".")
    assert all(one.meaning and one.columns for one in metric.inputs.values())
    assert any(one.by_system and one.required for one in metric.inputs.values())
    assert not {*metric.inputs, *metric.options} & {*REQUESTS}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_inputs_that_could_be_mistaken_for_one_another_share_no_first_column(metric: Metric) -> None:
    first = [one.columns[0] for one in metric.inputs.values()]

    assert len(set(first)) == len(first)
