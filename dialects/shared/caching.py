"""Adds the headers for caches to every answer: `Cache-Control` (RFC 9111, section 5.2) and `Vary`.

An answer is meant for the key of its request only. Without these headers, a cache may store it and return it to the
next caller of the same URL, who has another company's key or none.
"""

from collections.abc import Awaitable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PRIVATE = "no-cache, private"
"""Only the caller may store the answer, and must revalidate it with `If-None-Match` before each use."""

_OWN = (b"cache-control", b"vary")

DECIDING = ("Authorization", "X-API-TOKEN", "X-Ninja-Token", "Prefer")
"""The request headers on which an answer depends. Conditional headers do not belong to them (RFC 9110, 12.5.5)."""


class CacheHeaders:
    """An ASGI middleware that sets `Cache-Control` and `Vary` in every answer.

    An answer keeps its own `Cache-Control`; names in its own `Vary` are kept in addition to these.
    """

    def __init__(self, application: ASGIApp, cache_control: str = PRIVATE, vary: Sequence[str] = DECIDING) -> None:
        self._application = application
        self._vary = tuple(vary)
        self._cache_control = (b"cache-control", cache_control.encode())
        self._both = [self._cache_control, *([(b"vary", ", ".join(vary).encode())] if vary else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""

        def sending(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = self._added(message["headers"])
            return send(message)

        await self._application(scope, receive, sending)

    def _added(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name for name, _ in headers}
        return [*headers, *self._both] if names.isdisjoint(_OWN) else self._merged(headers)

    def _merged(self, headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        merged = MutableHeaders(raw=list(headers))
        merged.setdefault("cache-control", self._cache_control[1].decode())
        named = {name.lower() for name in self._vary}
        own = [name.strip() for line in merged.getlist("vary") for name in line.split(",")]
        vary = [*self._vary, *(name for name in own if name.lower() not in named)]
        if vary:
            merged["vary"] = ", ".join(vary)
        return merged.raw
