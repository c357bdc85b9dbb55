"""Bounds the names from a request that an answer repeats, in number and length.

Proxies refuse answers with more than 4 KB of headers (nginx answers 502 instead), and so do runtimes.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

MAX_NAMES = 20
"""The maximum number of names of one kind in the body of an answer."""

_MAX_NAME = 100  # characters
_MAX_LIST = 1000  # bytes of a header, without the number of what is left out
_CUT = "..."
_PLAIN = "!\"#$&'()*+-./:;<=>?@[\\]^_`{|}~"  # with letters and digits; a comma and % mean something in the list
_HALF_ESCAPE = re.compile("%[0-9A-F]?$")


def cut(name: str) -> str:
    """Return a name, shortened so that a sentence or a key can contain it."""
    return name if len(name) <= _MAX_NAME else name[:_MAX_NAME] + _CUT


def header_list(names: Sequence[str]) -> str:
    """Return names separated by commas, in at most 1 KB of visible ASCII; other characters are percent-encoded.

    The remaining names are only counted: `a, b, c and 357 more`.
    """
    shown: list[str] = []
    size = 0
    for name in names:
        word = _visible(name)
        size += len(word) + len(", ")
        if size > _MAX_LIST:
            return f"{', '.join(shown)} and {len(names) - len(shown)} more"
        shown.append(word)
    return ", ".join(shown)


def _visible(name: str) -> str:
    encoded = quote(name[: _MAX_NAME + 1], safe=_PLAIN, errors="replace")
    if len(encoded) <= _MAX_NAME:
        return encoded
    return _HALF_ESCAPE.sub("", encoded[:_MAX_NAME]) + _CUT
