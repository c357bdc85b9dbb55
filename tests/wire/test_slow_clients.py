"""Heads are limited in size, heads and bodies in time, and a slow client does not delay others."""

import json
import socket
import time
from contextlib import ExitStack, closing

import httpx
import pytest

from gateway.server import heads, protocol
from schemas import bodies

TOO_LARGE = "The request's headers are too large."
TOO_SLOW = "The request took too long to arrive."


@pytest.fixture
def connect(server):
    host, _, port = server.url.removeprefix("http://").partition(":")
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(socket.create_connection((host, int(port)), timeout=60)))


def answer_of(connection):
    said = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, content = said.partition(b"\r\n\r\n")
    assert b"\r\nx-request-id: " in head
    return int(head.split()[1]), json.loads(content)


def test_endless_headers_are_refused(connect):
    connection = connect()
    connection.sendall(b"GET /api/v1/clients HTTP/1.1\r\nHost: x\r\nX-Endless: ")
    sent = 0
    with pytest.raises(OSError):  # noqa: PT012, PT011 (whichever write meets the closed connection)
        while sent < 100 * heads.MAX_HEAD_BYTES:
            sent += connection.send(b"a" * 1000)
    assert sent < 100 * heads.MAX_HEAD_BYTES


def test_large_headers_are_a_431_in_the_dialects_shape(connect):
    connection = connect()
    connection.sendall(b"GET /api/v1/clients HTTP/1.1\r\nHost: x\r\n")
    time.sleep(0.1)
    connection.sendall(b"X-Large: " + b"a" * heads.MAX_HEAD_BYTES)
    assert answer_of(connection) == (431, {"message": TOO_LARGE, "errors": {}})


def test_headers_of_usual_size_are_accepted(company):
    assert company.api.get("/clients", headers={"Cookie": "a" * 30_000}).status_code == 200


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"", {"message": TOO_SLOW}),
        (b"GET /api/clients HTTP/1.1\r\nHost: x\r\n", {"message": TOO_SLOW}),
        (b"GET /api/v1/clients HTTP/1.1\r\nHost", {"message": TOO_SLOW, "errors": {}}),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", None),
    ],
)
def test_a_head_that_arrives_too_slowly_is_a_408(connect, monkeypatch, sent, body):
    # The time runs from the connection on: it must suffice for a caller who is slow to send what it sends at all.
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 3 if sent else 0.3)
    connection = connect()
    connection.sendall(sent)
    if body is not None:
        assert answer_of(connection) == (408, body)
        return
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    connection.sendall(b"GET /api/clients HTTP/1.1\r\n")  # the next request of the connection has its own time
    said = connection.recv(10_000)
    while b"too long" not in said:
        said += connection.recv(10_000)


@pytest.mark.parametrize("kind", [b"application/json", b"multipart/form-data; boundary=x"])
@pytest.mark.parametrize(
    ("path", "body"), [(b"/api", {"message": TOO_SLOW}), (b"/api/v1", {"message": TOO_SLOW[:-1], "errors": {}})]
)
def test_a_body_that_stops_arriving_is_a_408_and_nothing_is_created(connect, company, monkeypatch, path, body, kind):
    monkeypatch.setattr(bodies, "_MAX_SECONDS", 0.3)
    connection = connect()
    key = company.key.encode()
    head = b"POST %s/clients HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nX-API-TOKEN: %s\r\n" % (path, key, key)
    connection.sendall(head + b"Content-Type: %s\r\nContent-Length: 99\r\n\r\n--x\r\n" % kind)
    assert answer_of(connection) == (408, body)
    assert company.api.get("/clients").json()["meta"]["total"] == 0


def test_hundreds_of_slow_connections_delay_nobody(connect, company):
    begun = [connect() for _ in range(300)]
    for number, connection in enumerate(begun):
        half_a_body = b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: %s\r\nContent-Length: 99\r\n\r\n{"
        garbage = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 5 + b"\x00\xff garbage"
        pieces = (b"GET /api/cl", half_a_body % company.key.encode(), garbage, b"")
        connection.sendall(pieces[number % len(pieces)])
    started = time.monotonic()
    assert company.v1.post("/clients", json={"name": "Acme"}).status_code == 200
    assert company.api.get("/clients").json()["meta"]["total"] == 1
    assert time.monotonic() - started < min(protocol.HEAD_TIMEOUT, bodies._MAX_SECONDS)
    assert httpx.get(f"{company.server.url}/healthz").status_code == 200
