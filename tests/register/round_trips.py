"""Counts how often a gateway waits for PostgreSQL, by a proxy in front of its Unix socket."""

import select
import socket
import threading
from pathlib import Path

from sqlalchemy.engine import make_url


class RoundTrips:
    """Listens on loopback and forwards to the server of a PostgreSQL URL; `url` leads through it."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._target = str(Path(str(parsed.query["host"])) / f".s.PGSQL.{parsed.port or 5432}")
        self._listener = socket.create_server(("127.0.0.1", 0))
        through = parsed.set(host="127.0.0.1", port=self._listener.getsockname()[1], query={})
        self.url = through.render_as_string(hide_password=False)
        self._count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def taken(self) -> int:
        """How many since the last look, on all connections."""
        count, self._count = self._count, 0
        return count

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        spoke: socket.socket | None = None
        with client, server:
            while True:
                for source in select.select([client, server], [], [])[0]:
                    data = source.recv(1 << 16)
                    if not data:
                        return
                    self._count += source is client and spoke is not client
                    spoke = source
                    (server if source is client else client).sendall(data)
