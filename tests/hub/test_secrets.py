"""Promises about keys and tokens: found before they are published, and never told."""

from pathlib import Path

import pytest

from hf_toxspan.hub.secrets import find_secret, names_a_secret

SECRETS = {
    "a Hugging Face token": "hf_" + "A1" * 17,
    "an OpenAI or Anthropic key": "sk-ant-" + "a" * 40,
    "an AWS key": "AKIA" + "A" * 16,
    "a GitHub token": "ghp_" + "a" * 36,
    "a GitLab token": "glpat-" + "a" * 20,
    "a Slack token": "xoxb-" + "1" * 24,
    "a Google key": "AIza" + "a" * 35,
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_found_with_its_line(what: str) -> None:
    found = find_secret(f'one\n{{"key": "{SECRETS[what]}"}}\n'.encode())
    assert found is not None
    assert (found.what, found.line) == (what, 2)
    assert SECRETS[what] not in str(found)


@pytest.mark.parametrize(
    "text", ["", "hf_toxspan", "hf_hub_download", "sk-learn", "skip-connections-" + "a" * 40, "AKIA"]
)
def test_ordinary_words_are_none(text: str) -> None:
    assert find_secret(text.encode()) is None


@pytest.mark.parametrize(
    "name", [".env", ".env.local", "id_rsa", "server.pem", "my.key", "credentials.json", ".git", "token"]
)
def test_names_that_say_so(name: str) -> None:
    assert names_a_secret(Path(name))


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "environment.md", "keys.txt"])
def test_names_that_do_not(name: str) -> None:
    assert not names_a_secret(Path(name))
