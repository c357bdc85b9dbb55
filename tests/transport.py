"""What carries the requests of `tests.drivers`: Python's own HTTP client, which costs a third of what httpx brings.

The API stays httpx's. Tests of the wire itself speak through sockets, and those of other clients through these.
"""

import http.client
import select
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

_MAX_IDLE_SECONDS = 3.0  # long before a server closes a connection that is idle: none may do so during a request


class Connections(httpx.BaseTransport):
    """Connections that are kept, as many to a server as there are requests at once. Any thread may use them."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[tuple[float, http.client.HTTPConnection]]] = defaultdict(list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the whole answer. Raises the errors of httpx."""
        address = (request.url.host, request.url.port or 80)
        connection = self._taken(address, request.extensions.get("timeout", {}).get("read"))
        try:
            with _errors_of_httpx(request):
                answer = _exchanged(connection, request)
                content = answer.read()
        except BaseException:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            self._idle[address].append((time.monotonic(), connection))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        said = {"http_version": b"HTTP/1.1", "reason_phrase": answer.reason.encode("latin-1")}
        return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(content), extensions=said)

    def close(self) -> None:
        """Close all that nobody uses."""
        for idle in self._idle.values():
            while idle:
                idle.pop()[1].close()

    def _taken(self, address: tuple[str, int], timeout: float | None) -> http.client.HTTPConnection:
        idle = self._idle[address]
        with suppress(IndexError):
            while True:
                since, connection = idle.pop()
                if time.monotonic() < since + _MAX_IDLE_SECONDS and not _is_readable(connection):
                    connection.sock.settimeout(timeout)
                    return connection
                connection.close()
        return http.client.HTTPConnection(*address, timeout=timeout)


def _exchanged(connection: http.client.HTTPConnection, request: httpx.Request) -> http.client.HTTPResponse:
    connection.putrequest(
        request.method, request.url.raw_path.decode("ascii"), skip_host=True, skip_accept_encoding=True
    )
    for name, value in request.headers.raw:
        connection.putheader(name.decode("latin-1"), value)
    connection.endheaders()
    with suppress(ConnectionError):  # who refuses a body before its end has answered already
        _send_body(connection, request)
    return connection.getresponse()


def _send_body(connection: http.client.HTTPConnection, request: httpx.Request) -> None:
    in_chunks = "transfer-encoding" in request.headers
    assert isinstance(request.stream, httpx.SyncByteStream)
    for content in filter(None, request.stream):
        connection.send(b"%x\r\n%b\r\n" % (len(content), content) if in_chunks else content)
    if in_chunks:
        connection.send(b"0\r\n\r\n")


def _is_readable(connection: http.client.HTTPConnection) -> bool:
    """Whether a connection that waits for nothing has something to say, which is that its server has closed it."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _errors_of_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except http.client.HTTPException as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error
    except ConnectionRefusedError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except OSError as error:
        raise httpx.ReadError(str(error), request=request) from error
