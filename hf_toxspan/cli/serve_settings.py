"""The settings of the service that the options of `hf-toxspan serve` ask for."""

import argparse
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hf_toxspan.cli import obfuscation

if TYPE_CHECKING:
    from hf_toxspan.serving.keys import Keys
    from hf_toxspan.serving.settings import Settings


def build_settings(args: argparse.Namespace, key: str | None) -> "Settings":
    """Return the settings that the options ask for.

    Args:
        args: The parsed options.
        key: The key of the environment, or None.

    Returns:
        The settings.

    Raises:
        ValueError: If an option is wrong.
        OSError: If the file of keys can't be read.
    """
    from hf_toxspan.serving.batching import BatchLimits
    from hf_toxspan.serving.runner import hosts_of
    from hf_toxspan.serving.settings import Limits, Settings

    public = None if args.public_url is None else _url(args.public_url, "--public-url")
    return Settings(
        limits=Limits(
            body_bytes=args.max_body,
            texts=min(args.max_texts, args.queue),
            characters=args.max_characters,
            answer_seconds=args.timeout,
            connections=args.connections,
            grace_seconds=args.grace,
        ),
        batching=BatchLimits(items=args.max_batch, wait=args.max_wait / 1000, queued_items=args.queue),
        batch_size=args.batch_size,
        keys=_keys(args.api_key_file, key),
        languages=_languages(args.languages),
        attributes=dict(map(_attribute, args.attribute)),
        public_url=public,
        allowed_hosts=hosts_of(args.host, args.allow_host, public),
        allow_origins=tuple("*" if origin == "*" else _url(origin, "--allow-origin") for origin in args.allow_origin),
    )


def _keys(path: str | None, key: str | None) -> "Keys":
    """Read the keys: the file's and the environment's."""
    from hf_toxspan.serving.keys import Keys

    given = [] if key is None else [key]
    if path is not None:
        lines = obfuscation.read_terms(path)
        if not lines:
            raise ValueError(f"{path} holds no API key; expected one a line")
        given += lines
    return Keys(given)


def _languages(codes: str | None) -> tuple[str, ...] | None:
    if codes is None:
        return None
    if codes == "any":
        return ()
    found = tuple(code.strip() for code in codes.split(","))
    if not all(code.replace("-", "").isalnum() and code.isascii() for code in found):
        raise ValueError(f"--languages is {codes!r}; expected codes with commas between, such as zh,en,vi, or any")
    return found


def _attribute(given: str) -> tuple[str, str]:
    name, _, label = given.partition("=")
    if not name.replace("_", "").isalnum() or not label:
        raise ValueError(f"--attribute is {given!r}; expected NAME=LABEL, such as THREAT=threat")
    return name, label


def _url(url: str, option: str) -> str:
    """Check an address without a path, and return it without a slash at its end."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good or parts.path.strip("/") or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError(f"{option} is {url!r}; expected an address without a path, such as https://example.org")
    return url.rstrip("/")
