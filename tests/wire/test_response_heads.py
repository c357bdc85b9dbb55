"""The head of a response as the gateway writes it, compared with uvicorn's."""

import asyncio

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.server.cycle import Cycle, Flow

LENGTH = (b"content-length", b"2")
USUAL = [LENGTH, (b"content-type", b"application/json"), (b"etag", b'"1a-2b"'), (b"vary", b"Prefer")]
HEADS = {
    "usual": (200, USUAL),
    "of an error": (422, USUAL[:2]),
    "with a limit": (429, [*USUAL, (b"x-ratelimit-limit", b"60"), (b"retry-after", b"3")]),
    "without a length": (200, USUAL[1:]),
    "without a body": (204, [(b"allow", b"GET")]),
    "empty": (204, []),
    "that closes": (200, [*USUAL, (b"connection", b"close")]),
    "in capitals": (200, [LENGTH, (b"ETag", b'"1"')]),
    "with two lengths": (200, [LENGTH, LENGTH]),
}


class Recorder:
    """A transport that records what is written to it."""

    def __init__(self):
        self.written, self.is_closed = b"", False

    def write(self, data):
        self.written += data

    def close(self):
        self.is_closed = True


def answered(make, status, headers, method="GET", keep_alive=True):
    """Return the bytes that a cycle sends for a response, and whether it ends the connection."""
    transport = Recorder()

    async def send():
        cycle = make(
            scope={"method": method},
            transport=transport,
            flow=Flow(transport),
            logger=None,
            access_logger=None,
            access_log=False,
            default_headers=[(b"date", b"Sun, 29 Nov 2026 20:00:00 GMT")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=lambda: None,
        )
        await cycle.send({"type": "http.response.start", "status": status, "headers": headers})
        await cycle.send({"type": "http.response.body", "body": b"" if status == 204 else b"{}"})

    asyncio.run(send())
    return transport.written, transport.is_closed


def own(**given):
    return Cycle(None, **given)


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", HEADS)
def test_a_response_is_written_as_uvicorn_writes_it(name, method, keep_alive):
    expected = answered(RequestResponseCycle, *HEADS[name], method, keep_alive)
    assert answered(own, *HEADS[name], method, keep_alive) == expected


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\x00", b"\x7f"])
def test_no_header_can_contain_a_line_end(value):
    with pytest.raises(RuntimeError, match="Invalid HTTP header value"):
        answered(own, 200, [*USUAL, (b"x-request-id", value)])
