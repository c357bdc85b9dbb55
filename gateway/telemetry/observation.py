"""Observes every request once, from its first byte to its last, under an id that both sides know.

`X-Request-Id` is taken from the client if it is a plain word, else generated, and sent back with every answer.
"""

import itertools
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialects.shared.served import Served, note

Observer = Callable[[Served], None]

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

_PLAIN = re.compile(rb"[\x21-\x7e]{1,128}")
_CLIENT_CLOSED_REQUEST = 499  # nginx's status for a connection that the client closed before the answer


@dataclass
class RequestsInProgress:
    """The number of requests in progress."""

    requests: int = 0


class Observation:
    """An ASGI application around another one that reports each request to the observers when it is over."""

    def __init__(self, application: ASGIApp, observers: Sequence[Observer], under_way: RequestsInProgress) -> None:
        self._application = application
        self._observers = observers
        self._under_way = under_way
        self._process = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        started = time.perf_counter()
        request_id = self._given_id(scope) or f"{self._process}-{next(self._numbers):x}"
        REQUEST_ID.set(request_id)  # each request has a context of its own
        served = Served(scope["method"], scope["path"], request_id, started, scope["headers"])
        note(scope, served)
        self._under_way.requests += 1

        def sending(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                served.status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            return send(message)

        try:
            await self._application(scope, receive, sending)
        except Exception:
            served.status = 500
            raise
        finally:
            self._under_way.requests -= 1
            served.seconds = time.perf_counter() - started
            served.status = served.status or _CLIENT_CLOSED_REQUEST
            for observer in self._observers:
                observer(served)

    def _given_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                return value.decode() if _PLAIN.fullmatch(value) else ""
        return ""
