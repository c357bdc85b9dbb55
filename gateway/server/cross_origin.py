"""Cross-origin access (the Fetch standard's CORS): which pages may call the dialects, and what they may read.

Calls carry their key in a header that the page sets itself. Cookies are never used, so credentials are never allowed.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp

ANY_ORIGIN = "*"

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Every header that an answer of a dialect can have, except those that a script can always read.
EXPOSED = (
    "Accept-Encoding",
    "Allow",
    "Content-Disposition",
    "Content-Security-Policy",
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Preference-Applied",
    "Retry-After",
    "Sunset",
    "Vary",
    "WWW-Authenticate",
    "X-Content-Type-Options",
    "X-Ignored-Body",
    "X-Ignored-Query",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
)

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def allow_origins(origins: Sequence[str], application: "ASGIApp") -> "ASGIApp":
    """Return the application with access for pages of these origins; unchanged if there are none."""
    if not origins:
        return application
    from starlette.middleware.cors import CORSMiddleware

    # Any request header is allowed: unknown ones, such as those of tracing, are ignored as always.
    return CORSMiddleware(
        application, allow_origins=origins, allow_methods=_METHODS, allow_headers=["*"], expose_headers=EXPOSED
    )


def parse_origins(text: str) -> tuple[str, ...]:
    """Return the origins of a comma-separated list, as browsers write them. Raises `ValueError`."""
    given = [part.strip() for part in text.split(",") if part.strip()]
    if ANY_ORIGIN in given and len(given) > 1:
        raise ValueError(f"{ANY_ORIGIN} means every origin, so it must be the only one")
    return tuple(dict.fromkeys(each if each == ANY_ORIGIN else _origin(each) for each in given))


def _origin(text: str) -> str:
    found = _ORIGIN.fullmatch(text.lower())
    port = int(found[3]) if found and found[3] else None
    if found is None or (port is not None and not 0 < port <= 65_535) or not _has_host(text):
        raise ValueError(
            f"{text!r} is not an origin; write scheme://host or scheme://host:port, such as https://shop.example"
        )
    scheme, host = found[1], found[2]
    return f"{scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}")


def _has_host(text: str) -> bool:
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:  # an invalid IPv6 address
        return False
