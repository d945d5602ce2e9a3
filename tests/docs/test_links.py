"""Links and pictures of the pages: each names a file that is there, and a heading that it has."""

import re
from pathlib import Path

import pytest

from tests.docs.blocks import REPO, pages

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PICTURES = REPO / "docs" / "pictures"
MOST_BYTES = 150_000


def without_blocks(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(REPO)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(without_blocks(page)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name} links to {link}, which is not there"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}; {name} has no such heading"


def test_pictures_are_small_and_shown() -> None:
    shown = " ".join(page.read_text(encoding="utf-8") for page in pages())
    for picture in _PICTURES.iterdir():
        assert picture.stat().st_size < MOST_BYTES, f"{picture.name} is too big"
        assert f"pictures/{picture.name}" in shown, f"no page shows {picture.name}"
