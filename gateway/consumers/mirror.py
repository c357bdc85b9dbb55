"""A server for requests that a proxy mirrors, as nginx's `mirror` does: each is recorded, and answered 204."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gateway.consumers.archives import Exchange
from gateway.consumers.traffic import Request, key_in, name_of, sent
from gateway.consumers.validation import Validation

_MAX_BYTES = 2 * 1024 * 1024  # of a body that is looked at


class Mirror(ThreadingHTTPServer):
    """A server for mirrored requests. The proxy may send the status of the response as `X-Mirrored-Status`."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], validation: Validation) -> None:
        self.validation = validation
        self.lock = threading.Lock()
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Mirror

    def handle_one_request(self) -> None:
        """Record a request of any method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        request, key = self._record_request()
        with self.server.lock:
            self.server.validation.add(request, key)
        self.send_response(204)
        self.end_headers()

    def _record_request(self) -> tuple[Request, str]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        exchange = Exchange(self.command, self.path, headers, self._body(), 0, "", None)
        key, status = key_in(headers), headers.get("x-mirrored-status", "")
        known = int(status) if status.isdecimal() else 0
        request = Request(
            name_of(key), self.command, self.path, known, True, exchange.content_type, sent(exchange), "", None
        )
        return request, key

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        if size > _MAX_BYTES or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # the rest is not read
            return b""
        return self.rfile.read(size)

    def log_message(self, *_arguments: Any) -> None:
        """Do nothing: single requests are not logged."""
