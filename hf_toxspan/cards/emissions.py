"""What a training run gave off: codecarbon's measurement, or an estimate from numbers that someone states."""

import csv
from dataclasses import dataclass
from math import isfinite
from pathlib import Path


@dataclass(frozen=True)
class Emissions:
    """Carbon of a training run.

    Attributes:
        kilograms: CO2 equivalents.
        source: How it is known, in a sentence.
    """

    kilograms: float
    source: str

    def header(self) -> dict[str, float | str]:
        """Return what stands under ``co2_eq_emissions`` in a card's front matter, in grams."""
        return {
            "emissions": round(1000 * self.kilograms, 3),
            "source": self.source,
            "training_type": "fine-tuning",
        }


def estimate(seconds: float, *, watts: float, kilograms_per_kwh: float) -> Emissions:
    """Estimate emissions: power x time x what a kilowatt hour gives off.

    Args:
        seconds: Training time.
        watts: Mean power of the machine, as stated.
        kilograms_per_kwh: CO2 equivalents of the grid, as stated.

    Returns:
        The estimate.

    Raises:
        ValueError: If a number is not finite or below 0.

    >>> estimate(3600, watts=100, kilograms_per_kwh=0.5).kilograms
    0.05
    """
    for name, value in {"seconds": seconds, "watts": watts, "kg per kWh": kilograms_per_kwh}.items():
        if not isfinite(value) or value < 0:
            raise ValueError(f"{name} is {value}; expected a number of at least 0")
    kilograms = seconds / 3600 * watts / 1000 * kilograms_per_kwh
    source = (
        f"an estimate: {seconds / 3600:.3g} h x {watts:g} W x {kilograms_per_kwh:g} kg CO2e/kWh, wattage and grid as "
        "stated by the author"
    )
    return Emissions(kilograms, source)


def read_codecarbon(path: Path) -> Emissions:
    """Read the file that codecarbon wrote during training; its last run counts.

    Args:
        path: ``emissions.csv``.

    Returns:
        The measurement.

    Raises:
        ValueError: If the file holds no run, or no emissions.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if not rows or "emissions" not in rows[-1]:
        raise ValueError(
            f"{path} holds {len(rows)} runs with the columns {', '.join(rows[-1]) if rows else '(none)'}; expected "
            "codecarbon's emissions.csv with the column emissions"
        )
    try:
        kilograms = float(rows[-1]["emissions"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: emissions is {rows[-1]['emissions']!r}; expected kilograms of CO2e") from error
    if not isfinite(kilograms) or kilograms < 0:
        raise ValueError(f"{path}: emissions is {kilograms}; expected kilograms of CO2e, at least 0")
    return Emissions(kilograms, f"codecarbon {rows[-1].get('codecarbon_version') or '(version not stated)'}")
