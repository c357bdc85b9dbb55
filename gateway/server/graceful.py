"""The HTTP server of one process, which can stop at once or hand its callers over to another process.

A stop closes idle connections and finishes the requests in progress. A hand-over breaks no connection that a caller may
be about to use: the answer to its next request has `Connection: close` (RFC 9112, section 9.6), and the caller then
connects to the process that listens on the same socket. Connections that stay idle are closed after a while.
"""

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from gateway.server.protocol import HttpProtocol

GRACE_SECONDS = 20
"""How long requests in progress may take when the server stops, and how long idle connections stay open when it hands
over."""
HAND_OVER_SECONDS = 300
"""How long requests in progress may take when the server hands over."""
HAND_OVER = signal.SIGUSR1
"""The signal with which a supervisor makes a worker hand over."""
CANNOT_START = 3
"""The exit status of a server that could not start."""

_KEEP_ALIVE_SECONDS = 75  # longer than proxies keep connections, so that none is closed while a request arrives on it
_TICK_SECONDS = 0.1


def configuration() -> uvicorn.Config:
    """Return the server's configuration for this application."""
    return uvicorn.Config(
        "gateway.app:create",
        factory=True,
        access_log=False,  # the gateway writes its own
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        proxy_headers=False,  # GATEWAY_TRUSTED_PROXIES decides which to trust
        http=HttpProtocol,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _do_nothing() -> None:
    pass


class GracefulServer(uvicorn.Server):
    """Calls `started` once it serves, and `poll` ten times a second from then on until it ends."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None] = _do_nothing, poll: Callable[[], None] = _do_nothing
    ) -> None:
        super().__init__(config)
        self._is_handing_over = False
        self._report, self._poll = started, poll

    def hand_over(self) -> None:
        """End without breaking a connection that is in use."""
        self._is_handing_over = self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once, also during a hand-over."""
        if self._is_handing_over:
            self._is_handing_over = False
            self._captured_signals.append(sig)
        else:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        if self.started:
            self._report()

    async def on_tick(self, counter: int) -> bool:
        """Do periodic work. Return whether to end."""
        self._poll()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the server."""
        if self._is_handing_over:
            for listener in self.servers:
                listener.close()
            await self._finish_connections()
        await super().shutdown(sockets)

    async def _finish_connections(self) -> None:
        began, counter = time.monotonic(), 0
        # Repeatedly: a socket that was accepted before the listeners closed may become a connection only now.
        while self._is_handing_over and (connections := list(self.server_state.connections)):
            passed = time.monotonic() - began
            if passed > HAND_OVER_SECONDS:
                return
            for connection in connections:
                _finish(connection, is_patient=passed < GRACE_SECONDS)
            await asyncio.sleep(_TICK_SECONDS)
            counter += 1
            await self.on_tick(counter)


def _finish(connection: Any, is_patient: bool) -> None:
    if is_patient:
        connection.finish()
    else:
        connection.shutdown()
