"""A proxy in front of a real source that fails at random, as real systems do."""

import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.loopback import answering

_SHARE = 0.2  # the share of faulty answers


@dataclass
class Misbehaving:
    """The proxy's URL, and its faults. `seed` decides which answers are wrong."""

    upstream: str
    seed: int
    url: str = ""
    did: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def chosen(self, is_list: bool) -> str:
        """Return the fault of the next answer; "" for none."""
        names = [*TRAVELS, *(PAGES if is_list else ())]
        with self._lock:
            fault = self._random.choice(names) if self._random.random() < _SHARE else ""
            self.did.update([fault] if fault else [])
        return fault


def _shifted(body: dict[str, Any], _page: int) -> None:
    """Return the page as if an earlier record had been erased: its first items are on the page before."""
    del body["data"][:3]


def _empty(body: dict[str, Any], _page: int) -> None:
    body["data"] = []


PAGES: dict[str, Callable[[dict[str, Any], int], None]] = {"a shifted page": _shifted, "an empty page": _empty}
REPEATED = "the page before once more"
TRAVELS = ("429", "503", "a reset", "a body that breaks off", "a slow body", REPEATED)


@contextmanager
def misbehaving(upstream: str, seed: int) -> Iterator[Misbehaving]:
    """Serve on a loopback port until the block ends."""
    proxy = Misbehaving(upstream, seed)

    class Handler(_Handler):
        source = proxy

    with answering(Handler) as proxy.url:
        yield proxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    source: Misbehaving

    def do_GET(self) -> None:
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["0"])[0])
        fault = self.source.chosen(is_list=page > 0)
        path = self.path.replace(f"page={page}", f"page={page - 1}") if fault == REPEATED and page > 1 else self.path
        status, body = self._upstream_answer(path)
        if fault in PAGES and status == 200:
            tree = orjson.loads(body)
            PAGES[fault](tree, page)
            body = orjson.dumps(tree)
        with suppress(OSError):
            self._answer(fault, status, body)

    def _upstream_answer(self, path: str) -> tuple[int, bytes]:
        upstream = urlsplit(self.source.upstream)
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=120)
        try:
            passed = {name: value for name, value in self.headers.items() if name.lower() in _PASSED}
            connection.request("GET", path, headers=passed)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _answer(self, fault: str, status: int, body: bytes) -> None:
        if fault in ("429", "503"):
            self._head(int(fault), 2, {"Retry-After": "0"} if fault == "429" else {})
            self.wfile.write(b"{}")
        elif fault == "a reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif fault == "a body that breaks off":
            self._head(status, len(body), {})
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self._head(status, len(body), {})
            step = max(1, len(body) // 4) if fault == "a slow body" else len(body) or 1
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                time.sleep(0.02 if fault == "a slow body" else 0)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


_PASSED = ("authorization", "x-api-token", "x-requested-with", "accept")
