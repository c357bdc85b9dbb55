"""Which browsers' pages may call the dialects from another origin (the Fetch standard's CORS), and what they may see.

Calls carry their key in a header that the page sets itself. Cookies never count, so credentials are never allowed.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp

ANY_ORIGIN = "*"

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Every header that an answer of a dialect can have, besides those that a script always sees.
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
_USUAL_PORTS = {"http": 80, "https": 443}


def open_to(origins: Sequence[str], application: "ASGIApp") -> "ASGIApp":
    """The application, callable from pages of these origins; itself where there are none."""
    if not origins:
        return application
    from starlette.middleware.cors import CORSMiddleware

    # Any request header is allowed: those that mean nothing, such as what tracing adds, are ignored as they always are.
    return CORSMiddleware(
        application, allow_origins=origins, allow_methods=_METHODS, allow_headers=["*"], expose_headers=EXPOSED
    )


def parse_origins(text: str) -> tuple[str, ...]:
    """The origins of a comma-separated list, as browsers write them. Raises `ValueError` with what is wrong."""
    given = [part.strip() for part in text.split(",") if part.strip()]
    if ANY_ORIGIN in given and len(given) > 1:
        raise ValueError(f"{ANY_ORIGIN} means every origin, so nothing can stand beside it")
    return tuple(dict.fromkeys(each if each == ANY_ORIGIN else _origin(each) for each in given))


def _origin(text: str) -> str:
    found = _ORIGIN.fullmatch(text.lower())
    port = int(found[3]) if found and found[3] else None
    if found is None or (port is not None and not 0 < port <= 65_535) or not _has_host(text):
        raise ValueError(
            f"{text!r} is no origin; write scheme://host or scheme://host:port, such as https://shop.example"
        )
    scheme, host = found[1], found[2]
    return f"{scheme}://{host}" + ("" if port in (None, _USUAL_PORTS.get(scheme)) else f":{port}")


def _has_host(text: str) -> bool:
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:  # an IPv6 address that is none
        return False
