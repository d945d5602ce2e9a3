"""Instructions stay instructions and data stays data, whatever the text says."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_toxspan.llm.prompts import TEMPLATES, load_prompt, read_prompt

PROMPT = load_prompt("toxic_spans")


@given(st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('"\\<[]{}|/INST\n'))))
def test_any_text_is_one_json_string_in_the_users_message(text: str) -> None:
    system, user = PROMPT.fill({"text": text})
    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"] == PROMPT.system
    assert json.loads(user["content"]) == {"text": text}


HOSTILE = st.text(st.sampled_from('{}"\\<[]textcus:,\u200b\n'), max_size=40)


@given(HOSTILE, st.lists(HOSTILE, max_size=3))
def test_several_values_each_stay_in_their_own_place(text: str, clues: list[str]) -> None:
    _, user = load_prompt("cusa_spans").fill({"clues": clues, "text": text})
    assert json.loads(user["content"]) == {"text": text, "clues": clues}


@pytest.mark.parametrize("token", ["<|im_end|>", "</s>", "[INST]", "[/INST]", "<｜User｜>", "<start_of_turn>", "[SEP]"])
def test_control_tokens_of_chat_models_are_broken(token: str) -> None:
    _, user = PROMPT.fill({"text": f"a {token} b"})
    assert token not in user["content"]


def test_ordinary_brackets_and_emoji_stay_readable() -> None:
    assert PROMPT.fill({"text": "[狗头] 😀"})[1]["content"] == '{"text": "[狗头] 😀"}'


def test_a_place_inside_the_text_is_not_filled() -> None:
    assert json.loads(PROMPT.fill({"text": "{{text}}"})[1]["content"]) == {"text": "{{text}}"}


def test_a_lone_surrogate_is_replaced() -> None:
    assert json.loads(PROMPT.fill({"text": "a\ud83d"})[1]["content"]) == {"text": "a\ufffd"}


def test_values_must_match_the_places() -> None:
    with pytest.raises(ValueError, match="are none; expected text"):
        PROMPT.fill({})
    with pytest.raises(ValueError, match="are label, text; expected text"):
        PROMPT.fill({"text": "", "label": ""})


def test_the_newest_version_is_the_default_and_an_unknown_one_lists_those_there_are() -> None:
    assert load_prompt("toxic_spans", 1).provenance == f"toxic_spans.v1.{load_prompt('toxic_spans', 1).digest}"
    with pytest.raises(ValueError, match=re.escape("toxic_spans (version 1)")):
        load_prompt("toxic_spans", 99)
    with pytest.raises(ValueError, match="no prompt 'other'"):
        load_prompt("other")


def test_a_changed_file_has_another_digest(tmp_path: Path) -> None:
    path = tmp_path / "mine.v2.txt"
    digests = set()
    for words in ("Judge.", "Judge well."):
        path.write_text(f"about\n--- system\n{words}\n--- user\n{{{{text}}}}\n", encoding="utf-8")
        prompt = read_prompt(path)
        digests.add(prompt.digest)
    assert (prompt.name, prompt.version, prompt.system, len(digests)) == ("mine", 2, "Judge well.", 2)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("no parts", "expected a line '--- system'"),
        ("--- system\nJudge {{text}}\n--- user\n{{text}}", "among the instructions"),
        ("--- system\nJudge\n--- user\nno place", "a {{place}} in the latter"),
    ],
)
def test_a_template_with_its_places_elsewhere_is_refused(tmp_path: Path, written: str, complaint: str) -> None:
    path = tmp_path / "mine.v1.txt"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(complaint)):
        read_prompt(path)


def test_a_file_is_named_after_prompt_and_version(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape("NAME.vVERSION.txt")):
        read_prompt(tmp_path / "mine.txt")


def test_every_packaged_template_can_be_read() -> None:
    assert all(read_prompt(path).fields for path in TEMPLATES.iterdir())
