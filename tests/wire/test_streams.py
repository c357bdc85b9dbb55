"""A stream of bytes has the same requests and answers however it is split.

The requests are also those that h11, an independent parser, reads in it; where this server is stricter, it refuses the
request and closes the connection.
"""

import asyncio
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256

import h11
import pytest
import uvicorn

from gateway.server.protocol import HttpProtocol
from tests.server import free_port
from tests.wire.streams import cuts, stream

STREAMS = int(os.environ.get("GATEWAY_STREAMS", "400"))
SIDE_BY_SIDE = 12


@dataclass(frozen=True)
class Seen:
    """A request: its verb and path, and the digest of its body; "" if the body was not read or broke off."""

    verb: str
    path: str
    body: str = ""

    @property
    def answer(self) -> tuple[int, str]:
        """Return what the application answers."""
        text = f"{self.verb} {self.path} {self.body}"
        return 401 if self.path == "/early" else 200, "" if self.verb == "HEAD" else sha256(text.encode()).hexdigest()


@dataclass
class Application:
    """Acts as the path of a request says, and records requests by the peer's port."""

    seen: dict[int, list[Seen]] = field(default_factory=dict)

    async def __call__(self, scope, receive, send):
        path, verb, body = scope["path"], scope["method"], b""
        assert (b"authorization", b"Bearer trailer") not in scope["headers"]
        if path in ("/late", "/slow"):
            await asyncio.sleep(0.003)
        more = path in ("/read", "/slow", "/pieces")
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        seen = Seen(verb, path, sha256(body).hexdigest() if path in ("/read", "/slow", "/pieces") else "")
        self.seen.setdefault(scope["client"][1], []).append(seen)
        await self._answer(send, seen)

    async def _answer(self, send, seen):
        status, text = seen.answer
        headers = [(b"connection", b"close")] if seen.path == "/close" else []
        if seen.path != "/pieces":
            headers.append((b"content-length", b"%d" % len(text)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if seen.path == "/pieces":
            await send({"type": "http.response.body", "body": text[:5].encode(), "more_body": True})
            text = text[5:]
        await send({"type": "http.response.body", "body": text.encode()})


@dataclass
class Outcome:
    """The requests that the application saw, and the status and body of every answer.

    The body is "" for the server's own answers.
    """

    seen: list[Seen]
    answers: list[tuple[int, str]]


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def served(request):
    application, port = Application(), free_port()
    config = uvicorn.Config(
        application,
        port=port,
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        log_level="error",
        loop=request.param,
        timeout_keep_alive=75,  # as `gateway serve` has it: a sender that is slow now and then is not disconnected
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield application, port
    server.should_exit = True
    thread.join(60)


def sent_as(served, pieces) -> Outcome:
    """Return the outcome of a stream that is sent in these pieces."""
    application, port = served
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        mine = connection.getsockname()[1]
        application.seen[mine] = []
        said: list[bytes] = []
        reader = threading.Thread(target=lambda: said.extend(iter(lambda: received(connection), b"")))
        reader.start()
        try:
            for piece, pause in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has closed the connection, as it may
        reader.join(90)
        assert not reader.is_alive(), "the connection stays open"
        seen = application.seen.pop(mine)
        return Outcome(seen, answers_in(b"".join(said), seen))


def received(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def answers_in(said: bytes, seen: list[Seen]) -> list[tuple[int, str]]:
    """Return the answers that a connection brought to these requests and to one more that is refused."""
    verbs, found = [each.verb for each in seen], []
    while said:
        peer = h11.Connection(h11.CLIENT)
        is_head = verbs[len(found) : len(found) + 1] == ["HEAD"]
        peer.send(h11.Request(method="HEAD" if is_head else "GET", target="/", headers=[("Host", "x")]))
        peer.send(h11.EndOfMessage())
        peer.receive_data(said)
        status, body = 0, b""
        while not isinstance(event := peer.next_event(), h11.EndOfMessage):
            assert event not in (h11.NEED_DATA, h11.PAUSED), f"an answer breaks off: {said[-200:]!r}"
            if isinstance(event, h11.Response):
                status = event.status_code
            if isinstance(event, h11.Data):
                body += event.data
        is_own = len(found) >= len(verbs)
        found.append((status, "" if is_own else body.decode()))
        said = peer.trailing_data[0]
    return found


@dataclass
class Reading:
    """The complete requests that h11 reads in a stream, and whether they are the whole stream."""

    seen: list[Seen] = field(default_factory=list)
    is_sound: bool = True


def read_by_h11(sent: bytes) -> Reading:
    """Return what h11 reads in a stream."""
    reading = Reading()
    while sent := sent.lstrip(b"\r\n"):  # RFC 9112, section 2.2, which h11 leaves to others
        peer = h11.Connection(h11.SERVER, max_incomplete_event_size=100_000)
        peer.receive_data(sent)
        request, body = None, b""
        try:
            while not isinstance(event := peer.next_event(), h11.EndOfMessage):
                if event is h11.PAUSED:  # after CONNECT, which is refused here and ends the connection
                    reading.seen.append(seen_of(request, b""))
                    return reading
                if event is h11.NEED_DATA:
                    return broken_off(reading, request)
                if isinstance(event, h11.Request):
                    request = event
                if isinstance(event, h11.Data):
                    body += event.data
        except h11.RemoteProtocolError:
            return broken_off(reading, request)
        one = seen_of(request, body)
        reading.seen.append(one)
        if is_the_last(request, one, peer):
            return reading
        sent = peer.trailing_data[0]
    return reading


def broken_off(reading: Reading, request) -> Reading:
    """A request whose body broke off is served if the application does not read the body."""
    reading.is_sound = False
    if request is not None:
        one = seen_of(request, b"")
        if not one.body:
            reading.seen.append(one)
    return reading


def seen_of(request, body: bytes) -> Seen:
    path = request.target.decode("latin-1").removeprefix("http://example.org").partition("?")[0]
    digest = sha256(body).hexdigest() if path in ("/read", "/slow", "/pieces") else ""
    return Seen(request.method.decode(), path, digest)


def is_the_last(request, one: Seen, peer) -> bool:
    """Return whether the connection ends with this request.

    It or the application says so, or its body may never arrive.
    """
    headers = dict(request.headers)
    has_body = b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
    unread_expectation = headers.get(b"expect") == b"100-continue" and has_body and not one.body
    closes = b"close" in [token.strip().lower() for token in headers.get(b"connection", b"").split(b",")]
    is_tunnel = request.method == b"CONNECT"
    return is_tunnel or closes or request.http_version == b"1.0" or one.path == "/close" or unread_expectation


def check(served, seed: int) -> str:
    """Return what is wrong with how a stream was served; "" if nothing is."""
    sent = stream(seed)
    expected, uncut, cut = read_by_h11(sent), sent_as(served, [(sent, 0)]), sent_as(served, cuts(seed, sent))
    if uncut != cut:
        return f"uncut {uncut}, cut {cut}"
    if uncut.seen != expected.seen[: len(uncut.seen)]:
        return f"seen {uncut.seen}, by h11 {expected.seen}"
    if [each.answer for each in uncut.seen] != uncut.answers[: len(uncut.seen)]:
        return f"seen {uncut.seen}, but answered {uncut.answers}"
    refused = [status for status, _ in uncut.answers[len(uncut.seen) :]]
    if len(refused) > 1 or any(status not in (400, 431, 501, 505) for status in refused):
        return f"refused with {refused}"
    if len(uncut.seen) < len(expected.seen) and not refused:
        return f"only {uncut.seen} of {expected.seen} are served, and nothing is refused"
    return ""


def test_a_stream_is_read_the_same_however_it_is_split_into_packets(served):
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        found = list(pool.map(lambda seed: check(served, seed), range(STREAMS)))
    wrong = {seed: what for seed, what in enumerate(found) if what}
    assert not wrong, f"{len(wrong)} of {STREAMS}: {dict(list(wrong.items())[:5])}"
