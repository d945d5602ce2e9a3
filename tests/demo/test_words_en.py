"""The English words."""

from hf_toxspan.demo.words_en import ENGLISH


def test_errors_end_as_sentences_and_labels_do_not() -> None:
    assert all(ENGLISH[key].endswith(".") for key in ("no_text", "too_long", "too_many", "too_big", "failed"))
    assert not any(ENGLISH[key].endswith(".") for key in ("check", "text", "method", "as_html"))
