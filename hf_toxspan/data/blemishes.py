"""What is odd in a published file: each kind counted and told in one line, neither a crash nor a silence."""

import logging
from os import PathLike

logger = logging.getLogger(__name__)


class Blemishes:
    """A tally of what was found odd in one file, with the place of the first example of each kind."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def note(self, kind: str, where: str) -> None:
        """Count one blemish.

        Args:
            kind: What is odd and what became of it, in the plural: "empty words, left out".
            where: Its place in the file.
        """
        self._places.setdefault(kind, []).append(where)

    def warn(self, path: str | PathLike[str]) -> None:
        """Log one warning with the count and first place of each kind; none where all was well.

        Args:
            path: The file; its name is taken away from the places.
        """
        told = [
            f"{kind}: {len(places)} (first: {places[0].removeprefix(f'{path}, ')})"
            for kind, places in self._places.items()
        ]
        if told:
            logger.warning("%s: %s.", path, "; ".join(told))
