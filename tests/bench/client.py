"""The load generator for machines without wrk: one process with a given number of kept-alive connections.

`python -m tests.bench.client PORT CONNECTIONS SECONDS FILE START NUMBER` prints what `wrk.lua` prints.
"""

import asyncio
import itertools
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


def _endless(file: str, start: int, number: int) -> Iterator[bytes]:
    requests = Path(file).read_bytes().split(b"\0")
    for position in itertools.count(start):
        request = requests[position % len(requests)]
        if request.startswith(b"POST"):
            number += 1
            request = request.replace(b"@" * 16, b"%016d" % number)
        yield request


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete."""

    def __init__(self, requests: Iterator[bytes], until: float, times: list[float], errors: list[bytes]) -> None:
        self.requests, self.until, self.times, self.errors = requests, until, times, errors
        self.ended = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self.asked = time.perf_counter()
        if self.asked < self.until:
            self.transport.write(next(self.requests))
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if found else None
        if length and len(body) >= int(length[1]):
            self.times.append(time.perf_counter() - self.asked)
            if not head.startswith(b"HTTP/1.1 2"):
                self.errors.append(head)
            self.buffer = b""
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if error or self.buffer or self.asked < self.until:
            self.errors.append(b"connection lost")
        self.ended.set_result(None)


async def _load(port: int, connections: int, seconds: float, requests: Iterator[bytes]) -> dict[str, float]:
    times: list[float] = []
    errors: list[bytes] = []
    loop = asyncio.get_running_loop()
    started = time.perf_counter()

    def connection() -> _Connection:
        return _Connection(requests, started + seconds, times, errors)

    made = [await loop.create_connection(connection, "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(protocol.ended for _, protocol in made))
    times.sort()
    return {
        "requests": len(times),
        "seconds": time.perf_counter() - started,
        "p50_us": times[len(times) // 2] * 1e6 if times else 0,
        "p99_us": times[len(times) * 99 // 100] * 1e6 if times else 0,
        "errors": len(errors),
    }


def main(port: str, connections: str, seconds: str, file: str, start: str, number: str) -> None:
    """Send requests, then print the results."""
    requests = _endless(file, int(start), int(number))
    print("RESULT", json.dumps(asyncio.run(_load(int(port), int(connections), float(seconds), requests))))


if __name__ == "__main__":
    main(*sys.argv[1:])
