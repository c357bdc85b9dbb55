"""A faulty system to import from: a real HTTP server with clients in both dialects and one fault.

A fault changes the list of clients (`Listed`), or how the answer is transmitted (`Sent`).
"""

import json
import socket
import struct
import time
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
SILENCE = 60  # seconds, longer than any caller here listens to it
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


def page_one_for_every_page(source: Source, listed: Listed) -> None:
    listed.ids = source.page(1)


def an_empty_page_in_the_middle(_source: Source, listed: Listed) -> None:
    listed.ids = [] if listed.number == 2 else listed.ids


def an_empty_page_once(source: Source, listed: Listed) -> None:
    listed.ids = [] if listed.number == 2 and source.pages[2] == 1 else listed.ids


def one_erased_after_each_page(source: Source, listed: Listed) -> None:
    del source.ids[0]


def one_erased_after_the_first_page(source: Source, listed: Listed) -> None:
    if listed.number == 1 and source.pages[1] == 1:
        del source.ids[0]


def one_erased_and_one_made(source: Source, listed: Listed) -> None:
    if listed.number == 1 and source.pages[1] == 1:
        source.ids[:] = [*source.ids[1:], source.ids[-1] + 1]


def one_made_after_each_page(source: Source, listed: Listed) -> None:
    if len(source.ids) < CLIENTS + 3:
        source.ids.append(source.ids[-1] + 1)


def pages_that_overlap(source: Source, listed: Listed) -> None:
    start = max(0, (listed.number - 1) * PER_PAGE - 3)
    listed.ids = source.ids[start : start + PER_PAGE]


def pages_in_another_order_each_time(source: Source, listed: Listed) -> None:
    turn = source.pages[1] * 7 % CLIENTS
    turned = source.ids[turn:] + source.ids[:turn]
    shift = source.pages[listed.number] % 2 if listed.number > 1 else 0
    listed.ids = turned[(listed.number - 1) * PER_PAGE + shift : listed.number * PER_PAGE + shift]


def a_total_too_high(_source: Source, listed: Listed) -> None:
    listed.total = CLIENTS + 5


def a_total_too_low(_source: Source, listed: Listed) -> None:
    listed.total, listed.last = 40, 2


def no_totals(_source: Source, listed: Listed) -> None:
    listed.total = None


def no_figures_at_all(_source: Source, listed: Listed) -> None:
    listed.total = listed.last = None


def no_figures_and_a_hole(source: Source, listed: Listed) -> None:
    no_figures_at_all(source, listed)
    an_empty_page_in_the_middle(source, listed)


def no_figures_and_page_one_for_ever(source: Source, listed: Listed) -> None:
    no_figures_at_all(source, listed)
    page_one_for_every_page(source, listed)


def the_last_page_for_ever(source: Source, listed: Listed) -> None:
    listed.last = None
    listed.ids = source.page(min(listed.number, 3))


def a_last_page_that_moves(_source: Source, listed: Listed) -> None:
    listed.last = listed.number + 1


def a_last_page_too_early(_source: Source, listed: Listed) -> None:
    listed.last = 1


def a_client_twice_with_changes(source: Source, listed: Listed) -> None:
    if listed.number == 2:
        listed.ids, listed.changes = [1, *listed.ids], {"city": "Bruges"}


def answers_that_break_off(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn % 2:
        connection.head(200, Content_Length=str(len(body)))
        connection.write(body[: len(body) // 2])
        connection.close()
    return turn % 2 == 1


def answers_that_end_too_early(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    """There is no length, so only the JSON shows that the end is missing."""
    if turn % 2:
        connection.head(200, Connection="close")
        connection.write(body[: len(body) // 2])
        connection.close()
    return turn % 2 == 1


def silence_before_the_answer(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn == 1:
        time.sleep(SILENCE)
        connection.close()
    return turn == 1


def silence_within_the_answer(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn == 2:
        connection.head(200, Content_Length=str(len(body)))
        connection.write(body[:100])
        time.sleep(SILENCE)
        connection.close()
    return turn == 2


def answers_that_trickle(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    """Slower as a whole than the limit on silence, but never silent that long."""
    connection.head(200, Content_Length=str(len(body)))
    for start in range(0, len(body), len(body) // 8):
        connection.write(body[start : start + len(body) // 8])
        time.sleep(0.1)
    return True


def resets(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn in (1, 3):
        connection.reset()
    return turn in (1, 3)


def too_many_requests(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn in (1, 3):
        connection.send(429, b"{}", **({"Retry_After": "1"} if turn == 1 else {}))
    return turn in (1, 3)


def server_errors(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    if turn in (1, 2, 4):
        connection.send({1: 500, 2: 502, 4: 503}[turn], b"<html>")
    return turn in (1, 2, 4)


def silence_for_ever(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    time.sleep(SILENCE)
    connection.close()
    return True


def broken_for_ever(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    connection.head(200, Content_Length=str(len(body)))
    connection.write(body[:-1])
    connection.close()
    return True


def busy_for_ever(_source: Source, connection: Connection, turn: int, body: bytes) -> bool:
    connection.send(503, b"", Retry_After="0")
    return True
