"""Starts processes of this program: workers, and the check that precedes those of another version."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from gateway.server.graceful import HAND_OVER

_PING_SECONDS = 1.0
_MAX_UNANSWERED = 10


@dataclass(frozen=True)
class Launch:
    """How workers are started: a command, to which the numbers of inherited sockets are added, and its variables."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_this_program(cls, environment: Mapping[str, str]) -> "Launch":
        """Return how workers of the running program are started."""
        return cls([*_interpreter(), "-m", "gateway.server.worker"], environment)

    def as_text(self) -> str:
        """Return the description in one line, for a supervisor of any version."""
        return json.dumps(asdict(self))

    @classmethod
    def parsed(cls, text: str) -> "Launch":
        """Parse the description, ignoring what later versions add. Raises `ValueError`."""
        try:
            found = json.loads(text)
            return cls(
                list(map(str, found["command"])), {name: str(each) for name, each in found["environment"].items()}
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a description of workers: {text[:200]!r}") from error


def program() -> list[str]:
    """Return the command that starts the version that is now installed in place of this program."""
    script = os.path.abspath(sys.argv[0])
    if os.path.basename(script) != "__main__.py" and os.access(script, os.X_OK):
        return [script]  # its first line names the interpreter, which may be another one by then
    return [*_interpreter(), "-m", "gateway"]


def folder() -> str:
    """Return the working directory under the name by which it was entered: a link may change before the next start."""
    named = os.environ.get("PWD", "")
    try:
        return named if named and os.path.samefile(named, ".") else os.getcwd()
    except OSError:
        return os.getcwd()


def _interpreter() -> list[str]:
    # `python -m` searches the working directory first, which is right only if this module was found there.
    return [sys.executable] if sys.path[0] in ("", os.getcwd()) else [sys.executable, "-P"]


class Worker:
    """A worker as its supervisor sees it."""

    def __init__(self, launch: Launch, listeners: Sequence[socket.socket], cwd: str) -> None:
        self._channel, theirs = socket.socketpair()
        self._channel.setblocking(False)
        numbers = [each.fileno() for each in listeners]
        inherited = [",".join(map(str, numbers)), str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (ourselves)
                [*launch.command, *inherited],
                env={**os.environ, **launch.environment},
                cwd=cwd,
                pass_fds=[*numbers, theirs.fileno()],
            )
        self.pid = self._process.pid
        self.is_ready = False
        self._started_at = self._pinged_at = time.monotonic()
        self._unanswered = 0

    def poll(self) -> int | None:
        """Return its exit status if it has ended, else None. Kill it if it was ready and no longer answers."""
        self._receive()
        now = time.monotonic()
        if self.is_ready and now - self._pinged_at > _PING_SECONDS:
            self._pinged_at = now
            self._ping()
        if (status := self._process.poll()) is not None:
            self._channel.close()
        return status

    def is_overdue(self, seconds: float) -> bool:
        """Return whether it has taken longer than this to start, and is not ready."""
        return not self.is_ready and time.monotonic() - self._started_at > seconds

    def hand_over(self) -> None:
        """Make it end once its connections have ended (`HAND_OVER`)."""
        self._process.send_signal(HAND_OVER)

    def stop(self) -> None:
        """Make it end after the requests in progress (SIGTERM)."""
        self._process.terminate()

    def kill(self) -> None:
        """Kill it."""
        self._process.send_signal(signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it has ended."""
        self._process.wait()

    def _receive(self) -> None:
        try:
            answers = self._channel.recv(1000)
        except OSError:  # no message, or it has ended
            return
        if answers:
            self.is_ready, self._unanswered = True, 0

    def _ping(self) -> None:
        # Pings are counted instead of time, because a supervisor that was suspended has sent none.
        if self._unanswered >= _MAX_UNANSWERED:
            self.kill()
            return
        self._unanswered += 1
        with suppress(OSError):
            self._channel.send(b"?")
