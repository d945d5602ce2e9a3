"""The picture of one text's saliency: any script, no box, nothing cut in silence (warnings are errors here)."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from hf_toxspan.views import fonts
from hf_toxspan.views.text_plot import MOST_CELLS, plot_text_saliency
from tests.views.results import HOSTILE
from tests.views.test_fonts import SHIPPED


def drawn(path: Path, text: str, **options: object) -> str:
    plot_text_saliency(path, text, [0.5] * len(text), **options)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_the_suffix_says_the_format(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / f"text.{suffix}"
    plot_text_saliency(path, "你这个蠢货！", [0, 0, 0, 1, 0.9, None], spans=[(3, 5)], title="蠢货")
    assert path.read_bytes().startswith(start)


def test_warmer_cells_are_those_that_count_more(tmp_path: Path) -> None:
    path = tmp_path / "text.svg"
    plot_text_saliency(path, "ab", [0.0, 1.0])
    svg = path.read_text(encoding="utf-8")
    assert "fill: #fffaed" in svg and "fill: #ff5c26" in svg


def test_a_span_is_underlined(tmp_path: Path) -> None:
    assert drawn(tmp_path / "a.svg", "you fool", spans=[(4, 8)]).count("fill: #8e1b12") == 4
    assert "fill: #8e1b12" not in drawn(tmp_path / "b.svg", "you fool")


def test_a_letter_with_marks_and_a_family_are_one_cell_each(tmp_path: Path) -> None:
    svg = drawn(tmp_path / "a.svg", "o\u031b\u0309👨\u200d👩\u200d👧")
    assert svg.count("fill: #ffab8a") == 2


def test_what_no_font_has_is_drawn_by_its_code_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_files", lambda: (str(SHIPPED),))
    fonts._font_of.cache_clear()
    svg = drawn(tmp_path / "a.svg", "蠢 fool")
    fonts._font_of.cache_clear()
    assert "<!-- 8822 -->" in svg
    assert "1 characters are shown by their codes: no installed font has them" in svg


@pytest.mark.parametrize("hostile", [*HOSTILE, "$x^2$ \\frac{", "-->", "a\r\n\tb"])
def test_hostile_text_and_title_are_only_drawn(tmp_path: Path, hostile: str) -> None:
    svg = drawn(tmp_path / "a.svg", hostile, title=hostile)
    tags = {element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(svg).iter()}
    assert not tags & {"script", "img", "image", "a", "foreignObject"}


def test_a_long_text_is_cut_and_counted(tmp_path: Path) -> None:
    assert "<!-- 1,360 more characters are not drawn -->" in drawn(tmp_path / "a.svg", "a" * (MOST_CELLS + 1_360))


def test_an_empty_text_is_a_case(tmp_path: Path) -> None:
    assert drawn(tmp_path / "a.svg", "").startswith("<?xml")


def test_a_saliency_of_another_length_and_a_span_outside_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="saliency has 1 values; expected one for each of 2"):
        plot_text_saliency(tmp_path / "a.svg", "ab", [0.5])
    with pytest.raises(ValueError, match="span 0"):
        plot_text_saliency(tmp_path / "a.svg", "ab", [0.5, 0.5], spans=[(1, 9)])
