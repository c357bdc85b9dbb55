"""Pages, and their responses: HTML with headers that keep it private."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from core.access.roles import Permission
from core.text.clock import SECOND

_STATIC = Path(__file__).parent / "static"
_VERSIONS = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in sorted(_STATIC.iterdir())}

# With `same-origin` browsers send the origin of a form; with `no-referrer` they send `Origin: null`.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Page:
    """A template with its values."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def html(page: Page) -> Response:
    """Return the response that shows a page."""
    text = _TEMPLATES.get_template(page.template).render(page.values)
    return HTMLResponse(text, page.status, _HEADERS | dict(page.headers))


def _static(name: str) -> str:
    return f"/bridge/static/{name}?{_VERSIONS[name]}"


def _timestamp(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _human_time(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds // SECOND, UTC).strftime("%-d %b %Y, %H:%M")


def _day(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds // SECOND, UTC).strftime("%Y-%m-%d")


def _size(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


_TEMPLATES = Environment(
    loader=PackageLoader("gateway.pages.bridge"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals |= {"static": _static, "Permission": Permission}
_TEMPLATES.filters |= {"moment": _timestamp, "for_people": _human_time, "day": _day, "size": _size}


def _asset(name: str) -> Route:
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable"}

    async def serve(_request: object) -> Response:
        return FileResponse(_STATIC / name, headers=headers)

    return Route(f"/bridge/static/{name}", serve)


ASSETS = [_asset(name) for name in _VERSIONS]
