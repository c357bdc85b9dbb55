"""Reads of a few rows by key, on the event loop: to hand one to a thread and back would cost more than the read."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine

from core.database.inline import InlineConnection

T = TypeVar("T")
Unit = Callable[[Connection], T]

MAX_CONNECTIONS = 3
"""How many connections to PostgreSQL they take beside those of threads."""

_CACHE_KB = 32 * 1024  # of the one connection through which most reads go


class NeedsThread(Exception):
    """The unit cannot run on the event loop now, and is to run whole on a thread; it had no effect."""


class BoundedReads(Protocol):
    """How an engine runs a bounded unit on the event loop. Each of its statements sees what was committed before it."""

    def run(self, unit: Unit[T]) -> Awaitable[T]:
        """What the unit returns, or raises. Raises `NeedsThread`, and what the driver raises."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class InlineReads:
    """Bounded reads of SQLite: on the spot, through one connection for good.

    Checkout, BEGIN and ROLLBACK would cost more than the look-up between them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._inline: InlineConnection | None = None

    async def run(self, unit: Unit[T]) -> T:
        """What the unit returns, or raises."""
        inline = self._inline or self._open()
        inline.begin()
        return unit(cast(Connection, inline))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> InlineConnection:
        self._connection = self._engine.connect().execution_options(inline=True)
        self._connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KB}")
        self._inline = InlineConnection(self._connection)
        return self._inline
