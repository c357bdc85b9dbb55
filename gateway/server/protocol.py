"""The HTTP/1.1 side of a connection: uvicorn's httptools protocol, made to conform strictly to RFC 9112.

The bytes of a connection are split where a request's head and its body end, and never changed: however they were split
into packets, the parsers see the same. A head is parsed when it is complete; requests that the fast parser cannot read
are read by h11 (`strict_parser`). A refusal is sent after the answers to earlier requests, and ends the connection.

A request is read when the one before it has been answered and its body was read: until then the bytes wait, and no more
are taken from the connection. So a connection costs one request, however many are sent at once. What comes before a
request's body is limited in size and time, which uvicorn leaves to a proxy: nobody can make the gateway hold endless
headers, or sockets without requests.
"""

import asyncio
import logging
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dialects.shared.waiting import PEER_WAITS
from gateway.server.cycle import Cycle, ExpectingCycle, Flow
from gateway.server.heads import (
    END_OF_HEAD,
    MAX_HEAD_BYTES,
    Framing,
    framing_of,
    may_become_a_head,
    target_of,
    verb_of,
)
from gateway.server.refusal import BAD_REQUEST, TOO_LARGE, TOO_SLOW, Refusal, Refused, new_request_id
from gateway.server.strict_parser import StrictParser
from gateway.server.transport import Transport

log = logging.getLogger(__name__)

HEAD_TIMEOUT = 20.0  # seconds
DISCARD_TIMEOUT = 30.0  # seconds for reading the rest of a body that is discarded
MAX_CHUNKED_BYTES = 16 * 1024  # of a chunked body per turn: more would take too long if the chunks are tiny

_FAST_VERBS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})


class _NeedsStrictParser(Exception):
    """The fast parser would misread this request."""


class HttpProtocol(HttpToolsProtocol):
    """One connection. Each of its requests gets its own answer, in order."""

    parser: Any
    transport: Any
    cycle: Any
    on_response: Any
    flow: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread = b""  # bytes that must wait: for the answer to the request before, or for their turn
        self._is_resting = False  # other connections have their turn
        self._head = bytearray()  # of the next request, as far as it is there
        self._last_head = b""
        self._in_head = True
        self._body_left = 0  # bytes, of a body that the fast parser reads
        self._is_last = False  # the server stops or hands over
        self._stopped = False  # further bytes are not read
        self._has_ended = False  # the peer sends no more
        self._refusal: Refusal | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Accept a connection."""
        super().connection_made(cast("asyncio.Transport", Transport(transport, self.loop, self._is_peer_sending)))
        self.flow = Flow(self.transport)
        self._wait_at_most(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Release a connection."""
        self._wait_no_longer()
        self._unread = b""
        self.transport.stop_watching()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Finish the request in progress and then close, because the server stops (uvicorn)."""
        self._is_last = True
        self.transport.hurry()
        super().shutdown()

    def finish(self) -> None:
        """Close after the answer in progress or, if idle, after the next one: another server takes over."""
        self._is_last = True
        if not self._is_answered() and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def pause_writing(self) -> None:
        """Note that the peer reads too slowly. A peer that reads nothing at all is not waited for."""
        super().pause_writing()
        self.transport.watch()

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
        """Note that the peer sends no more.

        It may still read, so complete requests are answered (RFC 9112, section 9.6).
        """
        self._has_ended = True
        self._read_on()
        return True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Begin a request. Raises `Refused`, `_NeedsStrictParser`, and the error of an invalid target."""
        framing = framing_of(self.parser.get_http_version(), self.headers)
        if not isinstance(self.parser, StrictParser) and (framing.is_chunked or self.parser.should_upgrade()):
            raise _NeedsStrictParser
        self._complete_scope()
        if self.scope["method"] == "CONNECT":
            framing.keep_alive = False  # the following bytes were meant for the tunnel, which is not opened
        self._begin(framing)
        self._in_head, self._body_left = False, framing.length
        self._wait_no_longer()

    def on_body(self, body: bytes) -> None:
        """Pass on a piece of the body, unless its request is answered already."""
        if self.cycle.response_complete:
            return
        self.cycle.body += body
        if len(self.cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        self.cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Wait for the next request, if there is to be one."""
        self._in_head = True
        self._stopped = not self.cycle.keep_alive
        if self._deadline is not None:
            self._wait_no_longer()
        if not self.cycle.response_complete:
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Continue with what waited for this response."""
        self.flow.release()
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
            self._wait_at_most(DISCARD_TIMEOUT)

    def _read_on(self) -> None:
        """Read the bytes that have arrived, up to a request that must wait, and at most a turn's worth."""
        data, self._unread = self._unread, b""
        try:
            while data and not self._stopped and not self.transport.is_closing():
                if self._is_resting or (self._in_head and not self._is_answered()):
                    self._unread = data
                    self.flow.hold()
                    return
                data = self._take_head(data) if self._in_head else self._take_body(data)
        except Refused as refused:
            self._refuse(refused.refusal)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.refusal if isinstance(cause, Refused) else BAD_REQUEST)
        if self._has_ended:
            self._end()

    def _rest(self) -> None:
        """Let other connections have their turn before reading on."""
        self._is_resting = True
        self.loop.call_soon(self._read_on_rested)

    def _read_on_rested(self) -> None:
        self._is_resting = False
        if self._unread:
            self.flow.release()
            self._read_on()

    def _end(self) -> None:
        if self._head or not self._in_head:
            self._refuse(BAD_REQUEST)
        self._stopped = True
        if self._is_answered() or self.transport.is_closing():
            self.transport.close_now()

    def _take_head(self, data: bytes) -> bytes:
        """Parse a head once it is complete, and return the bytes after it."""
        known = len(self._head)
        piece: bytes | bytearray = self._head
        if known:
            piece += data
        else:
            piece = data.lstrip(b"\r\n")  # RFC 9112, section 2.2: blank lines between requests are ignored
        end = piece.find(END_OF_HEAD, max(0, known - 3))
        if end < 0:
            self._wait_for_more(piece, known)
            return b""
        end += len(END_OF_HEAD)
        head, rest = bytes(piece[:end]), bytes(piece[end:])
        if known:
            self._head = bytearray()
        self._last_head = head
        self._read(head)
        return rest

    def _wait_for_more(self, piece: bytes | bytearray, known: int) -> None:
        self._head = piece if isinstance(piece, bytearray) else bytearray(piece)
        if len(piece) > MAX_HEAD_BYTES:
            raise Refused(TOO_LARGE)
        if piece and not may_become_a_head(piece, known):
            raise Refused(BAD_REQUEST)
        if self._deadline is None:
            self._wait_at_most(HEAD_TIMEOUT)

    def _read(self, head: bytes) -> None:
        if len(head) > MAX_HEAD_BYTES:
            raise Refused(TOO_LARGE)
        if verb_of(head) in _FAST_VERBS:
            try:
                self.parser.feed_data(head)
                return
            except httptools.HttpParserCallbackError as error:
                if not isinstance(error.__context__, _NeedsStrictParser):
                    raise
        self.parser = StrictParser(self, MAX_HEAD_BYTES)
        self.parser.feed_data(head)
        if self._in_head:
            self.parser = httptools.HttpRequestParser(self)

    def _take_body(self, data: bytes) -> bytes:
        """Read a piece of a body, and return the bytes after its end."""
        if isinstance(self.parser, StrictParser):
            piece, rest = data[:MAX_CHUNKED_BYTES], data[MAX_CHUNKED_BYTES:]
            self.parser.feed_data(piece)
            if self._in_head:
                rest, self.parser = self.parser.rest + rest, httptools.HttpRequestParser(self)
            elif rest:
                self._rest()
            return rest
        piece = data if len(data) <= self._body_left else data[: self._body_left]
        self._body_left -= len(piece)
        self.parser.feed_data(piece)
        return data[len(piece) :]

    def _complete_scope(self) -> None:
        url = httptools.parse_url(self.url)
        raw_path = url.path or b"/"  # `http://example.org` is a target too (RFC 9112, section 3.2.2)
        path = raw_path.decode("ascii")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = self.parser.get_http_version()
        self.scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        self.scope["raw_path"] = self.root_path.encode("ascii") + raw_path
        self.scope["query_string"] = url.query or b""
        self.scope[PEER_WAITS] = self._peer_waits  # type: ignore[literal-required]

    def _peer_waits(self) -> bool:
        """Return whether the peer may still wait for an answer, and the server has time for it."""
        return not (self._is_last or self.transport.is_closing())

    def _begin(self, framing: Framing) -> None:
        is_expected = framing.wants_continue and framing.has_body
        cycle = (ExpectingCycle if is_expected else Cycle)(
            self.app,
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=is_expected,
            keep_alive=framing.keep_alive and not self._is_last,
            on_response=self.on_response_complete,
        )
        self.cycle = cycle
        self._start_asgi_task(cycle, cycle.answer)

    def _is_answered(self) -> bool:
        """Return whether no request waits for its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _is_peer_sending(self) -> bool:
        if self._has_ended:
            return False
        return self._stopped or not self._in_head or bool(self._head or self._unread)

    def _refuse(self, refusal: Refusal) -> None:
        """End the connection with this answer, after the answers to all earlier requests."""
        if self._stopped or self.transport.is_closing():
            return
        self._stopped = True
        self._wait_no_longer()
        if not self._in_head:
            self.cycle.body_failed = True
            self.cycle.message_event.set()
        self._refusal = refusal
        if self._is_answered():
            self._refuse_now(refusal)

    def _refuse_now(self, refusal: Refusal) -> None:
        # If the application answered without the interrupted body, that was the answer.
        if self._in_head or self.cycle.disconnected:
            request_id = new_request_id()
            log.info("answered before it became a request: %s (request %s)", refusal.status.value, request_id)
            self.transport.write(refusal.answer(target_of(self._head or self._last_head), request_id))
        self.transport.close()

    def _wait_at_most(self, seconds: float) -> None:
        self._wait_no_longer()
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._in_head:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()
