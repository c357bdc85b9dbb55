"""Callers who share a proxy's connections to the gateway: no caller can influence another caller's request."""

import socket
import threading
from urllib.parse import urlsplit

import pytest

TRIES = 12
LINE = b"A /xy HTTP/1.1\r\n"


def attack(proxied, inner: bytes, pad: int) -> bytes:
    """Send a request without a key, whose body looks like a request at every 16 bytes. Return the answer."""
    address = urlsplit(proxied.url)
    tail = b"\r\n" * 40 + inner
    size = 16 * 5_000
    body = LINE * ((size - len(tail)) // 16)
    body += b" " * (size - len(tail) - len(body)) + tail
    head = (
        f"POST /api/clients HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer bad\r\nX-Pad: {'p' * pad}\r\n"
    )
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        try:
            connection.sendall(head.encode() + body)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except OSError:
            return b""  # the proxy may hang up on who sends on after the answer


@pytest.mark.parametrize("ending", ["whole", "open"])
def test_no_bytes_of_one_caller_become_a_request_of_the_next(company, proxied, ending):
    victim = company.new_v1(name="Victim")["id"]
    # An open one would take the next caller's head, and its key, for headers of its own.
    end = "\r\n\r\n" if ending == "whole" else "\r\nX-Swallow: "
    inner = f"DELETE /api/v1/clients/{victim} HTTP/1.1\r\nHost: x{end}".encode()
    for pad in range(TRIES):
        said = attack(proxied, inner, pad)
        assert said.count(b"HTTP/1.1 ") <= 1
        shown = company.v1.get(f"/clients/{victim}").json()["data"]
        assert (shown["name"], shown["is_deleted"]) == ("Victim", False)
        assert company.api.get("/clients").json()["message"] == "Clients retrieved successfully."


def test_many_concurrent_callers_each_get_the_answers_to_their_own_requests(company, proxied):
    made = {name: company.new_v1(name=name)["id"] for name in ("One", "Two", "Three", "Four")}
    wrong = []

    def ask(name: str) -> None:
        for number in range(TRIES):
            shown = company.v1.get(f"/clients/{made[name]}").json()["data"]["name"]
            changed = company.v1.put(f"/clients/{made[name]}", json={"city": f"{name} {number}"}).json()["data"]["city"]
            if (shown, changed) != (name, f"{name} {number}"):
                wrong.append((name, shown, changed))

    callers = [threading.Thread(target=ask, args=[name]) for name in made]
    strangers = [threading.Thread(target=attack, args=[proxied, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 3])]
    for each in (*callers, *strangers):
        each.start()
    for each in (*callers, *strangers):
        each.join()
    assert not wrong
