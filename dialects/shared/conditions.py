"""Conditional requests (RFC 9110, section 13): a version named in a request against the one that is there."""

import re

from starlette.datastructures import Headers

_TAG = re.compile(r'(W/)?"([^"]*)"')


def etag(version: str) -> str:
    """A version as an `ETag`. The same for both dialects: each shows the whole of the version in its own way."""
    return f'"{version}"'


def is_unchanged(headers: Headers, version: str) -> bool:
    """Whether the client that reads has this version already (`If-None-Match`, compared weakly)."""
    given = headers.get("if-none-match")
    if not given:
        return False
    return given.strip() == "*" or version in (tag for _, tag in _TAG.findall(given))


def is_wanted(given: str, version: str) -> bool:
    """Whether the client that writes means this version (`If-Match`, compared strongly)."""
    return given.strip() == "*" or ("", version) in _TAG.findall(given)
