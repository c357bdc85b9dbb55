"""Closing a connection on which the other side still sends (RFC 9112, section 9.6).

A socket that is closed with unread bytes resets the connection, and the reset overtakes the answer: behind a proxy that
speaks HTTP/1.0, every second answer given before a large body had arrived was lost, and became a 502. So the gateway's
side is closed first, and what still comes is read and thrown away, until the other side closes too or time is up.
"""

import asyncio
from typing import Any

_MAX_SECONDS = 10.0


class _Discarding(asyncio.Protocol):
    """Reads and forgets, in place of the protocol that is done with the connection and hears of its end."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop, done: asyncio.Protocol) -> None:
        self._done = done
        self._deadline = loop.call_later(_MAX_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the first protocol know."""
        self._deadline.cancel()
        self._done.connection_lost(exc)


def close_after_reading(transport: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Close a transport whose last byte is written, once the other side has heard of it; at most 10 seconds later."""
    if transport.is_closing():
        return
    try:
        transport.write_eof()
        transport.set_protocol(_Discarding(transport, loop, transport.get_protocol()))
        transport.resume_reading()  # which flow control may have paused
    except (OSError, RuntimeError):  # the other side is gone
        transport.close()
