"""Where the folders lie that ship beside the package: card templates and the metrics' Spaces."""

from pathlib import Path
from typing import Literal

Shipped = Literal["hub_cards", "evaluate_metrics"]


def shipped(name: Shipped) -> Path:
    """Return a folder that ships with the package.

    In a wheel it lies inside the package, in a checkout (an editable install too) beside it.

    Args:
        name: Its name.

    Returns:
        The folder.

    Raises:
        FileNotFoundError: If it is in neither place.
    """
    package = Path(__file__).parents[1]
    for place in (package / name, package.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"{name} is neither in {package} nor beside it; the installation is not whole: "
        "pip install --force-reinstall hf_toxspan"
    )
