"""Durable commits for many writers on a database that has one: those who wait share the next commit.

A commit that survives a power cut waits for the disk, many times longer than the work it makes durable. Writers that
arrive meanwhile are taken into the same transaction, each behind a savepoint of its own, and are answered when it
is committed: nobody hears of a success that is not on the disk, and nobody's failure touches a neighbour.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
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
Waiting = tuple[Unit, "Future[Any]"]


class GroupCommit:
    """One thread that runs writing units, as many together as are waiting. `transaction` opens and commits."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._transaction = transaction
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit) -> "Future[Any]":
        """Have a unit run; the future holds its result once it is committed."""
        future: Future[Any] = Future()
        self._waiting.put((unit, future))
        return future

    def close(self) -> None:
        """Finish what was submitted and stop."""
        self._waiting.put(None)
        self._thread.join()

    # Who has gone away is left out; who is taken can go away no longer, so that every future here can be answered.

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            if first[1].set_running_or_notify_cancel():
                self._commit(first)

    def _commit(self, first: Waiting) -> None:
        together = [first]
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._transaction() as connection:
                while len(done) < len(together):
                    unit, future = together[len(done)]
                    done.append((future, _isolated(connection, unit)))
                    if len(together) < _MOST_TOGETHER and (following := self._next()) is not None:
                        together.append(following)
        except Exception as error:
            for _, future in together:
                future.set_exception(error if isinstance(error, Unavailable) else Unavailable(str(error)))
            return
        for future, outcome in done:
            if isinstance(outcome, _Failure):
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome)

    def _next(self) -> Waiting | None:
        """Who came while the others were served."""
        with suppress(queue.Empty):
            while (following := self._waiting.get_nowait()) is not None:
                if following[1].set_running_or_notify_cancel():
                    return following
            self._waiting.put(None)  # the word to stop, for `_work`
        return None


class _Failure:
    def __init__(self, error: Exception) -> None:
        self.error = error


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
