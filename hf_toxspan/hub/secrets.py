"""Finding what looks like a key or a token in a file that is about to be published."""

import re
from pathlib import Path
from typing import NamedTuple

_PATTERNS = {
    "a Hugging Face token": rb"\bhf_[A-Za-z0-9]{30,}\b",
    "an OpenAI or Anthropic key": rb"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}",
    "an AWS key": rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a GitHub token": rb"\bgh[pousr]_[A-Za-z0-9]{36,}\b",
    "a GitLab token": rb"\bglpat-[A-Za-z0-9_-]{20,}",
    "a Slack token": rb"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a Google key": rb"\bAIza[A-Za-z0-9_-]{35}\b",
    "a private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY-----",
}
_FINDERS = {what: re.compile(pattern) for what, pattern in _PATTERNS.items()}
NAMES = re.compile(r"(?i)(^\.env|^\.netrc$|^\.git|\.pem$|\.key$|^id_(rsa|ed25519|ecdsa)|credential|secret|^token$)")
"""Names of files that hold secrets, whatever is in them."""


class Finding(NamedTuple):
    """Something that looks like a secret.

    Attributes:
        what: What it looks like.
        line: In which line, from 1.
    """

    what: str
    line: int


def find_secret(content: bytes) -> Finding | None:
    r"""Return the first thing in a file that looks like a secret; never the thing itself.

    Args:
        content: The file's bytes.

    Returns:
        What and where; None where nothing was found.

    >>> find_secret(b"a" + b"\ntoken: hf_" + b"x" * 34)
    Finding(what='a Hugging Face token', line=2)
    """
    for what, finder in _FINDERS.items():
        found = finder.search(content)
        if found:
            return Finding(what, content.count(b"\n", 0, found.start()) + 1)
    return None


def names_a_secret(path: Path) -> bool:
    """Return whether a file's name says that it holds secrets."""
    return any(NAMES.search(part) for part in path.parts)
