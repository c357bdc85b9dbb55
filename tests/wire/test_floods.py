"""A connection that sends without pause, or does not read, costs little memory and delays nobody."""

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import httpx
import pytest

from gateway.server import protocol, transport
from tests.drivers import new_company
from tests.process import GatewayProcess
from tests.register.arranging import eventually

MB = 1024 * 1024
FLOOD_SECONDS = float(os.environ.get("GATEWAY_FLOOD_SECONDS", "1"))
MAX_GROWTH = 60 * MB
HEAD = b"HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /nowhere %sTransfer-Encoding: chunked\r\n\r\n" % HEAD
FLOODS = {
    "requests": (b"", b"GET /healthz %s\r\n" % HEAD),
    "requests with an unknown verb": (b"", b"BREW / %s\r\n" % HEAD),
    "requests with a chunked body": (b"", CHUNKED + b"0\r\n\r\n"),
    "requests with many headers": (b"", b"GET /healthz %s%s\r\n" % (HEAD, b"a:\r\n" * 15_000)),
    "tiny chunks": (CHUNKED, b"1\r\nx\r\n"),
    "chunk extensions": (CHUNKED, b"1;%s\r\nx\r\n" % (b"a" * 60_000)),
    "blank lines": (b"", b"\r\n"),
}


@pytest.fixture(scope="module")
def process(new_register, tmp_path_factory) -> Iterator[GatewayProcess]:
    with GatewayProcess(new_register("sqlite"), tmp_path_factory.mktemp("floods")) as running:
        yield running


def connection_to(url: str, receive_buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(60)
    connection.connect((httpx.URL(url).host, httpx.URL(url).port))
    return connection


def flood(connection: socket.socket, first: bytes, repeated: bytes) -> None:
    """Send without pause and read the answers, until the time is over or the connection is closed."""
    until, piece = time.monotonic() + FLOOD_SECONDS, repeated * (300_000 // len(repeated))
    connection.settimeout(0.2)
    threading.Thread(target=read_all, args=(connection,), daemon=True).start()
    piece = first + piece
    while time.monotonic() < until:
        try:
            sent = connection.send(piece)
        except TimeoutError:
            continue
        except OSError:
            return
        piece = piece[sent:] or repeated * (300_000 // len(repeated))


def read_all(connection: socket.socket) -> None:
    while True:
        try:
            if not connection.recv(65536):
                return
        except TimeoutError:
            continue
        except OSError:
            return


def processor_seconds(process: GatewayProcess) -> float:
    used = process.main.cpu_times()
    return used.user + used.system


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_on_one_connection_costs_little_memory_and_delays_nobody(process, kind):
    """Delays are measured in processor time of the server, so that they do not depend on who else uses the machine."""
    before, longest = process.main.memory_info().rss, 0.0
    with closing(connection_to(process.url)) as connection:
        sender = threading.Thread(target=flood, args=(connection, *FLOODS[kind]))
        sender.start()
        while sender.is_alive():
            started = processor_seconds(process)
            assert httpx.get(f"{process.url}/healthz").status_code == 200
            longest = max(longest, processor_seconds(process) - started)
            time.sleep(0.05)
        sender.join()
    assert process.main.memory_info().rss - before < MAX_GROWTH
    assert longest < 1.5
    assert "Traceback" not in process.log.read_text()


@pytest.mark.parametrize("behind", [b"", b"GET /healthz %s\r\n" % HEAD])
@pytest.mark.parametrize("reset", [True, False])
def test_a_peer_that_leaves_during_a_download_causes_no_error_in_the_log(process, behind, reset):
    with process.served() as server, closing(new_company(server)) as company:
        client = company.new_v1()["id"]
        sent = company.v1.put(f"/clients/{client}/upload", files={"documents": ("large.bin", b"x" * 8 * MB)})
        document = sent.json()["data"]["documents"][0]["id"]
        connection = connection_to(process.url, receive_buffer=4096)
        path = b"/api/v1/documents/%s/download" % document.encode()
        connection.sendall(b"GET %s %sX-API-TOKEN: %s\r\n\r\n%s" % (path, HEAD, company.key.encode(), behind))
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        time.sleep(0.5)
        assert company.v1.get(f"/clients/{client}").status_code == 200
    written = process.log.read_text()
    assert "Traceback" not in written
    assert "socket.send()" not in written


@pytest.fixture
def large_download(company) -> bytes:
    """Return the head of a request for a document of 16 MB."""
    client = company.new_v1()["id"]
    uploaded = company.v1.put(f"/clients/{client}/upload", files={"documents": ("large.bin", b"x" * 16 * MB)})
    document = uploaded.json()["data"]["documents"][0]["id"].encode()
    return b"GET /api/v1/documents/%s/download %sX-API-TOKEN: %s\r\n" % (document, HEAD, company.key.encode())


def test_a_peer_that_reads_nothing_is_disconnected(company, large_download, monkeypatch):
    monkeypatch.setattr(transport, "STALL_TIMEOUT", 0.3)
    check, is_disconnected = transport.Transport._check, threading.Event()

    def noted(self, delivered_before):
        check(self, delivered_before)
        if self.is_closing():
            is_disconnected.set()

    monkeypatch.setattr(transport.Transport, "_check", noted)
    with closing(connection_to(company.server.url, receive_buffer=4096)) as connection:
        connection.sendall(large_download + b"\r\n")
        assert is_disconnected.wait(60)
        received = len(b"".join(iter(lambda: connection.recv(65536), b"")))
    assert received < 16 * MB


def test_a_peer_that_reads_slowly_gets_the_whole_answer(company, large_download, monkeypatch):
    monkeypatch.setattr(transport, "STALL_TIMEOUT", 4)  # longer than a busy machine lets a reader wait
    received = 0
    with closing(connection_to(company.server.url, receive_buffer=65536)) as connection:
        connection.sendall(large_download + b"Connection: close\r\n\r\n")
        while piece := connection.recv(65536):
            received += len(piece)
            time.sleep(0.02)  # so that the whole answer takes longer than that
    assert received > 16 * MB


def test_a_request_that_waits_for_a_slow_reader_does_not_time_out(company, large_download, monkeypatch):
    """The rest of the request is not read meanwhile, so the deadline for it must not run."""
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 3)  # enough for the beginning, however slowly it is sent
    behind = b"GET /healthz %s\r\n" % HEAD
    with closing(connection_to(company.server.url, receive_buffer=4096)) as connection:
        connection.sendall(large_download + b"\r\n" + behind + behind[:20])
        time.sleep(4)
        connection.sendall(behind[20:].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    assert said.count(b"HTTP/1.1 200 OK") == 3
    assert b"408" not in said[-2000:]


def test_an_answer_begun_before_the_body_arrived_is_not_mixed_with_another(company, large_download):
    with closing(connection_to(company.server.url, receive_buffer=4096)) as connection:
        connection.sendall(large_download + b"Content-Length: 10\r\n\r\nx")
        assert connection.recv(1, socket.MSG_PEEK)  # the answer has begun
        connection.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert content == b"x" * 16 * MB


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="this system does not tell the state of a connection")
def test_a_server_does_not_wait_for_a_peer_that_has_closed(company, monkeypatch):
    """The server closes at once instead of waiting for an end of the stream that it has already received."""
    monkeypatch.setattr(transport, "LINGER_SECONDS", 600)
    with closing(connection_to(company.server.url)) as connection:
        connection.sendall(b"GET /healthz %s\r\n" % HEAD)
        connection.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: connection.recv(65536), b"")).startswith(b"HTTP/1.1 200")
        state_of = partial(connection.getsockopt, socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        assert eventually(lambda: state_of()[0] == 7)  # TCP_CLOSE
