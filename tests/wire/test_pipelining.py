"""Pipelined requests (RFC 9112, section 9.3.2) are answered completely and in order."""

import socket
from contextlib import closing

LARGE = bytes(range(256)) * 4096


def answers_to(company, *paths):
    """Return the answers to requests that are all sent before the first answer is read."""
    host, _, port = company.server.url.removeprefix("http://").partition(":")
    head = f"HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: {company.key}\r\n\r\n"
    with closing(socket.create_connection((host, int(port)), timeout=60)) as connection:
        connection.sendall("".join(f"GET /api/v1{path} {head}" for path in paths).encode())
        with connection.makefile("rb") as answered:
            return [answer(answered) for _ in paths]


def answer(answered):
    status = int(answered.readline().split()[1])
    headers = dict(line.lower().strip().split(b": ", 1) for line in iter(answered.readline, b"\r\n"))
    return status, answered.read(int(headers[b"content-length"]))


def test_answers_come_in_the_order_of_the_requests(company):
    client = company.new_v1()["id"]
    uploaded = company.v1.put(f"/clients/{client}/upload", files={"documents": ("large.bin", LARGE)}).json()["data"]
    download = f"/documents/{uploaded['documents'][0]['id']}/download"
    paths = [f"/clients/{client}", download, "/clients/nothing", "/clients?per_page=1"]
    answers = answers_to(company, *paths, *paths)
    assert [status for status, _ in answers] == [200, 200, 404, 200] * 2
    assert answers[1][1] == LARGE
    assert answers[:4] == answers[4:]


def test_a_request_to_upgrade_is_answered_in_http_1_1(company):
    # RFC 9110, section 7.8: a server may ignore it, and the connection goes on.
    host, _, port = company.server.url.removeprefix("http://").partition(":")
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as connection, connection.makefile("rb") as answered:
        for more in (upgrade, ""):
            connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
            assert answer(answered) == (200, b'{"status":"ok"}')
