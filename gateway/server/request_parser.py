"""Parses the requests of one connection: by httptools, or by h11 (`strict_parser`) if httptools would misread one."""

from typing import Any
from urllib.parse import unquote

import httptools

from gateway.server.heads import MAX_HEAD_BYTES, Framing, verb_of
from gateway.server.strict_parser import Receiver, StrictParser

MAX_CHUNKED_BYTES = 16 * 1024  # of a chunked body per turn: more would take too long if the chunks are tiny

_FAST_VERBS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"})


class NeedsStrictParser(Exception):
    """httptools would misread this request; raised inside of its callbacks."""


class RequestParser:
    """Calls the receiver for what it parses. Each request is fed as a whole head and then as pieces of its body.

    `current` is the parser in use, which has the method and the version of the request.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._body_left = 0  # bytes, of a body that httptools reads; h11 finds the end by itself
        self.current: Any = httptools.HttpRequestParser(receiver)

    def feed_head(self, head: bytes) -> None:
        """Parse a head. Raises `Refused`, and `httptools.HttpParserError`."""
        if verb_of(head) in _FAST_VERBS:
            try:
                self.current.feed_data(head)
                return
            except httptools.HttpParserCallbackError as error:
                if not isinstance(error.__context__, NeedsStrictParser):
                    raise
        self._feed_strictly(StrictParser(self._receiver, MAX_HEAD_BYTES), head)

    def begin_body(self, framing: Framing) -> None:
        """Note how the request continues after its head. Raises `NeedsStrictParser`."""
        is_fast = not isinstance(self.current, StrictParser)
        if is_fast and (framing.is_chunked or self.current.should_upgrade()):
            raise NeedsStrictParser
        self._body_left = framing.length

    def feed_body(self, data: bytes) -> bytes:
        """Parse a piece of a body, and return the bytes after the piece. Raises as `feed_head` does."""
        if isinstance(self.current, StrictParser):
            parser = self.current
            self._feed_strictly(parser, data[:MAX_CHUNKED_BYTES])
            rest = data[MAX_CHUNKED_BYTES:]
            return parser.rest + rest if parser.is_complete else rest
        piece = data if len(data) <= self._body_left else data[: self._body_left]
        self._body_left -= len(piece)
        self.current.feed_data(piece)
        return data[len(piece) :]

    def complete_scope(self, scope: Any, url: bytes, root_path: str) -> None:
        """Add to an ASGI scope what the request line says. Raises httptools' error of an invalid target."""
        parsed = httptools.parse_url(url)
        raw_path = parsed.path or b"/"  # `http://example.org` is a target too (RFC 9112, section 3.2.2)
        path = raw_path.decode("ascii")
        scope["method"] = self.current.get_method().decode("ascii")
        scope["http_version"] = self.current.get_http_version()
        scope["path"] = root_path + (unquote(path) if "%" in path else path)
        scope["raw_path"] = root_path.encode("ascii") + raw_path
        scope["query_string"] = parsed.query or b""

    def _feed_strictly(self, parser: StrictParser, data: bytes) -> None:
        self.current = parser
        parser.feed_data(data)
        if parser.is_complete:
            self.current = httptools.HttpRequestParser(self._receiver)
