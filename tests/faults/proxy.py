"""A connection to PostgreSQL that tests can interrupt, or make silent."""

import socket
import threading
from contextlib import suppress

from tests.forwarding import Forwarder


class Line(Forwarder):
    """A proxy in front of PostgreSQL that breaks connections, or holds back the bytes on them."""

    def __init__(self, url: str) -> None:
        self._is_cut = False
        self._script: list[bytes] = []
        self._speaker: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        super().__init__(url)

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        with self._lock:
            self._is_cut, opened, self._open = True, self._open, []
        for each in opened:
            _hang_up(each)

    def silence(self) -> None:
        """Accept connections and bytes, and forward nothing, like a suspended server."""
        self._flows.clear()

    def mend(self) -> None:
        """Forward bytes again, beginning with those that were held back."""
        self._is_cut = False
        self._flows.set()

    def lose_answer_to(self, *words: bytes) -> None:
        """Wait for each of these in turn on one connection; forward the last and break off before its answer, once."""
        self._script, self._speaker = list(words), None

    def close(self) -> None:
        super().close()
        self.cut()
        self._flows.set()

    def _is_let_in(self) -> bool:
        return not self._is_cut

    def _opened(self, client: socket.socket, server: socket.socket) -> None:
        with self._lock:
            is_late = self._is_cut  # it was let in before the cut
            self._open += [client, server]
        if is_late:
            _hang_up(client)

    def _pass_on(self, data: bytes, source: socket.socket, client: socket.socket, server: socket.socket) -> bool:
        self._flows.wait()
        super()._pass_on(data, source, client, server)
        if source is client and self._is_last_word(data, client):
            server.recv(65536)  # executed, but the answer is never delivered
            return False
        return True

    def _is_last_word(self, data: bytes, client: socket.socket) -> bool:
        # Others, such as the housekeeper, commit meanwhile.
        while self._script and self._speaker in (None, client) and self._script[0] in data:
            self._speaker = client
            if len(self._script) == 1:
                self._script = []
                return True
            data = data[data.index(self._script.pop(0)) :]
        return False


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
