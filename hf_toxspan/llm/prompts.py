"""Prompts: versioned text files with fixed places for what others wrote.

A template is ``NAME.vVERSION.txt``: a line that says what it is for, ``--- system`` with the instructions, and
``--- user`` with the data. The text under judgement is an attacker's, so a place such as ``{{text}}`` may stand in the
user's part only, and is filled with one JSON value:

- A JSON string ends at its own quotation mark only, and the text can't write one: its quotes and line breaks are
  escaped. Places are filled in one pass, so that a text that holds ``{{text}}`` is left alone.
- The control tokens of chat models, ``<|im_start|>``, ``</s>``, ``[INST]`` and their like, would be read as such inside
  a text too. Their first character is written as a JSON escape, which stands for the same text but is no token.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hf_toxspan.core.text import replace_lone_surrogates
from hf_toxspan.llm.calls import Message

TEMPLATES = Path(__file__).parent / "templates"

_FILE = re.compile(r"(?P<name>\w+)\.v(?P<version>\d+)\.txt")
_PARTS = re.compile(r"(?P<about>.*?)^--- system\n(?P<system>.*?)\n--- user\n(?P<user>.*)", re.DOTALL | re.MULTILINE)
_PLACE = re.compile(r"\{\{(\w+)\}\}")
_CONTROL = re.compile(r"<|\[(?=/?[A-Z_]{2,}\])")


@dataclass(frozen=True)
class Prompt:
    """A template, made ready.

    Args:
        name: Its name.
        version: Its version; a change of the words is a new one.
        system: The instructions.
        user: The data, with places.
        digest: First 12 hexadecimal digits of the SHA-256 of the file: provenance that a changed file can't fake.
    """

    name: str
    version: int
    system: str
    user: str
    digest: str

    @property
    def fields(self) -> frozenset[str]:
        """Names of the places."""
        return frozenset(_PLACE.findall(self.user))

    @property
    def provenance(self) -> str:
        """Name, version and digest in one word, to be kept beside what the prompt brought."""
        return f"{self.name}.v{self.version}.{self.digest}"

    def fill(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return the chat with untrusted values in their places.

        Args:
            values: A JSON value for each place, such as a text or a list of quotes.

        Returns:
            The system's message, which no value can change, and the user's.

        Raises:
            ValueError: If a place has no value, or a value no place.
        """
        if set(values) != self.fields:
            found, expected = ", ".join(sorted(values)) or "none", ", ".join(sorted(self.fields))
            raise ValueError(f"the values for the prompt {self.name} are {found}; expected {expected}")
        user = _PLACE.sub(lambda place: as_data(values[place[1]]), self.user)
        return Message(role="system", content=self.system), Message(role="user", content=user)


def as_data(value: Any) -> str:
    """Write a JSON value so that no text in it can end it or speak as a control token.

    Args:
        value: The value.

    Returns:
        JSON that stands for it.
    """
    written = replace_lone_surrogates(json.dumps(value, ensure_ascii=False))
    return _CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", written)


def load_prompt(name: str, version: int | None = None) -> Prompt:
    """Read a prompt that ships with the package.

    Args:
        name: Its name, such as ``"toxic_spans"``.
        version: Its version; the newest when None.

    Returns:
        The prompt.

    Raises:
        ValueError: If there is no such prompt.
    """
    known = {(found["name"], int(found["version"])) for path in TEMPLATES.iterdir() if (found := _match(path))}
    if version is None:
        version = max((other for known_name, other in known if known_name == name), default=0)
    if (name, version) not in known:
        names = ", ".join(f"{known_name} (version {other})" for known_name, other in sorted(known))
        raise ValueError(f"there is no prompt {name!r} in version {version}; expected one of {names}")
    return read_prompt(TEMPLATES / f"{name}.v{version}.txt")


def read_prompt(path: Path) -> Prompt:
    """Read a prompt from a file, your own for example.

    Args:
        path: ``NAME.vVERSION.txt``.

    Returns:
        The prompt.

    Raises:
        ValueError: If the name or the parts are not as the head of this module says.
    """
    found = _match(path)
    if not found:
        raise ValueError(f"the prompt's file is {path.name!r}; expected NAME.vVERSION.txt, such as judge.v1.txt")
    written = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    parts = _PARTS.fullmatch(written)
    if not parts or not _PLACE.search(parts["user"]):
        raise ValueError(f"{path}: expected a line '--- system', a line '--- user', and a {{{{place}}}} in the latter")
    if _PLACE.search(parts["system"]):
        raise ValueError(f"{path}: a place stands among the instructions; untrusted text belongs under '--- user'")
    digest = hashlib.sha256(written.encode()).hexdigest()[:12]
    return Prompt(found["name"], int(found["version"]), parts["system"].strip(), parts["user"].strip(), digest)


def _match(path: Path) -> re.Match[str] | None:
    return _FILE.fullmatch(path.name)
