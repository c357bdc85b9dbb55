"""A subscriber for testing webhooks: it verifies signatures and prints messages."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from core.query import Record

_MAX_BYTES = 10 * 1024 * 1024
_TIMEOUT_SECONDS = 15
GOOD, BAD, NONE = "good", "bad", "none"

Secrets = Callable[[], Mapping[int, str]]
"""Returns the secrets that a signature may use, by the id of the webhook, or 0 if that is not known."""


class Receiver:
    """Verifies messages and passes each to `show`, one at a time."""

    def __init__(self, secrets: Secrets, show: Callable[[Record], None]) -> None:
        self._find_secrets = secrets
        self._secrets: Mapping[int, str] = {}
        self._show = show
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def take(self, headers: Mapping[str, str], body: bytes, answer: Callable[[int], None]) -> None:
        """Receive one message: answer with a status, then show it. Showing the last one may end the program."""
        with self._lock:
            signature, webhook_id = self._signature(headers, body)
            message_id = headers.get("webhook-id", "")
            seen = {"id": message_id, "is_repeated": bool(message_id) and message_id in self._seen}
            self._seen.add(message_id)
            answer(401 if signature == BAD else 204)
            self._show({**seen, "signature": signature, "webhook_id": webhook_id, "body": _parsed(body)})

    def _signature(self, headers: Mapping[str, str], body: bytes) -> tuple[str, int | None]:
        if "webhook-signature" not in headers:
            return NONE, None
        for again in (False, True):
            if again:  # a webhook may have been added meanwhile
                self._secrets = self._find_secrets()
            for webhook_id, secret in self._secrets.items():
                if _is_signed(secret, headers, body):
                    return GOOD, webhook_id or None
        return BAD, None


@contextmanager
def receiving(host: str, port: int, receiver: Receiver) -> Iterator[int]:
    """Receive on an address until the block ends; yields the port. Raises `OSError`."""
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    with ThreadingHTTPServer((host, port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    timeout = _TIMEOUT_SECONDS

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _MAX_BYTES:
            self._answer(413 if length.isdecimal() else 411)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.take(headers, self.rfile.read(int(length)), self._answer)

    def do_PUT(self) -> None:
        self.do_POST()

    def do_GET(self) -> None:
        self._answer(405)

    def log_message(self, *_arguments: object) -> None:
        """Do nothing: the receiver shows the messages."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):
        return False
    return True


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")
