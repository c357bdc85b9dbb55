"""Bounded reads: reads of a few rows by key, which run on the event loop, because a thread would cost more."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine

from core.database.inline import InlineConnection

T = TypeVar("T")
Unit = Callable[[Connection], T]

MAX_CONNECTIONS = 3
"""The number of connections to PostgreSQL for bounded reads, in addition to those of threads."""

_CACHE_KB = 32 * 1024  # the page cache of the one connection that does most reads


class NeedsThread(Exception):
    """The unit cannot run on the event loop now and must run whole on a thread. It had no effect."""


class BoundedReads(Protocol):
    """The way in which an engine runs a bounded unit on the event loop.

    Each statement sees what was committed before it.
    """

    def run(self, unit: Unit[T]) -> Awaitable[T]:
        """Return what the unit returns. Raises what the unit and the driver raise, and `NeedsThread`."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class InlineReads:
    """Bounded reads of SQLite, through one connection that stays open.

    Checkout, BEGIN and ROLLBACK would cost more than the look-up between them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._inline: InlineConnection | None = None

    async def run(self, unit: Unit[T]) -> T:
        """Return what the unit returns, or raises."""
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
