"""What is asked of the model."""

from hf_toxspan.serving.jobs import Job, weigh


def test_a_longer_text_is_more_work_and_none_is_free() -> None:
    assert weigh(Job("a" * 100)) > weigh(Job("a")) > weigh(Job("")) > 0


def test_clean_texts_are_not_explained_unless_asked_for() -> None:
    assert not Job("a").explain_all
