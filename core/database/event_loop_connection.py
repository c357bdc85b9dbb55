"""What a unit takes for its connection while it runs on the event loop, in a greenlet that is left while it waits."""

import asyncio
from typing import Any, Protocol, TypeVar, cast

from greenlet import getcurrent, greenlet
from sqlalchemy import Connection

from core.database.bounded_reads import NeedsThread, Unit
from core.database.libpq import NUMERIC, Found, Rows
from core.database.pipeline import Outcome

T = TypeVar("T")
Asked = tuple[str, tuple[Any, ...]]


class Batches(Protocol):
    """Where statements go, and what was found for them before."""

    def ask(self, sql: str, arguments: tuple[Any, ...]) -> "asyncio.Future[Outcome]":
        """Have a statement go with the next batch. Raises `NeedsThread` for arguments that cannot be sent there."""
        ...

    def presumed(self, asked: Asked) -> Rows | None:
        """What was found the last two times; None if there is no such thing."""
        ...

    def remember(self, asked: Asked, rows: Rows) -> None:
        """Note what was found."""
        ...


class EventLoopConnection:
    """What a unit takes for its connection. Of SQLAlchemy's, it has what `Prepared` needs; the rest needs a thread."""

    dialect = NUMERIC

    def __init__(self, batches: Batches, presumes: bool) -> None:
        self._batches = batches
        self._presumes = presumes
        self._presumed: list[tuple[Asked, Rows, asyncio.Future[Outcome]]] = []

    @property
    def connection(self) -> "EventLoopConnection":
        """The pool's connection, as `Prepared` asks for it."""
        return self

    @property
    def driver_connection(self) -> "EventLoopConnection":
        """The driver's connection."""
        return self

    def execute(self, sql: Any, arguments: Any = ()) -> "Found":
        """What a prepared statement finds."""
        if not isinstance(sql, str):
            raise NeedsThread("a statement that is not prepared")
        return Found(_waited_for(self._batches.ask(sql, arguments)))

    def presume(self, sql: str, arguments: tuple[Any, ...]) -> Rows:
        """What it has found before, and most likely finds again, which `was_right` tells."""
        asked = (sql, arguments)
        known = self._batches.presumed(asked) if self._presumes else None
        answer = self._batches.ask(sql, arguments)
        if known is not None:
            self._presumed.append((asked, known, answer))
            return known
        found = _waited_for(answer)
        self._batches.remember(asked, found)
        return found

    async def was_right(self) -> bool:
        """Whether all that was presumed is so."""
        right = True
        for asked, known, answer in self._presumed:
            found = _rows(await answer)
            self._batches.remember(asked, found)
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
        except BaseException as error:  # above all that the request was cancelled
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
