"""A TCP proxy before a PostgreSQL server, for tests that look at what is sent or interfere with it."""

import select
import socket
import threading
from pathlib import Path

from sqlalchemy.engine import make_url


class Forwarder:
    """Listens on loopback and forwards to the server of a PostgreSQL URL; `url` leads through it."""

    def __init__(self, url: str) -> None:
        self.lead_to(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        through = make_url(url).set(host="127.0.0.1", port=self._listener.getsockname()[1], query={})
        self.url = through.render_as_string(hide_password=False)
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, url: str) -> None:
        """Lead new connections to another server; those that are open stay."""
        parsed = make_url(url)
        host, port = parsed.query.get("host"), parsed.port or 5432
        self._target = str(Path(str(host)) / f".s.PGSQL.{port}") if host else (parsed.host, port)

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()

    def _is_let_in(self) -> bool:
        """Whether a new connection is forwarded."""
        return True

    def _opened(self, client: socket.socket, server: socket.socket) -> None:
        """A connection begins to be forwarded."""

    def _pass_on(self, data: bytes, source: socket.socket, client: socket.socket, server: socket.socket) -> bool:
        """Send what the source has said to the other side; whether to go on with this connection."""
        (server if source is client else client).sendall(data)
        return True

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._is_let_in():
                client.close()
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
            server.connect(self._target)
            self._opened(client, server)
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            while True:
                for source in select.select([client, server], [], [])[0]:
                    try:
                        data = source.recv(1 << 16)
                        if not data or not self._pass_on(data, source, client, server):
                            return
                    except OSError:
                        return
