"""The progress bar: on a terminal's standard error only."""

from collections import Counter

import pytest

from hf_toxspan.cli.progress import progress


@pytest.mark.parametrize("size", [None, 0, 100])
@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_is_shown_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, size: int | None, quiet: bool
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    with progress(size, quiet=quiet, done=3) as advance:
        advance(50, Counter(toxic=1))
    assert capsys.readouterr() == ("", "")


def test_bar_counts_earlier_records_and_goes_to_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress(100, done=3) as advance:
        advance(50, Counter(toxic=1, clean=1))
    out, err = capsys.readouterr()
    assert out == ""
    assert "5 texts, 1 toxic" in err
