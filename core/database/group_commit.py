"""Group commit, for a database that has one writer: writers that wait share the next durable commit.

A commit that survives a power cut waits for the disk, many times longer than the work it makes durable. Writers that
arrive meanwhile join the same transaction and are answered when it is committed: no success is reported before it is on
the disk.

A failing writer affects no other one. When one fails, everything is rolled back, and all run again, each behind a
savepoint of its own. Savepoints are not used from the start, because they keep a copy of every page that is written
after them.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from core.database import before_commit, deferred, transaction_facts
from core.database.outages import database_outage, is_of_database, is_prepared_elsewhere, is_retryable
from core.database.prepared import Prepared
from core.errors import Unavailable

_MAX_TOGETHER = 64
_SAVEPOINT, _RELEASE = Prepared(text("SAVEPOINT unit")), Prepared(text("RELEASE unit"))

Unit = Callable[[Connection], Any]
Waiting = tuple[Unit, "asyncio.Future[Any]"]
Transaction = Callable[[], AbstractContextManager[Connection]]


class Commits:
    """Waiting writing units, and the commits that they share. `transaction` opens and commits a transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._expects_failures = False

    def add(self, waiting: Waiting | None) -> None:
        """Add a unit to the queue; None is the request to stop the thread."""
        self._waiting.put(waiting)

    def next(self) -> Waiting | None:
        """Wait for the unit that has waited longest and return it; None is the request to stop."""
        return self._waiting.get()

    # Units of callers that have gone are left out; once a unit runs, it is finished in any case.

    def following(self) -> Waiting | None:
        """Return the unit that has waited longest; None if the queue is empty."""
        with suppress(queue.Empty):
            while (following := self._waiting.get_nowait()) is not None:
                if not following[1].cancelled():
                    return following
            self._waiting.put(None)  # the request to stop, for the caller of `next`
        return None

    def commit(self, first: Waiting) -> None:
        """Run a unit with those that arrive meanwhile, commit, and report the outcomes."""
        together = [first]
        try:
            outcomes = self._outcomes(together)
        except Exception as error:
            failure = _Failure(error if isinstance(error, Unavailable) or is_retryable(error) else _outage(error))
            outcomes = [failure] * len(together)
        _report(zip((future for _, future in together), outcomes, strict=True))

    def _outcomes(self, together: list[Waiting]) -> list[Any]:
        if not self._expects_failures:
            try:
                return self._run(together, _run_directly)
            except _RolledBack as rolled_back:
                failure = rolled_back.failure
            except Exception as error:
                if not is_of_database(error) or database_outage(error) is not None:
                    raise
                failure = _Failure(error)  # of a statement that was deferred until the commit
            self._expects_failures = True  # the next one is likely to fail too
            if len(together) == 1:
                return [failure]
        outcomes = self._run(together, _run_in_savepoint)
        self._expects_failures = any(isinstance(outcome, _Failure) for outcome in outcomes)
        return outcomes

    def _run(self, together: list[Waiting], run: Callable[[Connection, Unit], Any]) -> list[Any]:
        """Return the outcomes of these units, and of those that arrived meanwhile, in one transaction."""
        outcomes: list[Any] = []
        with self._transaction() as connection:
            while len(outcomes) < len(together):
                outcomes.append(run(connection, together[len(outcomes)][0]))
                if len(together) < _MAX_TOGETHER and (following := self.following()) is not None:
                    together.append(following)
        return outcomes


class GroupCommit:
    """A thread that runs writing units, as many together as are waiting.

    `transaction` opens and commits a transaction.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._commits = Commits(transaction)
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit) -> "asyncio.Future[Any]":
        """Queue a unit. The future, of the running event loop, has its result once it is committed."""
        future = asyncio.get_running_loop().create_future()
        self._commits.add((unit, future))
        return future

    def close(self) -> None:
        """Finish what was submitted and stop."""
        self._commits.add(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._commits.next()) is not None:
            if not first[1].cancelled():
                self._commits.commit(first)


class _Failure:
    """An outcome that is an error, for the caller of the unit."""

    def __init__(self, error: Exception) -> None:
        again = is_retryable(error) or is_prepared_elsewhere(error)  # the caller does it in another way
        self.error = error if again else database_outage(error) or error
        if self.error is not error:
            self.error.__cause__ = error


def _outage(error: Exception) -> Unavailable:
    outage = Unavailable(str(error))
    outage.__cause__ = error
    return outage


class _RolledBack(Exception):
    """A unit failed, and the transaction with it."""

    def __init__(self, failure: _Failure) -> None:
        self.failure = failure


def _report(answered: "Iterable[tuple[asyncio.Future[Any], Any]]") -> None:
    """Report every outcome, those of one event loop together, because waking a loop is what costs."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for future, outcome in answered:
        by_loop.setdefault(future.get_loop(), []).append((future, outcome))
    for loop, pairs in by_loop.items():
        with suppress(RuntimeError):  # nobody waits on a closed loop
            loop.call_soon_threadsafe(_set_all, pairs)


def _set_all(pairs: "list[tuple[asyncio.Future[Any], Any]]") -> None:
    for future, outcome in pairs:
        if future.done():  # the caller has gone
            continue
        if isinstance(outcome, _Failure):
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome)


def _run_directly(connection: Connection, unit: Unit) -> Any:
    try:
        return unit(connection)
    except Exception as error:
        raise _RolledBack(_Failure(error)) from error


def _run_in_savepoint(connection: Connection, unit: Unit) -> Any:
    _SAVEPOINT.executed(connection, {}).close()
    left = before_commit.deferred(connection)
    try:
        outcome = unit(connection)
        deferred.flush(connection)
    except Exception as error:
        outcome = _Failure(error)
        deferred.discard(connection)
        before_commit.restore(connection, left)
        transaction_facts.clear(connection)
        try:
            connection.exec_driver_sql("ROLLBACK TO unit")
        except OperationalError:
            # A full or failing disk makes SQLite roll back everything by itself, the other units' work too.
            raise outcome.error from outcome.error.__cause__
    _RELEASE.run(connection)
    return outcome
