"""The page of this Space."""

from pathlib import Path

from hf_toxspan.metrics.space import build
from tests import test_cases

build("toxic_span_f1", test_cases[0]["inputs"], readme=Path(__file__).with_name("README.md")).launch()
