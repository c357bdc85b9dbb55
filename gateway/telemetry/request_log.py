"""The access log on standard output: JSON, or text for people on a terminal.

Lines are written together a few times a second, because a system call for each would cost more than the request's own
look-up. A process that is killed loses the lines that it has not written yet.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from dialects.shared.served import Served

_PAUSE_SECONDS = 0.2
_MAX_LINES = 1000

Style = Callable[[str, Served], bytes]


def as_json(at: str, served: Served) -> bytes:
    """Return the line as a JSON object."""
    actor = served.actor
    return orjson.dumps(
        {
            "time": at,
            "event": "request",
            "dialect": served.dialect,
            "method": served.method,
            "route": served.route,
            "path": served.path,
            "key": actor.token_name if actor else None,
            "key_id": actor.token_id if actor else None,
            "company": actor.company_id if actor else None,
            "status": served.status,
            "ms": round(served.seconds * 1000, 2),
            "request_id": served.request_id,
            **({"refused": served.refused} if served.refused else {}),
        }
    )


def as_words(at: str, served: Served) -> bytes:
    """Return the line for people."""
    key = f" key={served.actor.token_name!r}" if served.actor else ""
    spent = f"{served.seconds * 1000:.1f} ms"
    refused = f" refused={served.refused!r}" if served.refused else ""
    words = f"{at} {served.method} {served.path!a} {served.status} {spent}{key} id={served.request_id}{refused}"
    return words.encode()


class RequestLog:
    """An observer that writes lines to a file descriptor."""

    def __init__(self, style: Style, descriptor: int = 1) -> None:
        self._style = style
        self._descriptor = descriptor
        self._lines: list[bytes] = []
        self._second, self._second_as_text = 0, ""

    def __call__(self, served: Served) -> None:
        """Add the line of a request that is over."""
        if not self._lines:
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self.flush)
        self._lines.append(self._style(self._now(), served))
        if len(self._lines) >= _MAX_LINES:
            self.flush()

    def flush(self) -> None:
        """Write the waiting lines."""
        lines, self._lines = self._lines, []
        if lines:
            rest = memoryview(b"\n".join(lines) + b"\n")
            with contextlib.suppress(OSError):  # the reader has closed the pipe
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]

    def _now(self) -> str:
        second, millisecond = divmod(time.time_ns() // 1_000_000, 1000)
        if second != self._second:
            self._second = second
            self._second_as_text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._second_as_text}.{millisecond:03d}Z"
