"""The scripts: made of our words alone, and with no way out to another host."""

from hf_toxspan.demo import script


def test_scripts_ask_no_other_host() -> None:
    written = script.DROP + script.DROP_TEMPLATE + script.START + script.SPEAK + script.SALIENCY + script.SAVE
    assert not any(word in written for word in ("http", "fetch(", "XMLHttpRequest", "eval(", "innerHTML"))


def test_the_templates_places_are_those_that_words_are_given_for() -> None:
    from string import Template

    assert set(Template(script.DROP_TEMPLATE).get_identifiers()) == {"choose", "or_drop", "hint"}


def test_the_limit_of_a_file_is_put_into_the_script() -> None:
    assert script.DROP.count("MOST_BYTES") == 1
