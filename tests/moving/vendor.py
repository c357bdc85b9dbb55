"""A vendor's system for tests: a real HTTP server with given answers and failures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hashids import Hashids

from dialects.legacy.example_records import CLIENT as LEGACY_CLIENT
from dialects.v1.example_records import CLIENT as V1_CLIENT
from dialects.v1.example_records import CONTACT as V1_CONTACT
from dialects.v1.example_records import DOCUMENT as V1_DOCUMENT
from tests.loopback import answering

HASHIDS = Hashids(min_length=10)
STANDARD = {"category": {"id": 20, "name": "Standard"}}
KEY = "a-key-of-the-source"

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Vendor:
    """The contents of the server, and the requests to it. `failures` are answered first, one per request."""

    url: str = ""
    v1: list[Any] = field(default_factory=list)
    legacy: list[Any] = field(default_factory=list)
    lists: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    failures: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, str], headers: Any) -> Answer:
        self.asked.append((path, query))
        if self.failures:
            return self.failures.pop(0)
        if KEY not in (headers.get("X-API-TOKEN"), headers.get("Authorization", "").removeprefix("Bearer ")):
            return 403, {}, b"{}"
        if path in self.files:
            return 200, {}, self.files[path]
        found = {"/api/v1/clients": self.v1, "/api/clients": self.legacy, **self.lists}.get(path)
        if found is None:
            return 404, {}, b'{"message": "Not found."}'
        return 200, {}, json.dumps(_page(path, found, query)).encode()


def _page(path: str, found: list[Any], query: dict[str, str]) -> dict[str, Any]:
    size, page = int(query.get("limit") or query.get("per_page") or 20), int(query.get("page", 1))
    last, data = max(1, -(-len(found) // size)), found[(page - 1) * size : page * size]
    meta = {"current_page": page, "per_page": size, "total": len(found)}
    if "/v1/" in path:
        return {"data": data, "meta": {"pagination": meta | {"total_pages": last, "count": len(data), "links": []}}}
    return {"data": data, "meta": meta | {"last_page": last}, "message": "Retrieved."}


@contextmanager
def serving_vendor() -> Iterator[Vendor]:
    """Serve on a loopback port until the block ends."""
    vendor = Vendor()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            status, headers, body = vendor.answer(parts.path, query, self.headers)
            if status == 0:  # hang up
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with answering(Handler) as vendor.url:
        yield vendor


def hashed(number: int) -> str:
    """Return an id as /api/v1 writes it."""
    return HASHIDS.encode(number)


def v1_client(number: int, /, **changes: Any) -> dict[str, Any]:
    """Return a client with one contact as the document of /api/v1 shows it."""
    contact = V1_CONTACT | {"id": hashed(2 * number), "contact_key": f"key{number}", "password": ""}
    unique = {"id": hashed(number), "number": f"{number:04d}", "client_hash": f"hash{number}", "contacts": [contact]}
    return V1_CLIENT | {"user_id": ""} | unique | changes


def v1_document(number: int, content: bytes, /, **changes: Any) -> dict[str, Any]:
    """Return a document as the document of /api/v1 shows it."""
    named = {"id": hashed(number), "user_id": "", "hash": f"{'h' * 30}{number:04d}.pdf", "size": len(content)}
    return V1_DOCUMENT | named | changes


def legacy_client(number: int, /, **changes: Any) -> dict[str, Any]:
    """Return a client as the document of /api shows it."""
    return LEGACY_CLIENT | {"id": number, "owner": {"id": 2 * number, "name": "Jane Doe"}} | STANDARD | changes
