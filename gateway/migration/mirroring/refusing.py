"""Answers a caller if the old system cannot be reached: 502, once the head of the request has arrived."""

import asyncio
from collections.abc import Callable

_BODY = b"The system behind this proxy does not answer.\n"
_HEAD = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
_ANSWER = _HEAD % len(_BODY) + _BODY
_MAX_HEAD = 64 * 1024
_SECONDS = 5.0  # for the head, and for what is sent after it


class Refusing(asyncio.Protocol):
    """Answers one request, and reads the rest of it, because a reset could destroy the answer."""

    def __init__(self, transport: asyncio.Transport, ended: Callable[[], None]) -> None:
        self._transport = transport
        self._ended = ended
        self._head = bytearray()
        self._is_answered = False
        self._timer = asyncio.get_running_loop().call_later(_SECONDS, transport.abort)
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Wait for the end of the head."""
        if self._is_answered:
            return
        self._head += data
        if b"\r\n\r\n" in self._head or len(self._head) > _MAX_HEAD:
            self._is_answered = True
            self._head.clear()
            self._transport.write(_ANSWER)
            if self._transport.can_write_eof():
                self._transport.write_eof()

    def connection_lost(self, _error: Exception | None) -> None:
        """Note that the caller has closed the connection."""
        self._timer.cancel()
        self._ended()
