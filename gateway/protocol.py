"""HTTP/1.1 as the gateway hears it: uvicorn's httptools protocol, except that no verb is too strange for a 405.

The parser knows a fixed list of verbs and drops the connection at any other, while both dialects promise a 405 with
`Allow` for unheard-of ones too (RFC 9110, section 15.5.6). So a verb that no resource can know is handed on as TRACE,
which is one of those; the access log shows it as that.

What comes before a request's body is bounded in size and time, which uvicorn leaves to a proxy: nobody can make the
gateway hold endless headers, or sockets on which nothing is asked.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.lingering import close_after_reading

log = logging.getLogger(__name__)

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) (?=[^ \r\n]+ HTTP/1\.[01]\r?\n)")
_HEARD_OF = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})
_MOST_BYTES = 64 * 1024
_MOST_SECONDS = 20
_MOST_WAITING_BYTES = 64 * 1024


class _Together:
    """A transport that sends what is written in one turn of the event loop when all of that turn's work is done.

    A response's head and body so cost one system call instead of two, and the responses to requests that came together
    leave together: whoever waits for them is woken once. What is large goes at once, so that flow control is heard.
    """

    def __init__(
        self, transport: Any, loop: asyncio.AbstractEventLoop, expects_more: Callable[[], bool] = lambda: False
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._expects_more = expects_more
        self._is_lingering = False
        self._waiting = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Have it sent soon, in order."""
        if self._is_lingering:
            return
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting += data
        if len(self._waiting) > _MOST_WAITING_BYTES:
            self._flush()

    def is_closing(self) -> bool:
        """Whether nothing more is answered here."""
        return self._is_lingering or bool(self._transport.is_closing())

    def close(self) -> None:
        """Send what waits, and close; while a body is still arriving, so that the answer is not lost."""
        self._flush()
        if self._is_lingering or not self._expects_more():
            self._transport.close()
        else:
            self._is_lingering = True
            close_after_reading(self._transport, self._loop)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, b""
        if waiting:
            self._transport.write(waiting)


class AnyVerbProtocol(HttpToolsProtocol):
    """Accepts every verb that is a token, and heads of requests (RFC 9112, section 2.1) that are short and swift."""

    _in_head = True
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Take a connection."""
        super().connection_made(cast("asyncio.Transport", _Together(transport, self.loop, self._expects_more)))
        self._deadline = self.loop.call_later(_MOST_SECONDS, self._give_up)

    def _expects_more(self) -> bool:
        return not self._in_head  # whoever sends endless headers is not listened to

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._swift()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the connection."""
        between_requests = self.cycle is None or self.cycle.response_complete
        found = _REQUEST_LINE.match(data) if between_requests else None
        if found and found[1] not in _HEARD_OF:
            data = b"TRACE " + data[found.end() :]
        if self._in_head:
            end = data.find(b"\r\n\r\n")
            self._head_bytes += len(data) if end < 0 else end
            if self._head_bytes > _MOST_BYTES:
                self._hang_up("431 Request Header Fields Too Large", "The request's headers are too large.")
                return
        super().data_received(data)
        if self._in_head and self._head_bytes and self._deadline is None:
            self._deadline = self.loop.call_later(_MOST_SECONDS, self._give_up)

    def on_headers_complete(self) -> None:
        """Go on to the body."""
        self._in_head, self._head_bytes = False, 0
        self._swift()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for the next request."""
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, _msg: str) -> None:
        """Answer what cannot be parsed, in the shape that both dialects' errors have, and hang up."""
        self._hang_up("400 Bad Request", "The request is not valid HTTP.")

    def _unsupported_upgrade_warning(self) -> None:
        """Nobody needs to hear of it: who asks for another protocol is answered in this one (RFC 9110, section 7.8)."""

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self._hang_up("408 Request Timeout", "The request took too long to arrive.")

    def _swift(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self, status: str, message: str) -> None:
        # What is not HTTP has no dialect unless its first line could still be read.
        errors = ', "errors": {}' if getattr(self, "url", b"").startswith(b"/api/v1/") else ""
        body = f'{{"message": "{message}"{errors}}}'
        request_id = secrets.token_hex(8)
        log.info("answered before it became a request: %s (request %s)", status, request_id)
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        head += f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        self.transport.write(f"{head}{body}".encode())
        self.transport.close()
