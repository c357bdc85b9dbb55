"""A subscriber on this machine, which notes the messages of webhooks."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

GONE, BUSY = "/gone", "/busy"
"""The paths of a subscriber that wants no more messages (410), and of one that is busy at first (503)."""


@dataclass(frozen=True)
class Message:
    """A request to a subscriber; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def client(self) -> dict[str, Any]:
        """The client in the message; `{}` if the content is no JSON object."""
        try:
            found = json.loads(self.content)
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {}


@contextmanager
def receiving() -> Iterator[tuple[str, list[Message]]]:
    """Yield the URL of a subscriber, and the messages that it has received so far, until the block ends."""
    received: list[Message] = []

    class Subscriber(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_first = all(each.path != self.path for each in received)
            received.append(Message(self.command, self.path, headers, content))
            self.send_response(410 if self.path == GONE else 503 if self.path == BUSY and is_first else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_POST

        def log_message(self, *_arguments: object) -> None:
            """Do nothing: what was received is compared."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Subscriber) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
