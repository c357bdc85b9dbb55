"""Messages of the relay to the comparer about traffic, as frames in a pipe. Nothing is stored."""

import asyncio
import struct
from dataclasses import dataclass, field
from typing import Any

import orjson

_LENGTHS = struct.Struct("!III")

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Exchange:
    """A request of a caller and the old system's answer; `number` counts all requests.

    Names of headers are in lower case, times are monotonic seconds. If not `is_whole`, a body was too large to be kept.
    """

    number: int
    method: str
    target: str
    headers: Headers
    status: int
    answer_headers: Headers
    began: float
    ended: float
    is_whole: bool = True
    sent: bytes = field(default=b"", repr=False)
    received: bytes = field(default=b"", repr=False)

    @property
    def is_read(self) -> bool:
        """Whether it only reads (RFC 9110, section 9.2.1)."""
        return is_read(self.method)


def is_read(method: str) -> bool:
    """Return whether a method only reads, and has an answer to compare."""
    return method in ("GET", "HEAD")


def frame(kind: str, content: dict[str, Any], sent: bytes = b"", received: bytes = b"") -> bytes:
    """Return a message of a kind, with up to two bodies."""
    head = orjson.dumps({"kind": kind, **content})
    return b"".join((_LENGTHS.pack(len(head), len(sent), len(received)), head, sent, received))


def frame_of(exchange: Exchange) -> bytes:
    """Return a finished exchange as a message."""
    content = dict(vars(exchange))
    return frame("exchange", content, content.pop("sent"), content.pop("received"))


async def read_frame(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]] | None:
    """Return the next message: its kind and content; None after the last."""
    try:
        lengths = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
        head, sent, received = [await reader.readexactly(length) for length in lengths]
    except asyncio.IncompleteReadError:
        return None
    content = orjson.loads(head)
    kind = content.pop("kind")
    return kind, content | ({"sent": sent, "received": received} if kind == "exchange" else {})
