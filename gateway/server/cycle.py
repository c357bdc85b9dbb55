"""One request and its response, on top of uvicorn's cycle and flow control."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

from gateway.server.heads import Framing

log = logging.getLogger(__name__)

_REST_SECONDS = 1.0  # for the rest of a body that nobody reads
# The headers of a head that is written at once. None of them is about the connection or the framing.
_USUAL_HEADERS = frozenset(
    {
        *(b"content-length", b"content-type", b"etag", b"cache-control", b"vary", b"x-request-id"),
        *(b"x-ratelimit-limit", b"x-ratelimit-remaining"),
    }
)


class Flow(FlowControl):
    """Flow control. The connection is read unless received bytes wait for the parser, or the body buffer is full."""

    is_parser_behind = False
    is_full = False

    def pause_for_parser(self) -> None:
        """Stop reading until `resume_for_parser`, because received bytes are not parsed yet."""
        self.is_parser_behind = True
        super().pause_reading()

    def resume_for_parser(self) -> None:
        """Read again, unless the buffer is full."""
        self.is_parser_behind = False
        if not self.is_full:
            super().resume_reading()

    def pause_reading(self) -> None:
        """Stop reading until `resume_reading`, because the buffer is full."""
        self.is_full = True
        super().pause_reading()

    def resume_reading(self) -> None:
        """Read again, unless received bytes wait for the parser."""
        self.is_full = False
        if not self.is_parser_behind:
            super().resume_reading()


class Cycle(RequestResponseCycle):
    """A request and its response. If `body_failed`, reading the body raises an error, because it broke off.

    If `awaits_body`, an answer without the body waits for it: nginx with `proxy_request_buffering off` closes the
    client's connection after an answer that came before the body, and has promised to keep it open. Clients that send
    head and body in two packets, as most libraries do, would lose the next request.
    """

    body_failed = False
    awaits_body = False

    def __init__(self, application: Any, **given: Any) -> None:
        super().__init__(**given)
        self._application = application

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the application (ASGI); a stop of the server may cut it off."""
        try:
            await self._application(scope, receive, send)
        except asyncio.CancelledError:
            log.warning("the server stopped before this request was answered: %s %s", scope["method"], scope["path"])
            self.disconnected = True
            self.transport.abort()  # the time for the answer is over, and half of it must not look complete

    async def send(self, message: Any) -> None:
        """Send a part of the response (ASGI)."""
        if self.awaits_body and self.more_body and not self.response_started:
            await self._receive_rest()
        if self.response_started or not self._begin(message):
            await super().send(message)

    async def _receive_rest(self) -> None:
        """Read and drop the body, for a short time."""
        self.awaits_body = False
        with suppress(TimeoutError):
            async with asyncio.timeout(_REST_SECONDS):
                while self.more_body and not (self.disconnected or self.body_failed):
                    self.flow.resume_reading()
                    await self.message_event.wait()
                    self.message_event.clear()
                    self.body = bytearray()
        self.message_event.set()  # for whoever waits for the end of the connection

    def _begin(self, message: Any) -> bool:
        """Write the head of a usual response, and return whether it was one.

        uvicorn checks each header by itself, which takes longer than reading a client from the database.
        """
        headers = message.get("headers")
        if not headers or headers[0][0] != b"content-length" or not self.keep_alive or self._cannot_write():
            return False
        if not _USUAL_HEADERS.issuperset([name for name, _ in headers]):
            return False
        if HEADER_VALUE_RE.search(b"".join([value for _, value in headers])):
            return False  # uvicorn reports what is wrong
        lines = [b": ".join(header) for header in (*self.default_headers, *headers)]
        self.response_started, self.waiting_for_100_continue = True, False
        self.chunked_encoding, self.expected_content_length = False, int(headers[0][1])
        self.transport.write(b"%b%b\r\n\r\n" % (STATUS_LINE[message["status"]], b"\r\n".join(lines)))
        return True

    def _cannot_write(self) -> bool:
        return self.disconnected or self.flow.write_paused

    async def receive(self) -> Any:
        """Return the next part of the body (ASGI)."""
        message = await super().receive()
        if not self.body_failed or self.disconnected or self.response_complete:
            return message
        if self.response_started:
            return await self._wait_for_end()
        # An application may answer without the body. If it reads the body it is disconnected, and the protocol sends
        # the reason to the peer.
        self.disconnected = self.response_complete = True
        self.on_response()
        return {"type": "http.disconnect"}

    async def _wait_for_end(self) -> Any:
        # The response was begun without the body, so the application may finish it: nothing else may be written in
        # between.
        while not self.disconnected and not self.response_complete:
            await self.message_event.wait()
            self.message_event.clear()
        return {"type": "http.disconnect"}


class ExpectingCycle(Cycle):
    """A cycle whose peer waits for `100 Continue` before it sends the body."""

    async def send(self, message: Any) -> None:
        """Send a part of the response (ASGI)."""
        if self.waiting_for_100_continue:
            # The peer may now send the announced body, or the next request without it (RFC 9110, section 10.1.1). The
            # two cannot be distinguished.
            self.keep_alive = False
        await super().send(message)


def cycle_of(protocol: Any, framing: Framing, is_last: bool) -> Cycle:
    """Return the cycle of the request whose head a protocol has just parsed; `is_last` ends the connection after it."""
    is_expected = framing.wants_continue and framing.has_body
    cycle = (ExpectingCycle if is_expected else Cycle)(
        protocol.app,
        scope=protocol.scope,
        transport=protocol.transport,
        flow=protocol.flow,
        logger=protocol.logger,
        access_logger=protocol.access_logger,
        access_log=protocol.access_log,
        default_headers=protocol.server_state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=is_expected,
        keep_alive=framing.keep_alive and not is_last,
        on_response=protocol.on_response_complete,
    )
    cycle.awaits_body = framing.has_body and not is_expected
    return cycle
