"""`gateway mirror` forwards all bytes between a caller and the old system, and how each connection ends."""

import contextlib
import gzip
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from gateway.migration.mirroring.relay import _CONNECT_SECONDS
from tests.moving.mirrors import Mirror, Player, answer_to, answers, mirroring, playing
from tests.register.arranging import eventually
from tests.server import free_port

NOWHERE = "http://127.0.0.1:9"  # a gateway that does not answer


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    with playing() as player:
        yield player


@pytest.fixture(scope="module")
def mirror(player: Player, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    with mirroring(tmp_path_factory.mktemp("mirror") / "m", player.url, NOWHERE) as mirror:
        yield mirror


GET = b"GET /api/clients?x=%20y HTTP/1.1\r\nhOsT: old.example\r\nX-Twice: 1\r\nx-twice: 2\r\nCookie: a=b\r\n\r\n"
CHUNKED = b"POST /api/clients HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
OK = b"HTTP/1.1 200 Fine enough\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nCONTENT-LENGTH: 2\r\n\r\n{}"
ZIPPED = gzip.compress(b'{"a": 1}')
# The bytes of the caller and those of the old system, which both must arrive unchanged.
CONVERSATIONS = {
    "spelling, order and repetition of headers": (GET, OK),
    "keep-alive headers": (GET.replace(b"Cookie", b"Connection: keep-alive, X-Twice\r\nKeep-Alive: 5\r\nTE"), OK),
    "chunks, extensions and trailers": (
        CHUNKED + b"3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\n{}\r\n0\r\nX-After: 1\r\n\r\n",
    ),
    "interim answers": (GET, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK),
    "HEAD": (GET.replace(b"GET", b"HEAD"), b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"),
    "204 and 304": (GET + GET, b'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nETag: W/"x"\r\n\r\n'),
    "several requests at once": (GET * 5, OK * 5),
    "a compressed body": (
        GET,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,
    ),
    "HTTP/1.0 and a body without a length": (b"GET /api/clients HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n[1, 2"),
    "another protocol": (
        GET.replace(b"Cookie", b"Connection: upgrade\r\nUpgrade: websocket\r\nX") + b"\x81\x05hello",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x05hello",
    ),
    "an upgrade that is passed over": (GET.replace(b"Cookie", b"Connection: upgrade\r\nUpgrade: h2c\r\nX"), OK),
    "a length beside chunks": (CHUNKED.replace(b"Trailer: X-T", b"Content-Length: 4") + b"0\r\n\r\n", OK),
    "two lengths": (GET.replace(b"Cookie: a=b", b"Content-Length: 0\r\nContent-Length: 5"), OK),
    "lines that end in LF": (GET.replace(b"\r\n", b"\n"), OK.replace(b"\r\n", b"\n")),
    "a folded header": (GET.replace(b"a=b", b"a=b\r\n c=d"), OK),
    "a name with a blank": (GET.replace(b"Cookie:", b"Cookie :"), OK),
    "a method of its own": (GET.replace(b"GET", b"PURGE"), OK),
    "a target with a host": (GET.replace(b"/api", b"http://old.example/api"), OK),
    "bytes beyond ASCII": (GET.replace(b"a=b", b"\xe4\xff"), OK.replace(b"a=1", b"\xe4")),
    "no HTTP at all": (b"\x16\x03\x01\x00\x05\x00\xff" * 30, b"\x15\x03\x01\x00\x02"),
    "an answer before the end of the request": (
        CHUNKED + b"3\r\nabc\r\n",
        b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n",
    ),
    "a head without end": (GET[:-4] + b"a" * 200_000, OK),
}


@pytest.mark.parametrize("step", [0, 7])
@pytest.mark.parametrize("case", CONVERSATIONS)
def test_bytes_pass_in_both_directions_as_they_are(player, mirror, case, step):
    request, answer = CONVERSATIONS[case]
    if step and len(request) > 10_000:
        step = 5_000
    parts = [answer[at : at + step] for at in range(0, len(answer), step)] if step and len(answer) < 200 else [answer]
    player.seen.clear()
    player.play = answers(request, *parts)
    assert answer_to(mirror.port, request, step) == answer
    assert [bytes(each) for each in player.seen if each] == [request]


def test_a_caller_that_half_closes_gets_its_answer(player, mirror):
    player.play = answers(GET, OK)
    assert answer_to(mirror.port, GET, half_close=True) == OK


def test_a_reset_connection_is_reset_on_the_other_side_too(player, mirror):
    has_arrived = threading.Event()  # a reset may destroy what is on its way

    def breaks(connection: socket.socket, seen: bytearray) -> None:
        seen += connection.recv(65536)
        connection.sendall(OK[:-1])
        has_arrived.wait(60)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    player.play = breaks
    with socket.create_connection(("127.0.0.1", mirror.port), 60) as connection:
        connection.sendall(GET)
        assert connection.recv(65536) == OK[:-1]
        has_arrived.set()
        with pytest.raises(ConnectionResetError):
            connection.recv(65536)


def test_a_callers_closed_connection_is_closed_at_the_old_system(player, mirror):
    ended = threading.Event()

    def waits(connection: socket.socket, seen: bytearray) -> None:
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(65536):
                pass
        ended.set()

    player.play = waits
    connection = socket.create_connection(("127.0.0.1", mirror.port), 60)
    connection.sendall(GET)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert ended.wait(60)


def test_connections_of_callers_are_not_shared(player, mirror):
    """Otherwise the end of one caller's bytes could be read as the beginning of another caller's request."""
    player.seen.clear()
    player.play = answers(GET + GET, OK)
    with socket.create_connection(("127.0.0.1", mirror.port), 60) as first:
        first.sendall(GET + GET[:20])
        player.play = answers(GET, OK)
        assert answer_to(mirror.port, GET) == OK
    assert eventually(lambda: sorted(map(bytes, player.seen)) == sorted([GET + GET[:20], GET])), player.seen


def test_large_bodies_are_streamed(player, mirror):
    size, block = 200 * 2**20, bytes(range(256)) * 1024
    head = b"POST /api/v1/clients HTTP/1.1\r\nHost: o\r\nContent-Length: %d\r\n\r\n" % size
    digests = [hashlib.sha256() for _ in range(4)]

    def echoes(connection: socket.socket, seen: bytearray) -> None:
        left = len(head) + size
        while left and (data := connection.recv(1 << 20)):
            digests[0].update(data)
            left -= len(data)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(block)):
            connection.sendall(block)

    player.play = echoes
    before, most = mirror.memory(), 0
    with socket.create_connection(("127.0.0.1", mirror.port), 60) as connection:
        connection.sendall(head)
        digests[1].update(head)
        for number in range(size // len(block)):
            connection.sendall(block)
            digests[1].update(block)
            most = max(most, mirror.memory()) if number % 100 == 0 else most
        time.sleep(0.5)  # a caller that reads slowly: what it has not read stays with the old system
        received = 0
        while data := connection.recv(1 << 20):
            received += len(data)
            most = max(most, mirror.memory())
    assert digests[0].digest() == digests[1].digest()
    assert received == size + len(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    assert most - before < 30 * 2**20


def test_an_unreachable_old_system_is_a_502_at_once(tmp_path):
    with mirroring(tmp_path / "m", f"http://127.0.0.1:{free_port()}", NOWHERE) as mirror:
        began = time.monotonic()
        assert answer_to(mirror.port, GET).startswith(b"HTTP/1.1 502 ")
        assert time.monotonic() - began < _CONNECT_SECONDS / 2
        assert mirror.stop()[0] == 0


def test_requests_under_way_are_finished_when_it_stops(player, tmp_path):
    has_arrived, may_answer = threading.Event(), threading.Event()

    def slow(connection: socket.socket, seen: bytearray) -> None:
        seen += connection.recv(65536)
        has_arrived.set()
        may_answer.wait(60)
        connection.sendall(OK)
        connection.recv(65536)

    player.play = slow
    with mirroring(tmp_path / "m", player.url, NOWHERE) as mirror:
        with socket.create_connection(("127.0.0.1", mirror.port), 60) as connection:
            connection.sendall(GET)
            assert has_arrived.wait(60)
            mirror.process.terminate()
            time.sleep(0.5)  # it is stopping
            may_answer.set()
            assert connection.recv(65536) == OK
            assert connection.recv(65536) == b""
        assert mirror.ended()[0] == 0
