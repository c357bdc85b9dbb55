"""The keys of callers: the gateway's key for each, and a name that does not reveal it."""

import hashlib
from collections.abc import Mapping

from core.text.plural import counted

NO_KEY = "no key"


class InvalidKeys(Exception):
    """A file of keys cannot be parsed; the text is for the user and shows none of its keys."""


def parse(text: str) -> dict[str, str]:
    """Parse lines `OLD_KEY NEW_KEY`; a `#` after a blank begins a comment. Raises `InvalidKeys`, naming the line."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(" #")[0].split() if not line.lstrip().startswith("#") else []
        if not words:
            continue
        if len(words) != 2:
            raise InvalidKeys(f"Line {number} of the keys has {counted(len(words), 'word')} instead of two keys.")
        if found.setdefault(words[0], words[1]) != words[1]:
            raise InvalidKeys(f"Line {number} of the keys repeats a key with a different new key.")
    return found


def fingerprint(key: str) -> str:
    """Return the first 8 digits of its SHA-256, as `printf %s KEY | sha256sum` shows them."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:8] if key else NO_KEY


def own_key(key: str, status: int, known: Mapping[str, str], default: str | None) -> str | None:
    """Return the key for the gateway; None if none is known.

    A request without a key is repeated without one, and a key that the old system refused (401) is sent as it is: the
    gateway should refuse it too. If no keys are given at all, both systems are assumed to have the same ones.
    """
    if key in known:
        return known[key]
    if not key or status == 401:
        return key
    if default is not None:
        return default
    return None if known else key
