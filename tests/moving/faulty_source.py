"""A faulty system to import from: a real HTTP server with clients in both dialects and one fault.

A fault changes the list of clients (`faulty_lists.py`), or how an answer is transmitted (`faulty_answers.py`).
"""

import json
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import answering
from tests.moving.vendor import HASHIDS, legacy_client, v1_client

CLIENTS = 45
PER_PAGE = 20
LISTS = {"/api/clients": "grow", "/api/v1/clients": "ninja"}


@dataclass
class Listed:
    """A page that is about to be sent. `last` and `total` are left out if they are None."""

    number: int
    ids: list[int]
    last: int | None
    total: int | None
    size: int = PER_PAGE
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Source:
    """The clients' ids, and the requests that arrived.

    `lists` and `sends` are the faults; `shows` says whether clients can be read by id.
    """

    url: str = ""
    ids: list[int] = field(default_factory=lambda: list(range(1, CLIENTS + 1)))
    lists: Callable[["Source", Listed], None] | None = None
    sends: Callable[["Source", "Connection", int, bytes], bool] | None = None
    shows: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    pages: Counter[int] = field(default_factory=Counter)

    def page(self, number: int, per_page: int = PER_PAGE) -> list[int]:
        return self.ids[(number - 1) * per_page : number * per_page]

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        if path in LISTS:
            return self._list(LISTS[path], int(query.get("page", 1)))
        head, _, last = path.rpartition("/")
        if self.shows and head in LISTS:
            number = int(last) if LISTS[head] == "grow" else HASHIDS.decode(last)[0]
            return {"data": shown(LISTS[head], number)} if number in self.ids else None
        return None

    def _list(self, kind: str, number: int) -> dict[str, Any]:
        self.pages[number] += 1
        listed = Listed(number, self.page(number), max(1, -(-len(self.ids) // PER_PAGE)), len(self.ids))
        if self.lists is not None:
            self.lists(self, listed)
        data = [shown(kind, each, **(listed.changes if each == listed.ids[0] else {})) for each in listed.ids]
        figures = {"current_page": number, "per_page": listed.size, "total": listed.total}
        figures |= {"last_page" if kind == "grow" else "total_pages": listed.last}
        figures = {key: value for key, value in figures.items() if value is not None}
        return {"data": data, "meta": figures if kind == "grow" else {"pagination": figures}}


def shown(kind: str, number: int, city: str = "Ghent") -> dict[str, Any]:
    """Return a client in a dialect."""
    if kind == "ninja":
        return v1_client(number, name=f"Client {number}", city=city)
    found = legacy_client(number, company_name=f"Client {number}")
    return found | {"billing": found["billing"] | {"city": city}}


class Connection:
    """What a fault may do to a connection instead of answering."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.head(status, Content_Length=str(len(body)), **headers)
        self._handler.wfile.write(body)

    def head(self, status: int, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def write(self, body: bytes) -> None:
        self._handler.wfile.write(body)
        self._handler.wfile.flush()

    def close(self) -> None:
        self._handler.close_connection = True

    def reset(self) -> None:
        """Close with RST, so that the other side gets `ECONNRESET`."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.connection.close()
        self.close()


@contextmanager
def serving_source(**options: Any) -> Iterator[Source]:
    """Serve on a loopback port until the block ends."""
    source = Source(**options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            source.asked[parts.path] += 1
            found = source.answer(parts.path, {name: values[-1] for name, values in parse_qs(parts.query).items()})
            connection, body = Connection(self), json.dumps(found or {"message": "Not found."}).encode()
            with suppress(OSError):
                fault = source.sends if parts.path in LISTS else None
                if fault is not None and fault(source, connection, source.asked[parts.path], body):
                    return
                connection.send(200 if found else 404, body, Content_Type="application/json")

        def log_message(self, *_args: object) -> None:
            pass

    with answering(Handler) as source.url:
        yield source
