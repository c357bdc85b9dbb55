"""The comparer's process as the relay sees it: fed through a pipe, never waited for, restarted when it ends."""

import asyncio
import itertools
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.migration.mirroring.exchanges import Exchange, frame, frame_of, is_read

_MAX_WAITING = 32 * 1024 * 1024  # bytes that the comparer has not read; further messages are dropped and counted
_MAX_NOTICES = 2 * _MAX_WAITING  # the same for short messages, without which comparisons would be wrong
_TICK_SECONDS = 1.0
_FIRST_PAUSE, _MAX_PAUSE = 0.5, 30.0  # seconds until the comparer is started again
_WARNING_SECONDS = 10.0
REACHED = 10
"""The exit status of a comparer that has reached the goal."""


class ComparerProcess:
    """Passes exchanges to the comparer, which is started with this configuration. It is the observers' listener."""

    def __init__(self, configuration: Mapping[str, Any], prefixes: Sequence[str], descriptors: Sequence[int]) -> None:
        self._configuration = dict(configuration)
        self._prefixes = tuple(f"{prefix}/" for prefix in prefixes)
        self._with_writes = bool(configuration["writes"])
        self._descriptors = tuple(descriptors)
        self._process: asyncio.subprocess.Process | None = None
        self._missed: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self._warned_at = -_WARNING_SECONDS
        self.ends = False

    def number(self) -> int:
        """Return the number of the next request."""
        return next(self._numbers)

    async def run(self) -> int:
        """Keep a comparer running until the pipe is closed or the goal is reached, and return its exit status."""
        pause = _FIRST_PAUSE
        while True:
            started = asyncio.get_running_loop().time()
            status = await self._run_once()
            if self.ends or status == REACHED:
                return status
            if asyncio.get_running_loop().time() - started > _MAX_PAUSE:
                pause = _FIRST_PAUSE
            self._missed["restarts"] += 1
            await asyncio.sleep(pause)
            pause = min(_MAX_PAUSE, 2 * pause)

    async def _run_once(self) -> int:
        command = [sys.executable, "-m", "gateway.migration.mirroring.comparer"]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, pass_fds=self._descriptors
            )
        except OSError:
            return 1
        assert process.stdin is not None
        process.stdin.write(frame("configuration", self._configuration))
        self._process = process
        ticking = asyncio.ensure_future(self._tick())
        try:
            return await process.wait()
        finally:
            self._process = None
            ticking.cancel()

    async def _tick(self) -> None:
        """Report every second that the relay runs, and what it could not pass on."""
        while True:
            missed, self._missed = self._missed, Counter()
            if not self._write(frame("tick", {"missed": missed}), _MAX_NOTICES):
                self._missed += missed
            await asyncio.sleep(_TICK_SECONDS)

    async def finish(self, seconds: float) -> None:
        """Close the pipe, so that the comparer finishes its work; kill it after so many seconds."""
        self.ends = True
        process = self._process
        if process is None or process.stdin is None:
            return
        self._write(frame("tick", {"missed": self._missed}), _MAX_NOTICES)
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()

    def is_wanted(self, method: str, target: str) -> bool:
        """Return whether an exchange is compared: reads and writes below the prefixes of the dialects."""
        return method not in ("OPTIONS", "TRACE") and target.startswith(self._prefixes)

    def begun(self, number: int, method: str, target: str) -> None:
        """Report that a write has begun: reads of what it writes may differ from now on."""
        if not is_read(method):
            self._write(frame("begun", {"number": number, "target": target, "began": time.monotonic()}), _MAX_NOTICES)

    def finished(self, exchange: Exchange) -> None:
        """Report a complete exchange."""
        notice = None if exchange.is_read else frame("ended", {"number": exchange.number})
        if exchange.is_read or self._with_writes:
            if self._write(frame_of(exchange), _MAX_WAITING):
                return
            self._missed["dropped" if exchange.is_read else "writes_lost"] += 1
        if notice is not None:
            self._write(notice, _MAX_NOTICES)

    def lost(self, number: int, method: str) -> None:
        """Report a request without a complete answer."""
        self._missed["broken_off"] += 1
        if not is_read(method):
            self._missed["writes_lost"] += self._with_writes
            self._write(frame("ended", {"number": number}), _MAX_NOTICES)

    def unobserved(self) -> None:
        """Report a connection that cannot be observed."""
        self._missed["unobserved"] += 1

    def unreachable(self, error: OSError) -> None:
        """Warn now and then that the old system accepts no connection; the callers get a 502."""
        self._missed["unreachable"] += 1
        now = time.monotonic()
        if now - self._warned_at >= _WARNING_SECONDS:
            self._warned_at = now
            print(f"Warning: the old system does not answer: {error}.", file=sys.stderr, flush=True)

    def _write(self, message: bytes, limit: int) -> bool:
        pipe = self._process.stdin if self._process is not None else None
        if pipe is None or pipe.is_closing() or pipe.transport.get_write_buffer_size() + len(message) > limit:
            return False
        pipe.write(message)
        return True
