"""Reads of a few rows by key, on the event loop: to hand one to a thread and back would cost more than the read."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

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

    def renew(self) -> None:
        """Replace the connections."""
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

    async def run(self, unit: Unit[T]) -> T:
        """What the unit returns, or raises."""
        return unit(self._connection or self._open())

    def renew(self) -> None:
        """Replace the connection."""
        self.close()
        self._connection = None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> Connection:
        self._connection = self._engine.connect().execution_options(inline=True)
        self._connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KB}")
        return self._connection
