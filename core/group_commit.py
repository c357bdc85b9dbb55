"""Durable commits for many writers on a database that has one: those who wait share the next commit.

A commit that survives a power cut waits for the disk, many times longer than the work it makes durable. Writers that
arrive meanwhile are taken into the same transaction, each behind a savepoint of its own, and are answered when it
is committed: nobody hears of a success that is not on the disk, and nobody's failure touches a neighbour.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from core.errors import Unavailable
from core.outages import database_outage
from core.prepared import Prepared

_MOST_TOGETHER = 64
_SAVEPOINT, _RELEASE = Prepared(text("SAVEPOINT unit")), Prepared(text("RELEASE unit"))

Unit = Callable[[Connection], Any]
Waiting = tuple[Unit, "asyncio.Future[Any]"]


class GroupCommit:
    """One thread that runs writing units, as many together as are waiting. `transaction` opens and commits."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._transaction = transaction
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit) -> "asyncio.Future[Any]":
        """Have a unit run; the future, of the running event loop, holds its result once it is committed."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.put((unit, future))
        return future

    def close(self) -> None:
        """Finish what was submitted and stop."""
        self._waiting.put(None)
        self._thread.join()

    # Who has gone away before is left out; whose unit runs is not asked any more.

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            if not first[1].cancelled():
                self._commit(first)

    def _commit(self, first: Waiting) -> None:
        together = [first]
        outcomes: list[Any] = []
        try:
            with self._transaction() as connection:
                while len(outcomes) < len(together):
                    outcomes.append(_isolated(connection, together[len(outcomes)][0]))
                    if len(together) < _MOST_TOGETHER and (following := self._next()) is not None:
                        together.append(following)
        except Exception as error:
            failure = _Failure(error if isinstance(error, Unavailable) else Unavailable(str(error)))
            outcomes = [failure] * len(together)
        _answer(zip((future for _, future in together), outcomes, strict=True))

    def _next(self) -> Waiting | None:
        """Who came while the others were served."""
        with suppress(queue.Empty):
            while (following := self._waiting.get_nowait()) is not None:
                if not following[1].cancelled():
                    return following
            self._waiting.put(None)  # the word to stop, for `_work`
        return None


class _Failure:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _answer(answered: "Iterable[tuple[asyncio.Future[Any], Any]]") -> None:
    """Tell everyone what came of it, each event loop in one go: to wake one costs more than to tell one."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for future, outcome in answered:
        by_loop.setdefault(future.get_loop(), []).append((future, outcome))
    for loop, pairs in by_loop.items():
        with suppress(RuntimeError):  # a loop that is closed has nobody left who waits
            loop.call_soon_threadsafe(_set_all, pairs)


def _set_all(pairs: "list[tuple[asyncio.Future[Any], Any]]") -> None:
    for future, outcome in pairs:
        if future.done():  # who waited went away
            continue
        if isinstance(outcome, _Failure):
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome)


def _isolated(connection: Connection, unit: Unit) -> Any:
    _SAVEPOINT.run(connection)
    try:
        outcome = unit(connection)
    except Exception as error:
        failure = database_outage(error) or error
        failure.__cause__ = error.__cause__ if failure is error else error
        outcome = _Failure(failure)
        try:
            connection.exec_driver_sql("ROLLBACK TO unit")
        except OperationalError:
            # A full or failing disk makes SQLite roll back everything by itself: the neighbours' work is gone too.
            raise failure from failure.__cause__
    _RELEASE.run(connection)
    return outcome
