"""Routing of a request's path to its endpoint, and the request as endpoints see it.

Starlette tries one regular expression after another, and searches headers in a list. Every request needs both, so
dictionaries are used here; paths and headers have the same meaning.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from core.access.keys import Actor
from dialects.shared.served import Served, noted


class Paths:
    """An ASGI application that passes requests on by their path, such as `/clients/{id}`, or else to `otherwise`.

    If several paths match, the first one is used. The value of a name in braces is in `scope["path_params"]`.
    """

    def __init__(self, applications: Iterable[tuple[str, ASGIApp]], otherwise: ASGIApp) -> None:
        self._by_length: dict[int, list[tuple[_Pattern, ASGIApp]]] = defaultdict(list)
        for path, application in applications:
            pattern = _Pattern(path)
            self._by_length[pattern.length].append((pattern, application))
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        segments = scope["path"].split("/")
        for pattern, application in self._by_length.get(len(segments), ()):
            found = pattern.match(segments)
            if found is not None:
                scope["path_params"] = found
                return await application(scope, receive, send)
        return await self._otherwise(scope, receive, send)


class _Pattern:
    def __init__(self, path: str) -> None:
        segments = path.split("/")
        self.length = len(segments)
        self._named = [(at, text[1:-1]) for at, text in enumerate(segments) if text.startswith("{")]
        named = {at for at, _ in self._named}
        self._fixed = [(at, text) for at, text in enumerate(segments) if at not in named]

    def match(self, segments: list[str]) -> dict[str, str] | None:
        for at, text in self._fixed:
            if segments[at] != text:
                return None
        found = {name: segments[at] for at, name in self._named}
        return found if all(found.values()) else None


class KnownHeaders(Headers):
    """Headers with a fast `get`, which returns the first value of a name. The name must be in lower case."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._first: dict[bytes, bytes] = dict(reversed(scope["headers"]))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of the first header of this name."""
        value = self._first.get(key.encode("latin-1"))
        return default if value is None else value.decode("latin-1")


class ApiRequest(Request):
    """A request with `KnownHeaders`. `served` collects what observers need to know; it is None without observers."""

    actor: Actor | None = None
    """The owner of its key, once the key was looked up."""

    is_counted = False
    """Whether it was already counted as a request of its key in this minute."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self.served: Served | None = noted(scope)
        self._known = KnownHeaders(scope)

    @property
    def headers(self) -> Headers:
        """The request's headers."""
        return self._known

    @property
    def ids(self) -> Mapping[str, str]:
        """The values in the path for the names in braces."""
        found: Mapping[str, str] = self.scope["path_params"]
        return found
