"""Connections to the gateway on which tests send any bytes and read the answers."""

import json
import socket
import time


class Connection:
    """A socket to the gateway, and the answers that arrive on it."""

    def __init__(self, raw, key):
        self._raw, self._key = raw, key
        self._said = raw.makefile("rb")

    def send(self, *pieces: bytes, pause: float = 0.02) -> None:
        """Send each piece in a separate packet, with the company's key in place of `KEY`."""
        for piece in pieces:
            self._raw.sendall(piece.replace(b"KEY", self._key.encode()))
            time.sleep(pause if len(pieces) > 1 else 0)

    def end(self) -> None:
        """Close the sending side only."""
        self._raw.shutdown(socket.SHUT_WR)

    def answer(self) -> tuple[int, object]:
        """Return the status of the next answer and its JSON, if it has any; status 0 if the connection is closed."""
        line = self._said.readline()
        if not line:
            return 0, None
        status = int(line.split()[1])
        headers = dict(each.strip().lower().split(b": ", 1) for each in iter(self._said.readline, b"\r\n"))
        body = self._said.read(int(headers.get(b"content-length", b"0")))
        return status, json.loads(body) if body and b"json" in headers.get(b"content-type", b"") else None

    def statuses(self, number: int) -> list[int]:
        """Return the statuses of the next answers."""
        return [self.answer()[0] for _ in range(number)]

    def is_silent(self) -> bool:
        """Return whether nothing arrives for a while, not even the end of the connection."""
        self._raw.settimeout(0.3)
        try:
            return not self._raw.recv(1, socket.MSG_PEEK) and False
        except TimeoutError:
            return True
        finally:
            self._raw.settimeout(60)


def post(path: bytes, body: bytes, more: bytes = b"", verb: bytes = b"POST") -> tuple[bytes, bytes]:
    """Return the head and the body of a request with the company's key."""
    head = b"%s %s HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: KEY\r\nAuthorization: Bearer KEY\r\n" % (verb, path)
    return head + b"Content-Type: application/json\r\nContent-Length: %d\r\n%s\r\n" % (len(body), more), body
