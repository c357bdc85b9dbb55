"""A connection to PostgreSQL that tests can interrupt: a TCP proxy in front of the server's Unix socket."""

import select
import socket
import threading
from pathlib import Path

from sqlalchemy.engine import make_url


class Line:
    """Listens on loopback and forwards to the server of a PostgreSQL URL; `url` leads through it."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.lead_to(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        through = parsed.set(host="127.0.0.1", port=self._listener.getsockname()[1], query={})
        self.url = through.render_as_string(hide_password=False)
        self._is_cut = False
        self._script: list[bytes] = []
        self._speaker: socket.socket | None = None
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, url: str) -> None:
        """Direct new connections to another server; open ones stay."""
        parsed = make_url(url)
        host, port = parsed.query.get("host"), parsed.port or 5432
        self._target = str(Path(str(host)) / f".s.PGSQL.{port}") if host else (parsed.host, port)

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._is_cut = True
        self._hang_up()

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    def lose_answer_to(self, *words: bytes) -> None:
        """Wait for each of these in turn on one connection; forward the last and break off before its answer, once."""
        self._script, self._speaker = list(words), None

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _hang_up(self) -> None:
        for each in self._open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
            server.connect(self._target)
            self._open += [client, server]
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            while True:
                for source in select.select([client, server], [], [])[0]:
                    try:
                        data = source.recv(65536)
                        if not data:
                            return
                        (server if source is client else client).sendall(data)
                    except OSError:
                        return
                    if source is client and self._is_last_word(data, client):
                        server.recv(65536)  # done, and nobody will ever hear of it
                        return

    def _is_last_word(self, data: bytes, client: socket.socket) -> bool:
        # Others, such as the housekeeper, commit meanwhile.
        while self._script and self._speaker in (None, client) and self._script[0] in data:
            self._speaker = client
            if len(self._script) == 1:
                self._script = []
                return True
            data = data[data.index(self._script.pop(0)) :]
        return False
