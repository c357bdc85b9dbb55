"""h11 with the interface of httptools' parser, for requests that the fast parser cannot read.

httptools has a fixed list of methods, reads no body after `Upgrade` (RFC 9110, section 7.8: a server that ignores the
upgrade must read it) and mixes the trailers of chunked bodies with the headers. Such requests are rare; h11 reads them
whole.
"""

import re
from typing import Protocol

import h11

from gateway.server.refusal import BAD_REQUEST, NOT_IMPLEMENTED, Refused

# h11 accepts lines that end in LF alone, and folded lines (RFC 9112, sections 2.2 and 5.2).
_LOOSE_LINE = re.compile(rb"(?<!\r)\n|\n[ \t]")


class Receiver(Protocol):
    """The callbacks of a parser, as httptools calls them."""

    def on_message_begin(self) -> None: ...
    def on_url(self, url: bytes) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_message_complete(self) -> None: ...


class StrictParser:
    """Parses one request; after its end, `is_complete` is true and `rest` has the bytes that follow."""

    def __init__(self, receiver: Receiver, max_head_bytes: int) -> None:
        self._receiver = receiver
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=max_head_bytes)
        self._request: h11.Request | None = None
        self.is_complete = False

    @property
    def rest(self) -> bytes:
        """The bytes after the request."""
        return self._connection.trailing_data[0]

    def feed_data(self, data: bytes) -> None:
        """Parse more bytes. Raises `Refused`."""
        if self._request is None and _LOOSE_LINE.search(data):
            raise Refused(BAD_REQUEST)
        self._connection.receive_data(data)
        try:
            while self._take(self._connection.next_event()):
                pass
        except h11.RemoteProtocolError as error:
            raise Refused(NOT_IMPLEMENTED if error.error_status_hint == 501 else BAD_REQUEST) from error

    def get_method(self) -> bytes:
        """Return the method."""
        assert self._request is not None
        return self._request.method

    def get_http_version(self) -> str:
        """Return the version, such as `1.1`."""
        assert self._request is not None
        return self._request.http_version.decode("ascii")

    def _take(self, event: object) -> bool:
        match event:
            case h11.Request():
                self._request = event
                self._begin(event)
            case h11.Data():
                self._receiver.on_body(bytes(event.data))
            case h11.EndOfMessage() | h11.PAUSED:  # h11 pauses after the head of CONNECT
                self.is_complete = True
                self._receiver.on_message_complete()
                return False
            case _:
                return False
        return True

    def _begin(self, request: h11.Request) -> None:
        self._receiver.on_message_begin()
        self._receiver.on_url(request.target)
        for name, value in request.headers:
            self._receiver.on_header(name, value)
        self._receiver.on_headers_complete()
