"""Connections are read exactly by RFC 9112: no body is taken for a request, and each request has its answer."""

import socket
import time
from contextlib import ExitStack, closing

import pytest

from gateway.server.protocol import HEAD_TIMEOUT
from tests.wire.raw_connections import Connection, post

INNER = b"GET /api/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n"
NOT_HTTP = {"message": "The request is not valid HTTP."}


@pytest.fixture
def connect(company):
    host, _, port = company.server.url.removeprefix("http://").partition(":")
    with ExitStack() as opened:

        def make():
            raw = opened.enter_context(closing(socket.create_connection((host, int(port)), timeout=60)))
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Connection(raw, company.key)

        yield make


def names(company) -> list[str]:
    return [client["name"] for client in company.v1.get("/clients").json()["data"]]


EARLY = {
    "401": (b"POST /api/clients HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bad\r\n", 401),
    "403": (b"PUT /api/v1/clients/VolejRejNm HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: bad\r\n", 403),
    "404": (b"POST /nowhere HTTP/1.1\r\nHost: x\r\n", 404),
    "405": (b"DELETE /api/clients HTTP/1.1\r\nHost: x\r\n", 405),
    "GET with a body": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", 200),
    "an unknown verb": (b"BREW /api/clients HTTP/1.1\r\nHost: x\r\n", 405),
}


@pytest.mark.parametrize("line", [b"A /x HTTP/1.1\r\n", b"A" * 64 + b" /x HTTP/1.1\r\n", INNER])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("early", EARLY)
def test_a_body_that_arrives_after_its_answer_is_not_read_as_a_request(connect, early, chunked, line):
    head, status = EARLY[early]
    body = line * 3 + INNER
    framing = b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: %d\r\n\r\n" % len(body)
    pieces = [line, line, line, INNER]
    if chunked:
        pieces = [*(b"%x\r\n%s\r\n" % (len(each), each) for each in pieces), b"0\r\n\r\n"]
    connection = connect()
    connection.send(head + framing)
    assert connection.answer()[0] == status
    connection.send(*pieces)
    assert connection.is_silent()
    connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.answer()[0] == 200


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.0", b"nonsense"])
@pytest.mark.parametrize("apart", [False, True])
def test_upgrade_is_ignored_and_the_body_is_read(connect, company, protocol, apart):
    more = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %s\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n" % protocol
    client = company.new_v1(name="Before")["id"].encode()
    made, changed = (
        post(b"/api/v1/clients", b'{"name": "Made"}', more),
        post(b"/api/v1/clients/" + client, b'{"name": "After"}', more, b"PUT"),
    )
    connection = connect()
    for request in (made, changed):
        connection.send(*(request if apart else [b"".join(request)]))
        assert connection.answer()[0] == 200
    connection.send(INNER.replace(b"\r\n\r\n", b"\r\nX-API-TOKEN: KEY\r\n\r\n"))
    assert connection.answer()[0] == 200
    assert sorted(names(company)) == ["After", "Made"]


def test_upgrade_with_a_chunked_body_is_followed_by_the_next_request(connect, company):
    head, body = post(b"/api/v1/clients", b'{"name": "Made"}')
    head = head.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\nConnection: upgrade\r\nUpgrade: h2c"
    chunks = b"5\r\n%s\r\n%x;extension\r\n%s\r\n0\r\n\r\n" % (body[:5], len(body) - 5, body[5:])
    connection = connect()
    connection.send(head + b"\r\n\r\n" + chunks + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.statuses(2) == [200, 200]
    assert names(company) == ["Made"]


def test_trailers_are_not_read_as_headers(connect, company):
    chunks = b"10\r\n%s\r\n0\r\nX-API-TOKEN: KEY\r\nIf-Match: *\r\n\r\n" % b'{"name": "Made"}'
    connection = connect()
    head = (
        b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    )
    connection.send(head + b"\r\n" + chunks)
    assert connection.answer()[0] == 403
    assert names(company) == []


@pytest.mark.parametrize("verb", [b"BREW", b"M-SEARCH", b"QUERY", b"PROPFIND", b"X" * 65])
def test_an_unknown_method_is_a_405_and_the_connection_continues(connect, verb):
    connection = connect()
    connection.send(*post(b"/api/v1/clients", INNER, verb=verb))
    assert connection.answer() == (405, {"message": "Method not supported for this route", "errors": {}})
    connection.send(*post(b"/api/clients", INNER, verb=verb), INNER)
    assert connection.statuses(2) == [405, 403]


def test_connect_opens_no_tunnel(connect):
    for target, status in ((b"/api/clients", 405), (b"example.org:443", 400)):
        connection = connect()
        connection.send(b"CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n%s" % (target, INNER))
        assert connection.statuses(2) == [status, 0]


HOSTS = {
    "one": (b"HTTP/1.1\r\nHost: example.org:8000\r\n", 200),
    "an empty one": (b"HTTP/1.1\r\nHost:\r\n", 200),
    "an IPv6 address": (b"HTTP/1.1\r\nHost: [::1]:8000\r\n", 200),
    "none": (b"HTTP/1.1\r\n", 400),
    "two": (b"HTTP/1.1\r\nHost: a\r\nhost: b\r\n", 400),
    "the same twice": (b"HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
    "two in one": (b"HTTP/1.1\r\nHost: a,b\r\n", 200),  # a host name may contain a comma (RFC 3986, section 3.2.2)
    "one with a path": (b"HTTP/1.1\r\nHost: a/b\r\n", 400),
    "one with a user": (b"HTTP/1.1\r\nHost: me@a\r\n", 400),
    "one with a space": (b"HTTP/1.1\r\nHost: a b\r\n", 400),
    "none, in HTTP/1.0": (b"HTTP/1.0\r\n", 200),
    "two, in HTTP/1.0": (b"HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
    "none, with Upgrade": (b"HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n", 400),
    "two, with Upgrade": (b"HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n", 400),
}


@pytest.mark.parametrize("given", HOSTS)
def test_a_request_without_exactly_one_host_is_refused(connect, given):
    lines, status = HOSTS[given]
    connection = connect()
    connection.send(b"GET /healthz %s\r\n" % lines)
    assert connection.answer()[0] == status


FRAMINGS = {
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 5\r\n", 400),
    "the same length twice": (b"Content-Length: 5\r\nContent-Length: 5\r\n", 400),
    "a list of lengths": (b"Content-Length: 5, 5\r\n", 400),
    "a length with a sign": (b"Content-Length: +5\r\n", 400),
    "a length and chunks": (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
    "chunks and a length": (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
    "a length of nothing and chunks": (b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400),
    "an unknown coding": (b"Transfer-Encoding: gzip, chunked\r\n", 501),
    "chunks that are not the last coding": (b"Transfer-Encoding: chunked, gzip\r\n", 400),
    "chunks twice": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
    "chunks behind a vertical tab": (b"Transfer-Encoding: \x0bchunked\r\n", 400),
    "a space before the colon": (b"Content-Length : 5\r\n", 400),
    "a line that goes on": (b"X: a\r\n Content-Length: 5\r\n", 400),
    "a line that goes on, with Upgrade": (b"Connection: upgrade\r\nUpgrade: h2c\r\nX: a\r\n b\r\n", 400),
    "a line that ends in LF, with Upgrade": (b"Connection: upgrade\r\nUpgrade: h2c\r\nX: a\nY: b\r\n", 400),
    "a length and chunks, with Upgrade": (
        b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        400,
    ),
}


@pytest.mark.parametrize("wrong", FRAMINGS)
def test_a_body_with_an_ambiguous_end_ends_the_connection(connect, company, wrong):
    lines, status = FRAMINGS[wrong]
    connection = connect()
    head = b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nX-API-TOKEN: KEY\r\n"
    connection.send(head + lines + b"\r\n0\r\n\r\n" + INNER)
    assert connection.statuses(2) == [status, 0]
    assert names(company) == []


def test_a_content_length_beside_chunks_is_refused_for_every_method(connect):
    lines = b"Host: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n"
    connection = connect()
    connection.send(b"BREW /api/v1/clients HTTP/1.1\r\n%s\r\n0\r\n\r\n%s" % (lines, INNER))
    assert connection.statuses(2) == [400, 0]


@pytest.mark.parametrize("verb", [b"GET", b"BREW"])
@pytest.mark.parametrize("more", [b"", b"Connection: upgrade\r\nUpgrade: h2c\r\n"])
@pytest.mark.parametrize("target", [b"http://example.org", b"http://example.org?a=b"])
def test_an_absolute_url_without_a_path_means_the_root(connect, verb, more, target):
    # RFC 9112, section 3.2.2; the root has a page for GET, and nothing for the other method
    connection = connect()
    connection.send(b"%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (verb, target, more))
    status = connection.answer()[0]
    root = connect()
    root.send(b"%s / HTTP/1.1\r\nHost: x\r\n\r\n" % verb)
    assert status == root.answer()[0]


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2"])
def test_another_http_version_is_a_505(connect, version):
    connection = connect()
    connection.send(b"GET /healthz %s\r\nHost: x\r\n\r\n" % version)
    assert connection.answer()[0] in (400, 505)


def test_chunks_in_http_1_0_are_refused(connect):
    connection = connect()
    connection.send(b"POST /api/clients HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert connection.answer() == (400, NOT_HTTP)


@pytest.mark.parametrize("garbage", [b"FROB\x00 nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n"])
@pytest.mark.parametrize("apart", [False, True])
def test_a_complete_request_before_garbage_gets_its_own_answer(connect, company, garbage, apart):
    connection = connect()
    request = b"".join(post(b"/api/v1/clients", b'{"name": "Made"}'))
    connection.send(*([request, garbage] if apart else [request + garbage]))
    assert connection.statuses(3) == [200, 400, 0]
    assert names(company) == ["Made"]


def test_garbage_is_refused_without_waiting_for_more(connect):
    for garbage in (b"\x16\x03\x01", b"GET / HTTP/1.1\nHost: x\n\n", b" GET /", b"nonsense\r\n"):
        connection = connect()
        started = time.monotonic()
        connection.send(garbage)
        assert connection.answer() == (400, NOT_HTTP)
        assert time.monotonic() - started < HEAD_TIMEOUT


def test_a_peer_that_closed_its_sending_half_gets_the_answer(connect, company):
    connection = connect()
    connection.send(*post(b"/api/v1/clients", b'{"name": "Made"}'), INNER)
    connection.end()
    assert connection.statuses(3) == [200, 403, 0]
    assert names(company) == ["Made"]


@pytest.mark.parametrize(
    "cut", [b"GET /healthz HT", b"POST /api/clients HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"]
)
def test_an_incomplete_request_is_refused(connect, cut):
    connection = connect()
    connection.send(cut.replace(b"Host: x\r\n", b"Host: x\r\nAuthorization: Bearer KEY\r\n"))
    connection.end()
    assert connection.statuses(2) == [400, 0]


def test_a_body_does_not_count_towards_the_limit_of_the_head(connect, company):
    head, body = post(b"/api/v1/clients", b'{"name": "%s"}' % (b"x" * 100), b"X-Pad: " + b"p" * 60_000 + b"\r\n")
    for cut in (1, 2, 3, 4):
        connection = connect()
        connection.send(head[:-cut], head[-cut:] + body)
        assert connection.answer()[0] == 200
    large = post(b"/api/v1/clients", b'{"private_notes": "%s"}' % (b"x" * 60_000))
    connection = connect()
    connection.send(large[0][:-1], large[0][-1:] + large[1])
    assert connection.answer()[0] == 200


def test_expect_100_continue_is_answered_before_the_body_is_sent(connect, company):
    head, body = post(b"/api/v1/clients", b'{"name": "Made"}', b"Expect: 100-continue\r\n")
    connection = connect()
    connection.send(head)
    assert connection.answer() == (100, None)
    connection.send(body)
    assert connection.answer()[0] == 200


def test_a_refusal_before_100_continue_closes_the_connection(connect, company):
    head, _ = post(b"/api/v1/clients", INNER, b"Expect: 100-continue\r\n")
    connection = connect()
    connection.send(head.replace(b"KEY", b"bad"))
    assert connection.statuses(2) == [403, 0]  # the peer may send the body or a request now: nobody could tell which
