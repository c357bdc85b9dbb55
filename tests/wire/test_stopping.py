"""A server stops soon whatever connections are open, and logs nothing that looks like a fault."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import uvicorn

from gateway.server.protocol import HttpProtocol
from gateway.server.transport import LINGER_SECONDS
from tests.server import free_port

HEAD = b"HTTP/1.1\r\nHost: x\r\n"
LARGE = 20_000_000
OPEN = {
    "fresh": b"",
    "idle": b"GET / %s\r\n" % HEAD,
    "half a head": b"GET / HT",
    "a body that is not wanted any more": b"POST / %sContent-Length: 99\r\n\r\nx" % HEAD,
    "lingering": b"POST / %sConnection: close\r\nContent-Length: 99\r\n\r\nx" % HEAD,
}


def of_server(caplog) -> list[logging.LogRecord]:
    """Return the server's and its event loop's log records; other gateways of this process may log meanwhile."""
    return [each for each in caplog.records if each.name.startswith(("uvicorn", "asyncio", "gateway.server"))]


async def application(scope, receive, send):
    """Answers without reading the body; `/slow` after a pause, `/large` with a large body."""
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    size = LARGE if scope["path"] == "/large" else 0
    headers = [(b"content-length", b"%d" % size)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for sent in range(0, size, 100_000):
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": sent + 100_000 < size})
    if not size:
        await send({"type": "http.response.body"})


@contextmanager
def serving(loop: str) -> Iterator[tuple[uvicorn.Server, threading.Thread]]:
    config = uvicorn.Config(
        application,
        port=free_port(),
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        loop=loop,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server, thread
    finally:
        server.should_exit = True
        thread.join(20)


def connected(server: uvicorn.Server) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", server.config.port))
    return connection


def all_of(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1_000_000), b""))


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("kind", OPEN)
def test_connections_without_a_request_in_progress_do_not_delay_a_stop(loop, kind, caplog):
    with serving(loop) as (server, thread), closing(connected(server)) as connection:
        connection.sendall(OPEN[kind])
        time.sleep(0.2)
        started = time.monotonic()
        server.should_exit = True
        thread.join(20)
        assert time.monotonic() - started < 2 < LINGER_SECONDS
    assert [each.getMessage() for each in of_server(caplog) if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("behind", [b"", b"GET / %s\r\n" % HEAD, b"POST / %sContent-Length: 9999999\r\n\r\n" % HEAD])
def test_a_request_in_progress_is_answered_before_a_stop(loop, behind):
    with serving(loop) as (server, _), closing(connected(server)) as connection:
        connection.sendall(b"GET /slow %s\r\n%s%s" % (HEAD, behind, b"x" * 500_000 * bool(behind)))
        time.sleep(0.2)
        server.should_exit = True
        said = all_of(connection)
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert said.count(b"HTTP/1.1") == 1
    assert b"connection: close" in said


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_peer_that_does_not_read_the_answer_is_cut_off_and_logged(loop, caplog):
    with serving(loop) as (server, thread), closing(connected(server)) as connection:
        connection.sendall(b"GET /large %s\r\n" % HEAD)
        time.sleep(0.3)
        started = time.monotonic()
        server.should_exit = True
        thread.join(20)
        assert time.monotonic() - started < 4
    assert "the server stopped before this request was answered: GET /large" in caplog.text
    assert not [each for each in of_server(caplog) if each.exc_info]
