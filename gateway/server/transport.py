"""Sends answers: in few system calls, and completely, even if the peer is still sending when they are written."""

import asyncio
from collections.abc import Callable
from typing import Any

MAX_WAITING_BYTES = 64 * 1024
LINGER_SECONDS = 10.0
LAST_LINGER_SECONDS = 1.0  # while the server stops
MAX_LINGER_BYTES = 1024 * 1024
STALL_TIMEOUT = 60.0  # seconds within which a peer must read some of the data that waits for it


class Transport:
    """A transport that sends what was written in one turn of the event loop when that turn's work is done.

    So a response needs one system call instead of two, and the responses to requests that arrived together wake their
    reader once. Large data is sent at once, so that flow control works.

    If `is_peer_sending` at the end, the connection is closed in two steps (RFC 9112, section 9.6): closing a socket
    with unread bytes makes the system reset the connection, and a reset can destroy the answer on its way. A peer that
    reads nothing is disconnected, also at the end: otherwise it would keep the connection for good.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop, is_peer_sending: Callable[[], bool]) -> None:
        self._transport = transport
        self._loop = loop
        self._is_peer_sending = is_peer_sending
        self._waiting = b""
        self._is_closing = False
        self._discarded = 0
        self._sent = 0  # bytes passed to the transport
        self._linger_seconds = LINGER_SECONDS
        self._linger: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send data soon, in order; nothing is sent after the end."""
        if self._is_closing:
            return
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting += data
        if len(self._waiting) > MAX_WAITING_BYTES:
            self._flush()

    def is_closing(self) -> bool:
        """Return whether the transport is closing, so that nothing more may be written."""
        return self._is_closing or bool(self._transport.is_closing())

    def close(self) -> None:
        """Send waiting data, then the end, and close: at once, or when the peer has ended too."""
        if self.is_closing():
            return
        self._is_closing = True
        self._flush()
        if self._is_peer_sending() and self._transport.can_write_eof():
            self._transport.write_eof()
            self._linger = self._loop.call_later(self._linger_seconds, self._transport.close)
        else:
            self._transport.close()
        if self._transport.get_write_buffer_size():
            self.start_stall_timer()

    def shorten_linger(self) -> None:
        """Wait less for a peer that does not close its side, now and later, because the server stops."""
        self._linger_seconds = LAST_LINGER_SECONDS
        if self._linger is not None:
            self._linger.cancel()
            self._linger = self._loop.call_later(self._linger_seconds, self._transport.close)

    def discard(self, size: int) -> None:
        """Count bytes that the peer has sent after the end; close without waiting for a peer that sends too many."""
        self._discarded += size
        if self._discarded > MAX_LINGER_BYTES:
            self._transport.close()

    def close_now(self) -> None:
        """Close without waiting for the peer."""
        self._is_closing = True
        self._flush()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self.start_stall_timer()

    def start_stall_timer(self) -> None:
        """Disconnect the peer if it reads none of the waiting data within `STALL_TIMEOUT`."""
        if self._stall is None:
            self._stall = self._loop.call_later(STALL_TIMEOUT, self._check, self._delivered())

    def cancel_timers(self) -> None:
        """Cancel the timers, because the connection is lost."""
        for timer in (self._linger, self._stall):
            if timer is not None:
                timer.cancel()

    def _check(self, delivered_before: int) -> None:
        self._stall = None
        if not self._transport.get_write_buffer_size():
            return
        if self._delivered() > delivered_before:
            self.start_stall_timer()
        else:
            self._transport.abort()

    def _delivered(self) -> int:
        return self._sent - int(self._transport.get_write_buffer_size())

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, b""
        if waiting and not self._transport.is_closing():
            self._sent += len(waiting)
            self._transport.write(waiting)
