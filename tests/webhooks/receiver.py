"""A subscriber: an HTTP server that keeps what it is sent and answers as a test wants."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from tests.register.arranging import eventually


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    headers: dict[str, str]
    body: str
    at: float
    method: str
    target: str

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    def opened(self, secret: str) -> dict[str, Any]:
        """Return the content, after checking its signature."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """Answers with the statuses in `answers`, then 204; an answer may be an act on the request's handler instead."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.answers: list[int | Callable[[BaseHTTPRequestHandler], None]] = []
        self.finished: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers["content-length"])).decode()
                receiver.requests.append(Received(headers, body, time.monotonic(), self.command, self.path))
                answer = receiver.answers.pop(0) if receiver.answers else 204
                if callable(answer):
                    answer(self)
                else:
                    self.send_response(answer)
                    self.end_headers()
                receiver.finished.append(headers["webhook-id"])

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def speak_tls(self, key: Path, certificate: Path) -> None:
        """Speak TLS from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def waited_for(self, count: int) -> list[Received]:
        """Return the requests, once so many have arrived."""
        assert eventually(lambda: len(self.requests) >= count), [each.body[:60] for each in self.requests]
        return self.requests[:]

    def messages(self, count: int) -> list[Received]:
        """Return the first request of each message, once so many have arrived; a message may be sent again."""
        assert eventually(lambda: len({each.message_id for each in self.requests}) >= count)
        first: dict[str, Received] = {}
        for each in self.requests:
            first.setdefault(each.message_id, each)
        return list(first.values())


@contextmanager
def silent(receiver: Receiver) -> Iterator[None]:
    """Let a subscriber answer nothing until the block ends."""
    is_over = threading.Event()
    receiver.answers = [lambda _handler: is_over.wait(120)] * 100
    try:
        yield
    finally:
        receiver.answers = []
        is_over.set()


def redirecting(url: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer that leads elsewhere."""

    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", url)
        handler.end_headers()

    return redirect


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A subscriber until the block ends."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
