"""The announced end of a dialect: each of its answers has headers with the dates and the successor.

`Deprecation` (RFC 9745), `Sunset` (RFC 8594), and `Link` with the relations `successor-version` (RFC 5829),
`deprecation` and `sunset`. They are only an announcement: the dialect works as before, even after the last day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True)
class Deprecation:
    """Dates in UTC, None if not set; URLs, empty if not set. `page` is for people to read."""

    deprecated_at: datetime | None = None
    sunset_at: datetime | None = None
    successor: str = ""
    page: str = ""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers as they are sent."""
        return [(name.encode(), value.encode("latin-1")) for name, value in self._headers()]

    def _headers(self) -> Iterator[tuple[str, str]]:
        if self.deprecated_at is not None:
            yield "deprecation", f"@{int(self.deprecated_at.timestamp())}"
        if self.sunset_at is not None:
            yield "sunset", format_datetime(self.sunset_at, usegmt=True)
        links = {
            "successor-version": self.successor,
            "deprecation": self.page if self.deprecated_at is not None else "",
            "sunset": self.page if self.sunset_at is not None else "",
        }
        for relation, url in links.items():
            if url:
                yield "link", f'<{url}>; rel="{relation}"'


class DeprecationHeaders:
    """An ASGI middleware that adds these headers to every answer of a dialect."""

    def __init__(self, application: ASGIApp, deprecation: Deprecation) -> None:
        self._application = application
        self._headers = deprecation.headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._application(scope, receive, sending)
