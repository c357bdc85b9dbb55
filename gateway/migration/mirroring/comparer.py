"""The second process of a mirror: repeats exchanges, compares the answers, and keeps the ledger.

Nobody waits for it. It reads its standard input, ends with that, and ignores the signals that stop its parent.
"""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers

from core.operations.outputs import NotWritten
from dialects.shared.dialect import Dialect
from gateway.enabled_dialects import dialects
from gateway.migration.mirroring import admin, goal, report
from gateway.migration.mirroring.comparer_process import REACHED
from gateway.migration.mirroring.exchanges import Exchange, read_frame
from gateway.migration.mirroring.keys import fingerprint, own_key
from gateway.migration.mirroring.ledger import Ledger, opened
from gateway.migration.mirroring.repeating import Gateway, NotComparable, Unanswered, answer_of
from gateway.migration.mirroring.writes import Writes
from gateway.migration.shadowing.accepted import Declared, parse
from gateway.migration.shadowing.differences import Difference, SideAnswer, differences
from gateway.migration.shadowing.replay import route_of
from gateway.settings import Settings

_MAX_CONCURRENT = 8
_PAUSE = 0.5  # seconds before a read that differs is retried
_MAX_AGE = 30.0  # seconds after which an answer is too old to be compared with a new one
_SAVE_SECONDS = 5.0
_TEMPORARY = frozenset({429, 502, 503, 504})  # not counted as an answer, unless the old system answers the same
_LIMIT = 1024 * 1024
_WORD = re.compile(r"[a-z_\-]{1,30}")
_NICENESS = 5  # the relay has priority when the processor is busy


class Comparer:
    """Compares exchanges as they arrive, a few reads at once, each write alone and in order."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self.configuration = configuration
        self.state = Path(configuration["state"])
        self.ledger: Ledger = opened(self.state, configuration["old_url"], configuration["url"])
        self.goal = goal.parse(configuration["until"]) if configuration["until"] else None
        self._dialects: Sequence[Dialect] = sorted(dialects(Settings()), key=lambda each: -len(each.prefix))
        self._declared = parse(configuration["accept"])
        self._declared.used.update(self.ledger.accepted)
        self._writes = Writes([each.prefix for each in self._dialects], configuration["settle"])
        self._gateway = Gateway(configuration["url"])
        self._scratch = Gateway(configuration["writes"]) if configuration["writes"] else None
        self._turns = asyncio.Semaphore(_MAX_CONCURRENT)
        self._running: set[asyncio.Task[None]] = set()
        self._ticked = time.monotonic()
        self._saved = 0.0

    async def run(self, reader: asyncio.StreamReader) -> int:
        """Compare everything that arrives, and return the exit status."""
        while (found := await read_frame(reader)) is not None:
            kind, content = found
            if kind == "exchange":
                await self._take(Exchange(**content))
            elif kind == "begun":
                self._writes.begin(**content)
            elif kind == "ended":
                self._writes.end(content["number"])
            elif kind == "tick" and self._tick(content["missed"]):
                break
        await self._wait_for_comparisons()
        self._save()
        return REACHED if self.ledger.reached else 0

    async def _wait_for_comparisons(self) -> None:
        """Wait until no comparison is in progress."""
        if self._running:
            await asyncio.wait(self._running)

    def _tick(self, missed: Mapping[str, int]) -> bool:
        """Count what the relay could not pass on. Return whether the goal is reached."""
        self.ledger.counts += Counter(missed)
        now = time.monotonic()
        is_reached = self.ledger.pass_time(now - self._ticked, self.goal)
        self._ticked = now
        if now - self._saved >= _SAVE_SECONDS:
            self._save()
        return is_reached

    def _save(self) -> None:
        self._saved = time.monotonic()
        self.ledger.accepted = self._declared.used
        try:
            self.ledger.save(self.state)
        except NotWritten as error:  # for example a full disk; the ledger is still in memory
            print(f"Warning: {error}.", file=sys.stderr, flush=True)

    async def _take(self, exchange: Exchange) -> None:
        if not exchange.is_read:
            await self._wait_for_comparisons()
            await self._apply(exchange)
            self._writes.end(exchange.number)
            return
        await self._turns.acquire()
        task = asyncio.create_task(self._read(exchange))
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._turns.release()
        error = None if task.cancelled() else task.exception()
        if error is not None:  # whatever the error is, the other comparisons go on
            self.ledger.counts["unanswered"] += 1
            print(f"Warning: a comparison failed: {type(error).__name__}.", file=sys.stderr, flush=True)

    async def _read(self, exchange: Exchange) -> None:
        """Compare one read. A difference is unsettled if a retry matches, or a write may have caused it."""
        if time.monotonic() - exchange.ended > _MAX_AGE and self._scratch is None:
            self.ledger.counts["too_old"] += 1
            return
        try:
            there, key_headers, name = self._read_of(exchange)
            found, used = self._compared(exchange, there, await self._gateway.repeat(exchange, key_headers))
            is_unsettled = bool(found) and self._may_have_changed(exchange)
            if found and not is_unsettled:
                await asyncio.sleep(_PAUSE)
                found, used = self._compared(exchange, there, await self._gateway.repeat(exchange, key_headers))
                is_unsettled = not found or self._may_have_changed(exchange)
        except (NotComparable, Unanswered) as reason:
            self.ledger.counts[str(reason) if isinstance(reason, NotComparable) else "unanswered"] += 1
            return
        self._declared.used.update(used)
        self._note(exchange, name, found, is_unsettled)

    def _may_have_changed(self, exchange: Exchange) -> bool:
        return self._writes.may_have_changed(exchange.target, exchange.began, exchange.ended)

    async def _apply(self, exchange: Exchange) -> None:
        """Apply a write to the scratch register, and compare the answers."""
        if self._scratch is None:
            return
        if not exchange.is_whole:
            self.ledger.counts["writes_lost"] += exchange.status < 300
            return
        try:
            there, key_headers, name = self._read_of(exchange)
            here = await self._scratch.repeat(exchange, key_headers)
            found, used = self._compared(exchange, there, here)
        except NotComparable as reason:
            self.ledger.counts[str(reason)] += 1
        except Unanswered:
            self.ledger.counts["writes_unanswered"] += 1
        else:
            self._declared.used.update(used)
            self._note(exchange, name, found, False)

    def _read_of(self, exchange: Exchange) -> tuple[SideAnswer, Mapping[str, str], str]:
        """Return the old system's answer, the headers with the gateway's key, and the name of the caller's key."""
        there = answer_of(exchange, self.configuration["old_url"])
        dialect = next(each for each in self._dialects if exchange.target.startswith(f"{each.prefix}/"))
        raw = [(name.encode(), value.encode("latin-1")) for name, value in exchange.headers]
        key = dialect.read_key(Headers(raw=raw))
        own = own_key(key, exchange.status, self.configuration["keys"], self.configuration["own_key"])
        if own is None:
            self.ledger.keys.setdefault(fingerprint(key), Counter())
            raise NotComparable("key_unknown")
        both = {"Authorization": f"Bearer {own}", "X-API-TOKEN": own} if own else {}
        return there, both, fingerprint(key)

    def _compared(
        self, exchange: Exchange, there: SideAnswer, here: SideAnswer
    ) -> tuple[list[Difference], Counter[str]]:
        """Return the differences that are not declared, and the lines that declare the others. Raises `Unanswered`."""
        if here.status in _TEMPORARY and here.status != there.status:
            raise Unanswered(str(here.status))
        declared = Declared(self._declared.lines)
        found = differences(there, here, self.configuration["ignore"])
        return declared.without(route_of(exchange.target, self._dialects), found), declared.used

    def _note(self, exchange: Exchange, key: str, found: list[Difference], is_unsettled: bool) -> None:
        route, is_known = named_route(exchange, self._dialects)
        if is_unsettled:
            self.ledger.note("unsettled", route, key)
        elif found:
            # A path that no dialect has may contain anything, even a secret.
            self.ledger.differ(route, key, exchange.target.partition("?")[0] if is_known else route, found)
        else:
            self.ledger.note("same", route, key)

    def pages(self) -> dict[str, tuple[str, str]]:
        """Return the pages of the administration port."""
        text = "\n".join([*report.lines(self.ledger), *report.table(self.ledger)])
        return {
            "/": ("text/plain", f"{text}\n"),
            "/json": ("application/json", admin.as_text(report.as_json(self.ledger))),
        }

    async def close(self) -> None:
        """Close all connections."""
        for each in filter(None, (self._gateway, self._scratch)):
            await each.close()


def named_route(exchange: Exchange, dialects: Sequence[Dialect]) -> tuple[str, bool]:
    """Return the route for the report, with the method of a write; and whether a dialect has it.

    Of a path that no dialect has, only the first segment is named.
    """
    route = route_of(exchange.target, dialects)
    dialect = next(each for each in dialects if exchange.target.startswith(f"{each.prefix}/"))
    is_known = any(dialect.prefix + path.path == route for path in dialect.paths)
    if not is_known:
        word = route.removeprefix(f"{dialect.prefix}/").partition("/")[0]
        route = f"{dialect.prefix}/{word if _WORD.fullmatch(word) else '…'}/…"
    return route if exchange.is_read else f"{exchange.method} {route}", is_known


async def _main() -> int:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICENESS)
    reader = asyncio.StreamReader(limit=_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    found = await read_frame(reader)
    if found is None:
        return 0
    comparer = Comparer(found[1])
    if (descriptor := comparer.configuration["admin"]) is not None:
        admin.serve(socket.socket(fileno=descriptor), comparer.pages)
    try:
        return await comparer.run(reader)
    finally:
        with contextlib.suppress(OSError):
            await comparer.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
