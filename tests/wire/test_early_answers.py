"""An answer that is given before the body has arrived reaches a client that is still sending."""

import socket
import time

import httpx
import pytest

from gateway.server.transport import LINGER_SECONDS
from tests.proxies.nginx import VARIANTS, nginx
from tests.wire.raw_connections import Connection

LARGE = 3 * 1024 * 1024
REFUSED = [
    ("HTTP/1.0", "", "401"),
    ("HTTP/1.1", "Host: x\r\nConnection: close\r\n", "401"),
]


def opened(server) -> socket.socket:
    url = httpx.URL(server.url)
    return socket.create_connection((url.host, url.port), 60)


@pytest.mark.parametrize(("version", "headers", "status"), REFUSED, ids=["HTTP/1.0", "close"])
def test_the_answer_is_read_after_all_of_the_body_was_sent(server, version, headers, status):
    with opened(server) as caller:
        caller.sendall(f"POST /api/clients {version}\r\n{headers}Content-Length: {LARGE}\r\n\r\n".encode())
        time.sleep(0.2)  # the answer is on its way
        for _ in range(LARGE // 65536):
            caller.sendall(b"x" * 65536)
        answer = b"".join(iter(lambda: caller.recv(65536), b""))
    assert answer.split(b" ", 2)[1] == status.encode()
    assert answer.endswith(b"}")


def test_a_server_does_not_wait_for_an_endless_body(server):
    with opened(server) as caller:
        caller.sendall(f"POST /api/clients HTTP/1.0\r\nContent-Length: {LARGE}\r\n\r\n".encode())
        assert caller.recv(65536).startswith(b"HTTP/1.1 401")
        ends = time.monotonic() + LINGER_SECONDS + 15  # and still before the end of `DISCARD_TIMEOUT`
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):  # noqa: PT012 (whichever write meets the end)
            while time.monotonic() < ends:
                caller.sendall(b"x")
                time.sleep(0.2)


@pytest.mark.parametrize("length", [12, LARGE])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_connection_through_a_proxy_survives_a_refusal(server, variant, length):
    """Most libraries send head and body in two packets, so that nginx may have passed on the head alone."""
    head = f"POST /api/clients HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
    with nginx(server.url, variant) as proxy, socket.create_connection(("127.0.0.1", proxy.port), 60) as raw:
        caller = Connection(raw, "no key")
        for _ in range(3):
            caller.send(head, b"x" * length, pause=0.1)
            assert caller.answer()[0] == 401


def test_a_refusal_does_not_wait_long_for_a_body_that_never_comes(server):
    with opened(server) as raw:
        raw.sendall(b"POST /api/clients HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n")
        began = time.monotonic()
        assert raw.recv(65536).startswith(b"HTTP/1.1 401")
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_proxy_with_a_connection_for_each_request_forwards_every_refusal(server, company, variant):
    authorized = {"Authorization": f"Bearer {company.key}", "Content-Type": "application/json"}
    with nginx(server.url, variant) as proxy:
        url = f"{proxy.url}/api/clients"
        for _ in range(15):
            assert httpx.post(url, content=b"x" * 300_000, timeout=60).status_code == 401
            assert httpx.post(url, content=b"x" * LARGE, headers=authorized, timeout=60).status_code == 413
