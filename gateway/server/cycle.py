"""One request and its response, on top of uvicorn's cycle and flow control."""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

log = logging.getLogger(__name__)

# What may stand in a head that is written at once: none of these says anything of the connection or of the framing.
_USUAL_HEADERS = frozenset(
    {
        *(b"content-length", b"content-type", b"etag", b"cache-control", b"vary", b"x-request-id"),
        *(b"x-ratelimit-limit", b"x-ratelimit-remaining"),
    }
)


class Flow(FlowControl):
    """When the connection is read and written. It is read while it is neither held nor full of a body nobody reads."""

    is_held = False
    is_full = False

    def hold(self) -> None:
        """Read nothing more until `release`: what has arrived must be worked off first."""
        self.is_held = True
        super().pause_reading()

    def release(self) -> None:
        """Read again, unless it is full."""
        self.is_held = False
        if not self.is_full:
            super().resume_reading()

    def pause_reading(self) -> None:
        """Read nothing more until `resume_reading`: it is full."""
        self.is_full = True
        super().pause_reading()

    def resume_reading(self) -> None:
        """Read again, unless it is held."""
        self.is_full = False
        if not self.is_held:
            super().resume_reading()


class Cycle(RequestResponseCycle):
    """A request and its response. Its body may break off, in a way that only the application can tell from its end."""

    body_failed = False

    def __init__(self, application: Any, **given: Any) -> None:
        super().__init__(**given)
        self._application = application

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """The application (ASGI), as far as a stop of the server leaves it time."""
        try:
            await self._application(scope, receive, send)
        except asyncio.CancelledError:
            log.warning("cut off by the stop of the server: %s %s", scope["method"], scope["path"])
            self.disconnected = True
            self.transport.abort()  # a peer that reads would have had its answer

    async def send(self, message: Any) -> None:
        """A piece of the response (ASGI)."""
        if self.response_started or not self._begin(message):
            await super().send(message)

    def _begin(self, message: Any) -> bool:
        """Write the head of a response as nearly all are; whether it is one.

        uvicorn looks at each header by itself, which takes longer than to look up what is answered.
        """
        headers = message.get("headers")
        if not headers or headers[0][0] != b"content-length" or not self.keep_alive or self._cannot_write():
            return False
        if not _USUAL_HEADERS.issuperset([name for name, _ in headers]):
            return False
        if HEADER_VALUE_RE.search(b"".join([value for _, value in headers])):
            return False  # and uvicorn says what is wrong
        lines = [b": ".join(header) for header in (*self.default_headers, *headers)]
        self.response_started, self.waiting_for_100_continue = True, False
        self.chunked_encoding, self.expected_content_length = False, int(headers[0][1])
        self.transport.write(b"%b%b\r\n\r\n" % (STATUS_LINE[message["status"]], b"\r\n".join(lines)))
        return True

    def _cannot_write(self) -> bool:
        return self.disconnected or self.flow.write_paused

    async def receive(self) -> Any:
        """The next piece of the body (ASGI)."""
        message = await super().receive()
        if not self.body_failed or self.disconnected or self.response_complete:
            return message
        if self.response_started:
            return await self._wait_for_end()
        # Who answers without the body is heard. Who wants it gets no more, and the peer hears why from the protocol.
        self.disconnected = self.response_complete = True
        self.on_response()
        return {"type": "http.disconnect"}

    async def _wait_for_end(self) -> Any:
        # The response was begun without the body, so it is finished without: nothing else may be written into it.
        while not self.disconnected and not self.response_complete:
            await self.message_event.wait()
            self.message_event.clear()
        return {"type": "http.disconnect"}


class ExpectingCycle(Cycle):
    """One whose peer waits for `100 Continue` before it sends the body."""

    async def send(self, message: Any) -> None:
        """A piece of the response (ASGI)."""
        if self.waiting_for_100_continue:
            # The peer may now send the body it announced, or none (RFC 9110, section 10.1.1). Nobody could tell which.
            self.keep_alive = False
        await super().send(message)
