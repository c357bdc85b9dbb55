"""Counts how often a gateway waits for PostgreSQL, by a proxy in front of it."""

import socket

from tests.forwarding import Forwarder


class RoundTrips(Forwarder):
    """A proxy before PostgreSQL that counts round trips."""

    def __init__(self, url: str) -> None:
        self._count = 0
        self._spoke: dict[socket.socket, socket.socket] = {}
        super().__init__(url)

    def taken(self) -> int:
        """Return the number since the last call, on all connections."""
        count, self._count = self._count, 0
        return count

    def _pass_on(self, data: bytes, source: socket.socket, client: socket.socket, server: socket.socket) -> bool:
        self._count += source is client and self._spoke.get(client) is not client
        self._spoke[client] = source
        return super()._pass_on(data, source, client, server)
