"""The HTTP/1.1 side of a connection: uvicorn's httptools protocol, made to conform strictly to RFC 9112.

This is the state machine of a connection; `head_reader`, `request_parser`, `cycle` and `transport` do the work. Bytes
are split where a head and a body end, and never changed, so the parsers see the same however they arrive in packets. A
refusal is sent after the answers to earlier requests, and ends the connection.

A request is read once the one before it has been read and answered. Until then its bytes wait and no more are taken
from the connection, so a connection uses the memory of one request, however many are sent at once. Heads are limited
in size and time, which uvicorn leaves to a proxy: no peer can fill the memory with endless headers, or occupy sockets
without sending requests.
"""

import asyncio
import logging
from typing import Any, cast

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dialects.shared.waiting import PEER_WAITS
from gateway.server.cycle import Flow, cycle_of
from gateway.server.deadline import Deadline
from gateway.server.head_reader import HeadReader
from gateway.server.heads import framing_of
from gateway.server.refusal import BAD_REQUEST, TOO_SLOW, Refusal, Refused, new_request_id
from gateway.server.request_parser import RequestParser
from gateway.server.transport import Transport

log = logging.getLogger(__name__)

HEAD_TIMEOUT = 20.0  # seconds
DISCARD_TIMEOUT = 30.0  # seconds for reading the rest of a body that is discarded


class HttpProtocol(HttpToolsProtocol):
    """One connection. Each of its requests gets its own answer, in order."""

    parser: Any
    transport: Any
    cycle: Any
    on_response: Any
    flow: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = RequestParser(self)
        self._head = HeadReader()
        self._unread = b""  # bytes that must wait: for the answer to the request before, or for their turn
        self._has_yielded = False  # other connections have their turn
        self._in_head = True
        self._is_last = False  # the server stops or hands over
        self._stopped = False  # further bytes are not read
        self._has_ended = False  # the peer sends no more
        self._refusal: Refusal | None = None
        self._deadline = Deadline(self.loop, self._give_up)

    def connection_made(self, transport: Any) -> None:
        """Accept a connection."""
        super().connection_made(cast("asyncio.Transport", Transport(transport, self.loop, self._is_peer_sending)))
        self.flow = Flow(self.transport)
        self._deadline.set(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Release a connection."""
        self._deadline.cancel()
        self._unread = b""
        self.transport.cancel_timers()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Finish the request in progress and then close, because the server stops (uvicorn)."""
        self._is_last = True
        self.transport.shorten_linger()
        super().shutdown()

    def finish(self) -> None:
        """Close after the answer in progress or, if idle, after the next one: another server takes over."""
        self._is_last = True
        if not self._is_answered() and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def pause_writing(self) -> None:
        """Pause writing, because the peer reads too slowly; a peer that reads nothing at all is disconnected."""
        super().pause_writing()
        self.transport.start_stall_timer()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the connection."""
        if self.transport.is_closing():
            if self._in_head:
                self.transport.discard(len(data))
            return
        self._unset_keepalive_if_required()
        self._unread += data
        self._read_on()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer complete requests: a peer that sends no more may still read (RFC 9112, section 9.6)."""
        self._has_ended = True
        self._read_on()
        return True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Begin a request. Raises `Refused`, `NeedsStrictParser`, and httptools' error of an invalid target."""
        framing = framing_of(self.parser.current.get_http_version(), self.headers)
        self.parser.begin_body(framing)
        self.parser.complete_scope(self.scope, self.url, self.root_path)
        self.scope[PEER_WAITS] = self._peer_waits  # type: ignore[literal-required]
        if self.scope["method"] == "CONNECT":
            framing.keep_alive = False  # the following bytes were meant for the tunnel, which is not opened
        self.cycle = cycle_of(self, framing, self._is_last)
        self._start_asgi_task(self.cycle, self.cycle.answer)
        self._in_head = False
        self._deadline.cancel()

    def on_body(self, body: bytes) -> None:
        """Pass on a piece of the body, unless its request is answered already."""
        if self.cycle.response_complete:
            return
        self.cycle.body += body
        if len(self.cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        self.cycle.message_event.set()

    def on_message_complete(self) -> None:
        """End the request. Another one may follow, unless the connection is to be closed."""
        self._in_head = True
        self._stopped = not self.cycle.keep_alive
        self._deadline.cancel()
        if not self.cycle.response_complete:
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Continue with what waited for this response."""
        self.flow.resume_for_parser()
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._unread:
            self._unset_keepalive_if_required()
            self._read_on()
        if not self._is_answered() or self.transport.is_closing():
            return
        if self._refusal is not None:
            self._refuse_now(self._refusal)
        elif self._stopped:
            self.transport.close()
        elif not self._in_head:
            self._deadline.set(DISCARD_TIMEOUT)

    def _read_on(self) -> None:
        """Parse the bytes that have arrived, up to a request that must wait or the end of this connection's turn."""
        data, self._unread = self._unread, b""
        try:
            while data and not self._stopped and not self.transport.is_closing():
                if self._has_yielded or (self._in_head and not self._is_answered()):
                    self._unread = data
                    self.flow.pause_for_parser()
                    return
                data = self._take_head(data) if self._in_head else self._take_body(data)
        except Refused as refused:
            self._refuse(refused.refusal)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.refusal if isinstance(cause, Refused) else BAD_REQUEST)
        if self._has_ended:
            self._end()

    def _yield_turn(self) -> None:
        """Let other connections have their turn before reading on."""
        self._has_yielded = True
        self.loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._has_yielded = False
        if self._unread:
            self.flow.resume_for_parser()
            self._read_on()

    def _end(self) -> None:
        if self._head.is_begun or not self._in_head:
            self._refuse(BAD_REQUEST)
        self._stopped = True
        if self._is_answered() or self.transport.is_closing():
            self.transport.close_now()

    def _take_head(self, data: bytes) -> bytes:
        """Parse a head once it is complete, and return the bytes after it."""
        head, rest = self._head.feed(data)
        if head:
            self.parser.feed_head(head)
        elif not self._deadline.is_set:
            self._deadline.set(HEAD_TIMEOUT)
        return rest

    def _take_body(self, data: bytes) -> bytes:
        """Parse a piece of a body, and return the bytes after it."""
        rest: bytes = self.parser.feed_body(data)
        if rest and not self._in_head:
            self._yield_turn()
        return rest

    def _peer_waits(self) -> bool:
        """Return whether the peer may still wait for an answer, and the server has time for it."""
        return not (self._is_last or self.transport.is_closing())

    def _is_answered(self) -> bool:
        """Return whether no request waits for its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _is_peer_sending(self) -> bool:
        if self._has_ended:
            return False
        return self._stopped or not self._in_head or self._head.is_begun or bool(self._unread)

    def _refuse(self, refusal: Refusal) -> None:
        """End the connection with this answer, after the answers to all earlier requests."""
        if self._stopped or self.transport.is_closing():
            return
        self._stopped = True
        self._deadline.cancel()
        if not self._in_head:
            self.cycle.body_failed = True
            self.cycle.message_event.set()
        self._refusal = refusal
        if self._is_answered():
            self._refuse_now(refusal)

    def _refuse_now(self, refusal: Refusal) -> None:
        # If the application has answered without the interrupted body, no second answer is sent.
        if self._in_head or self.cycle.disconnected:
            request_id = new_request_id()
            log.info("refused before it was a complete request: %s (request %s)", refusal.status.value, request_id)
            self.transport.write(refusal.answer(self._head.target(), request_id))
        self.transport.close()

    def _give_up(self) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()
