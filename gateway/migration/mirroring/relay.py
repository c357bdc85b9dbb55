"""Passes bytes between a caller and the old system: one connection there for each one here, never shared.

Nothing is parsed, changed, or buffered beyond a window, so everything works as without the mirror: order and spelling
of headers, chunks, interim answers, trailers, upgrades, half-closed and broken connections.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.migration.mirroring.observer import Observer
from gateway.migration.mirroring.refusing import Refusing

_CONNECT_SECONDS = 30.0
_WINDOW = 256 * 1024  # bytes waiting in this process before reading from the other side pauses
_HALF_CLOSED_SECONDS = 60.0
_POLL_SECONDS = 0.05
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Address:
    """The address of the old system; `tls` if it uses TLS."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None


class _Side(asyncio.Protocol):
    """One of the two sockets of a connection. What arrives is given to the observer and written to the other."""

    def __init__(self, observe: Callable[[bytes], None]) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Side | None = None
        self.ended: Callable[[], None] = lambda: None
        self._observe = observe

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=_WINDOW)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        other = self.other.transport if self.other is not None else None
        if other is not None and not other.is_closing():
            other.write(data)
        self._observe(data)

    def eof_received(self) -> bool:
        """Half-close the other side too; both are closed when the other half ends as well."""
        self._observe(b"")
        other = self.other.transport if self.other is not None else None
        if other is not None and other.can_write_eof():
            other.write_eof()
        return self.transport is not None and self.transport.can_write_eof()

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        other = self.other.transport if self.other is not None else None
        if other is not None:
            _reset(other) if error is not None else other.close()
        self.ended()


def _reset(transport: asyncio.Transport) -> None:
    """Reset a connection as the other one was reset, once pending bytes have been sent."""
    if transport.get_write_buffer_size():
        transport.close()
        return
    found = transport.get_extra_info("socket")
    if found is not None and found.fileno() != -1:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


@dataclass(eq=False)
class Connection:
    """A caller's connection and its connection to the old system."""

    old: Address
    observer: Observer
    gone: Callable[["Connection"], None]
    failed: Callable[[OSError], None]
    caller: _Side = field(init=False)
    system: _Side = field(init=False)
    _open: int = 2

    def __post_init__(self) -> None:
        self.caller = _Caller(self.observer.sent, self)
        self.system = _Side(self.observer.answered)
        self.caller.ended = self.system.ended = self._ended

    async def finish(self) -> None:
        """Close once all answers in progress have been sent: TLS in asyncio has no half-closed connections."""
        for _ in range(int(_HALF_CLOSED_SECONDS / _POLL_SECONDS)):
            if self.observer.is_idle or not self._open:
                break
            await asyncio.sleep(_POLL_SECONDS)
        self.close()

    async def connect(self) -> None:
        """Connect to the old system; if it does not answer, send 502 to the caller."""
        assert self.caller.transport is not None
        self.caller.transport.pause_reading()
        loop = asyncio.get_running_loop()
        host, port, tls = self.old.host, self.old.port, self.old.tls
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await loop.create_connection(lambda: self.system, host, port, ssl=tls)
        except OSError as error:
            self.failed(error)
            self._refuse()
            return
        if self.caller.transport.is_closing():
            self.close()
            return
        self.caller.other, self.system.other = self.system, self.caller
        self.caller.transport.resume_reading()

    def _refuse(self) -> None:
        assert self.caller.transport is not None
        self._ended()
        if not self.caller.transport.is_closing():
            self.caller.transport.set_protocol(Refusing(self.caller.transport, self._ended))

    def close(self) -> None:
        """Close both connections, discarding pending bytes."""
        for side in (self.caller, self.system):
            if side.transport is not None:
                side.transport.close()

    def _ended(self) -> None:
        self._open -= 1
        if self._open <= 0:
            self.observer.close()
            self.gone(self)


class _Caller(_Side):
    """The caller's socket, which connects to the old system once it is open."""

    def __init__(self, observe: Callable[[bytes], None], connection: Connection) -> None:
        super().__init__(observe)
        self._connection = connection
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._task = asyncio.ensure_future(self._connection.connect())

    def eof_received(self) -> bool:
        """Note that the caller sends nothing more, but may wait for answers."""
        if self.other is not None and self._connection.old.tls is not None:
            self._task = asyncio.ensure_future(self._connection.finish())
        return super().eof_received()


class Relay:
    """Accepts connections of callers.

    `observe` returns an observer for each, `failed` is called with the error if the old system cannot be reached.
    """

    def __init__(self, old: Address, observe: Callable[[], Observer], failed: Callable[[OSError], None]) -> None:
        self._old = old
        self._observe = observe
        self._failed = failed
        self._connections: set[Connection] = set()

    def connection(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        made = Connection(self._old, self._observe(), self._connections.discard, self._failed)
        self._connections.add(made)
        return made.caller

    async def drain(self, seconds: float) -> None:
        """Close connections as soon as no request is in progress on them, and all of them after so many seconds."""
        ends = asyncio.get_running_loop().time() + seconds
        while self._connections and asyncio.get_running_loop().time() < ends:
            for each in [each for each in self._connections if each.observer.is_idle]:
                each.close()
            await asyncio.sleep(_POLL_SECONDS)
        for each in [*self._connections]:
            each.close()
