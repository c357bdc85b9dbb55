"""A pooler in front of PostgreSQL that behaves as PgBouncer with `pool_mode = transaction`.

Each transaction gets another connection. Like PgBouncer before 1.21, it does not support prepared statements. The
server must not require a password.
"""

import socket
import struct
import threading
from itertools import cycle
from pathlib import Path

from sqlalchemy.engine import make_url

_NO_TLS_CODES = (80877103, 80877104)  # those of a request for TLS, and for GSSAPI
_WELCOME = b"R" + struct.pack("!ii", 8, 0)
_SETTINGS = {"client_encoding": "UTF8", "server_version": "18.0", "standard_conforming_strings": "on"}


class Pooler:
    """Listens on loopback; `url` leads through it to the database of a PostgreSQL URL, over a few connections."""

    def __init__(self, url: str, connections: int = 3) -> None:
        parsed = make_url(url)
        self._target = str(Path(str(parsed.query["host"])) / f".s.PGSQL.{parsed.port or 5432}")
        self._servers = [_Stream(self._logged_in(str(parsed.database))) for _ in range(connections)]
        self._in_turn = cycle(self._servers)
        self._turn = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        through = parsed.set(host="127.0.0.1", port=self._listener.getsockname()[1], query={})
        self.url = through.render_as_string(hide_password=False)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for server in self._servers:
            server.socket.close()

    def _logged_in(self, database: str) -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        body = struct.pack("!i", 196608) + f"user\0postgres\0database\0{database}\0\0".encode()
        server.sendall(struct.pack("!i", len(body) + 4) + body)
        stream = _Stream(server)
        while stream.message()[:1] != b"Z":
            pass
        return server

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                self._welcome(client)
                stream = _Stream(client)
                while (first := stream.message())[:1] != b"X":
                    with self._turn:  # one transaction at a time, which is enough for a test
                        self._transaction(stream, first, next(self._in_turn))
            except (OSError, EOFError):
                return

    def _welcome(self, client: socket.socket) -> None:
        stream = _Stream(client)
        while struct.unpack("!i", stream.startup()[4:8])[0] in _NO_TLS_CODES:
            client.sendall(b"N")
        told = b"".join(_message(b"S", f"{name}\0{value}\0".encode()) for name, value in _SETTINGS.items())
        client.sendall(_WELCOME + told + _message(b"K", struct.pack("!ii", 1, 1)) + _message(b"Z", b"I"))

    def _transaction(self, client: "_Stream", message: bytes, server: "_Stream") -> None:
        """Forward messages of the client until the server is out of a transaction and has nothing left to send."""
        while True:
            server.socket.sendall(message)
            if message[:1] in (b"S", b"Q") and self._answered(client, server):
                return
            message = client.message()

    def _answered(self, client: "_Stream", server: "_Stream") -> bool:
        while True:
            answer = server.message()
            client.socket.sendall(answer)
            if answer[:1] == b"Z":
                return answer[5:6] == b"I"


class _Stream:
    """Reads messages of PostgreSQL's protocol."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._buffer = b""

    def message(self) -> bytes:
        return self._of_length(1)

    def startup(self) -> bytes:
        return self._of_length(0)

    def _of_length(self, before: int) -> bytes:
        head = self._peek(before + 4)
        size = before + struct.unpack("!i", head[before:])[0]
        whole = self._peek(size)
        self._buffer = self._buffer[size:]
        return whole

    def _peek(self, size: int) -> bytes:
        while len(self._buffer) < size:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self._buffer += more
        return self._buffer[:size]


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
