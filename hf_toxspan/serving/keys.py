"""API keys: kept as digests, compared in constant time, never shown."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

SHORTEST = 16
"""Characters of a key; a shorter one could be guessed (ours)."""


class Keys:
    """The keys that open the service; without any it is open to all.

    Args:
        keys: Keys of visible ASCII characters; several, so that one can replace another without a gap.

    Raises:
        ValueError: If a key is too short or has other characters; the key is not in the message.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        given = list(keys)
        for place, key in enumerate(given, start=1):
            if len(key) < SHORTEST or not all("!" <= character <= "~" for character in key):
                raise ValueError(
                    f"API key {place} has {len(key)} characters; expected at least {SHORTEST} letters, digits or signs "
                    'of ASCII, without blanks, such as python -c "import secrets; print(secrets.token_urlsafe(32))" '
                    "prints"
                )
        self._digests = tuple(map(_digest, given))

    def __bool__(self) -> bool:
        return bool(self._digests)

    def __repr__(self) -> str:
        return f"<{len(self._digests)} API keys>"

    def open(self, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Tell whether a request brings a key, in any of the places where clients put it, or none is needed.

        Args:
            headers: ``Authorization: Bearer KEY``, ``X-Api-Key`` or Google's ``X-Goog-Api-Key``; names in lower case.
            query: ``key``.

        Returns:
            Whether it may pass.
        """
        if not self._digests:
            return True
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = [headers.get("x-api-key"), headers.get("x-goog-api-key"), query.get("key")]
        given.append(token.strip() if scheme.lower() == "bearer" else None)
        # A list, not a generator: each comparison is made, whatever the others say.
        return any([self._fits(key) for key in given if key is not None])

    def _fits(self, key: str) -> bool:
        digest = _digest(key)
        return any([hmac.compare_digest(digest, own) for own in self._digests])


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
