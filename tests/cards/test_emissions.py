"""Promises of emissions: measured or estimated from what someone stated, never made up."""

from pathlib import Path

import pytest

from hf_toxspan.cards.emissions import estimate, read_codecarbon


def test_an_estimate_says_what_it_rests_on() -> None:
    found = estimate(7200, watts=50, kilograms_per_kwh=0.4)
    assert found.kilograms == pytest.approx(0.04)
    assert found.source.startswith("an estimate: 2 h x 50 W x 0.4 kg CO2e/kWh")
    assert found.header() == {"emissions": 40.0, "source": found.source, "training_type": "fine-tuning"}


@pytest.mark.parametrize(("watts", "grid", "name"), [(-1, 0.4, "watts"), (50, float("nan"), "kg per kWh")])
def test_a_number_that_makes_no_sense_is_refused(watts: float, grid: float, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is"):
        estimate(60, watts=watts, kilograms_per_kwh=grid)


def test_codecarbons_last_run_counts(tmp_path: Path) -> None:
    file = tmp_path / "emissions.csv"
    file.write_text("timestamp,emissions,codecarbon_version\n1,0.5,2.3\n2,0.25,2.4\n")
    found = read_codecarbon(file)
    assert (found.kilograms, found.source) == (0.25, "codecarbon 2.4")


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "emissions\nx\n", "emissions\n-1\n", "emissions\nnan\n"])
def test_a_file_without_emissions_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "emissions.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match="emissions"):
        read_codecarbon(file)
