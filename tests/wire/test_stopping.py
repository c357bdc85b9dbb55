"""A server stops soon whatever connections are open, and logs nothing that looks like a fault."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn

from gateway.server.protocol import HttpProtocol
from gateway.server.transport import LINGER_SECONDS, STALL_TIMEOUT
from tests.register.arranging import eventually
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


@dataclass
class Application:
    """Answers without reading the body; `/slow` when the test lets it, `/large` with a large body."""

    begun: threading.Event = field(default_factory=threading.Event)  # a request is in progress
    may_answer: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope, receive, send):
        self.begun.set()
        if scope["path"] == "/slow":
            await asyncio.to_thread(self.may_answer.wait, 60)
        await answer(scope, send)


async def answer(scope, send):
    size = LARGE if scope["path"] == "/large" else 0
    headers = [(b"content-length", b"%d" % size)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for sent in range(0, size, 100_000):
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": sent + 100_000 < size})
    if not size:
        await send({"type": "http.response.body"})


@contextmanager
def serving(loop: str, grace: int = 60) -> Iterator[tuple[uvicorn.Server, threading.Thread]]:
    config = uvicorn.Config(
        Application(),
        port=free_port(),
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        loop=loop,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=grace,
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
        thread.join(60)


def connected(server: uvicorn.Server) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", server.config.port))
    return connection


def is_listening(server: uvicorn.Server) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.config.port)) == 0


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
        thread.join(60)
        assert time.monotonic() - started < LINGER_SECONDS  # every other limit is longer still
    assert [each.getMessage() for each in of_server(caplog) if each.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("behind", [b"", b"GET / %s\r\n" % HEAD, b"POST / %sContent-Length: 9999999\r\n\r\n" % HEAD])
def test_a_request_in_progress_is_answered_before_a_stop(loop, behind):
    with serving(loop) as (server, _), closing(connected(server)) as connection:
        connection.sendall(b"GET /slow %s\r\n%s%s" % (HEAD, behind, b"x" * 500_000 * bool(behind)))
        assert server.config.app.begun.wait(60)
        server.should_exit = True
        assert eventually(lambda: not is_listening(server))  # it stops, and its connections know it
        server.config.app.may_answer.set()
        said = all_of(connection)
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert said.count(b"HTTP/1.1") == 1
    assert b"connection: close" in said


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_peer_that_does_not_read_the_answer_is_cut_off_and_logged(loop, caplog):
    with serving(loop, grace=2) as (server, thread), closing(connected(server)) as connection:
        connection.sendall(b"GET /large %s\r\n" % HEAD)
        assert server.config.app.begun.wait(60)
        started = time.monotonic()
        server.should_exit = True
        thread.join(STALL_TIMEOUT)
        assert time.monotonic() - started < STALL_TIMEOUT / 2
    assert "the server stopped before this request was answered: GET /large" in caplog.text
    assert not [each for each in of_server(caplog) if each.exc_info]
