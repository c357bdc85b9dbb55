"""The connection of a unit that runs on the event loop, in a greenlet that is suspended while it waits."""

import asyncio
from typing import Any, Protocol, TypeVar, cast

from greenlet import getcurrent, greenlet
from sqlalchemy import Connection

from core.database.bounded_reads import NeedsThread, Unit
from core.database.libpq import NUMERIC, Found, Rows
from core.database.pipeline import Outcome

T = TypeVar("T")
StatementKey = tuple[str, tuple[Any, ...]]


class Batches(Protocol):
    """The sender of statements, which remembers earlier results."""

    def submit(self, sql: str, arguments: tuple[Any, ...]) -> "asyncio.Future[Outcome]":
        """Add a statement to the next batch, and return the future of its outcome.

        Raises `NeedsThread` for arguments that cannot be sent.
        """
        ...

    def presumed(self, key: StatementKey) -> Rows | None:
        """Return the result of the last two times; None if they differed, or there were fewer."""
        ...

    def remember(self, key: StatementKey, rows: Rows) -> None:
        """Remember a result."""
        ...


class EventLoopConnection:
    """The connection of a unit on the event loop. It has what `Prepared` needs; anything else needs a thread."""

    dialect = NUMERIC

    def __init__(self, batches: Batches, presumes: bool) -> None:
        self._batches = batches
        self._presumes = presumes
        self._presumed: list[tuple[StatementKey, Rows, asyncio.Future[Outcome]]] = []

    @property
    def connection(self) -> "EventLoopConnection":
        """The pool's connection, as `Prepared` accesses it."""
        return self

    @property
    def driver_connection(self) -> "EventLoopConnection":
        """The driver's connection."""
        return self

    def execute(self, sql: Any, arguments: Any = ()) -> "Found":
        """Return the result of a prepared statement."""
        if not isinstance(sql, str):
            raise NeedsThread("a statement that is not prepared")
        return Found(_waited_for(self._batches.submit(sql, arguments)))

    def presume(self, sql: str, arguments: tuple[Any, ...]) -> Rows:
        """Return the earlier result, which is most likely still right; `was_right` verifies it."""
        key = (sql, arguments)
        known = self._batches.presumed(key) if self._presumes else None
        answer = self._batches.submit(sql, arguments)
        if known is not None:
            self._presumed.append((key, known, answer))
            return known
        found = _waited_for(answer)
        self._batches.remember(key, found)
        return found

    async def was_right(self) -> bool:
        """Return whether every presumed result was right."""
        right = True
        for key, known, answer in self._presumed:
            found = _rows(await answer)
            self._batches.remember(key, found)
            right = right and found == known
        return right

    def __getattr__(self, name: str) -> Any:
        raise NeedsThread(f"a connection's {name}")


async def in_greenlet(unit: Unit[T], connection: EventLoopConnection) -> T:
    """Run a unit that may wait for futures by `_waited_for`."""
    worker = greenlet(unit)
    worker.gr_context = getcurrent().gr_context
    left = worker.switch(cast(Connection, connection))
    while not worker.dead:
        try:
            outcome = await left
        except BaseException as error:  # above all the cancellation of the request
            left = worker.throw(error)
        else:
            left = worker.switch(outcome)
    return cast(T, left)


def _waited_for(answer: "asyncio.Future[Outcome]") -> Rows:
    return _rows(getcurrent().parent.switch(answer))


def _rows(outcome: Outcome) -> Rows:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
