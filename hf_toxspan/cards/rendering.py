"""Filling a template of `hub_cards/`; what is put in is escaped unless it is Markdown already."""

from collections.abc import Mapping
from typing import Any

from huggingface_hub import CardData
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from hf_toxspan._version import __version__
from hf_toxspan.cards.markdown import plain
from hf_toxspan.cards.places import shipped

MARK = "<!-- This card was written by hf_toxspan"
"""What a card of ours is known by; one with it may be written anew."""

_UNFILLED = "[More Information Needed]"
"""What a template of others holds that nobody has filled in."""


def is_ours(readme: str) -> bool:
    """Return whether a README may be written anew: a card of ours, or a template that nobody has filled in.

    Args:
        readme: The README.

    Returns:
        True for such a one.
    """
    return MARK in readme or _UNFILLED in readme or "library_name: peft" in readme


def render(template: str, header: Mapping[str, Any], **values: Any) -> str:
    """Write a card: its front matter, then the template with the values put in.

    Args:
        template: Name of a file of `hub_cards/`.
        header: The front matter, as JSON values; what is None is left out.
        **values: What the template names. Strings are escaped; `Markdown` goes in as it is.

    Returns:
        The README.

    Raises:
        jinja2.exceptions.UndefinedError: If the template names a value that is not given.
    """
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(shipped("hub_cards")),
        undefined=StrictUndefined,
        finalize=_escape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    body = environment.get_template(template).render(values, version=__version__)
    return f"---\n{front_matter(header)}\n---\n\n{_tidy(body)}"


def front_matter(header: Mapping[str, Any]) -> str:
    """Write the block of settings at the top of a README, in YAML.

    Args:
        header: Names and JSON values; what is None or empty is left out.

    Returns:
        YAML without the lines of dashes.

    >>> print(front_matter({"license": "mit", "tags": ["a: b"], "language": None}))
    license: mit
    tags:
    - 'a: b'
    """
    return CardData(**{name: _one_line(own) for name, own in header.items() if own not in (None, [], {})}).to_yaml()


def _one_line(value: Any) -> Any:
    """Write each string in one line: a line of dashes inside one would end the block for a simple reader."""
    if isinstance(value, Mapping):
        return {str(name): _one_line(own) for name, own in value.items()}
    if isinstance(value, list | tuple):
        return [_one_line(own) for own in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def _escape(value: Any) -> Any:
    return "" if value is None else plain(value, longest=2000)


def _tidy(body: str) -> str:
    """Take out what empty parts of a template leave: blank lines in a row, and blanks at line ends outside of code."""
    lines: list[str] = []
    for line in body.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"
