"""How migration steps run while gateways serve: no other statement waits for as long as a second."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.database.database import Database
from core.database.migrations.progress import Progress
from core.database.postgresql import is_distributed, is_pooled

_LOCK_MILLISECONDS = 300
_PAUSES = (0.1, 0.3, 1.0, 3.0)  # seconds before the lock is requested again; the last value repeats
_BATCH_SECONDS = (0.1, 0.25)  # the target: a faster batch is enlarged, a slower one is reduced
# Between two batches. A writer that waits for SQLite's lock polls ten times a second and would miss a shorter pause.
_REST_SECONDS = {True: 0.15, False: 0.02}
_FIRST_BATCH = 1000
_LOCK_NOT_AVAILABLE = "55P03"


class Stepping:
    """Runs steps on a database. Whenever it is interrupted, no step is left half committed."""

    def __init__(
        self, database: Database, progress: Progress, about: str, is_done: Callable[[Connection], bool] | None = None
    ) -> None:
        self._database, self._progress, self._about, self._is_done = database, progress, about, is_done
        self.is_sqlite = database.is_sqlite

    def in_brief_transaction(self, act: Callable[[Operations], object]) -> None:
        """Run `act` in a transaction that locks a table briefly; do nothing if another process has done the step.

        Other statements on the table queue behind ours while we wait for the lock. So we wait only briefly, and try
        again.
        """
        for pause in self._pauses():
            try:
                with self._database.writing() as connection:
                    if self._is_done is not None and self._is_done(connection):
                        return
                    if is_distributed(connection):  # the limits that follow then apply on the nodes too
                        connection.exec_driver_sql("SET LOCAL citus.propagate_set_commands = 'local'")
                    if not self.is_sqlite:
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_MILLISECONDS}ms'")
                        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                    act(_operations(connection))
                return
            except Exception as error:
                if not _is_locked(error):
                    raise
            time.sleep(pause)

    def outside_transaction(self, act: Callable[..., object]) -> None:
        """Run `act` outside a transaction, so that PostgreSQL can do it concurrently; on SQLite in a transaction."""
        if self.is_sqlite:
            self.in_brief_transaction(act)
            return
        with self._database.bulk_writing() as connection:
            free = connection.execution_options(isolation_level="AUTOCOMMIT")
            if not is_pooled(free):  # the connection has no limits outside transactions
                free.exec_driver_sql("SET statement_timeout = 0")
                free.exec_driver_sql("SET lock_timeout = 0")
            act(_operations(free), **_CONCURRENTLY)

    def in_ranges(self, table: str, key: str, statement: sa.TextClause) -> None:
        """Run a statement over `table` in ranges of `key`: rows with a `key` beyond `:after` and up to `:upto`."""
        after, last = self._limits(table, key)
        size = _FIRST_BATCH
        first = after
        while after < last:
            began, upto = time.monotonic(), min(after + size, last)
            self._database.write_now(partial(_run, statement=statement, after=after, upto=upto))
            after, size = upto, _next_size(size, time.monotonic() - began)
            self._progress(self._about, after - first, last - first + 1)  # the last range is open-ended
            time.sleep(_REST_SECONDS[self.is_sqlite])

    def _limits(self, table: str, key: str) -> tuple[int, int]:
        limits = sa.text(f"SELECT min({key}), max({key}) FROM {table}")  # noqa: S608 (names of a migration)
        low, high = self._database.read_now(lambda connection: tuple(connection.execute(limits).one()))
        return (low - 1, high) if low is not None else (0, 0)

    @staticmethod
    def _pauses() -> Any:
        yield from _PAUSES
        while True:
            yield _PAUSES[-1]


def _is_locked(error: Exception) -> bool:
    cause = error.__cause__ if isinstance(error.__cause__, DBAPIError) else error
    return getattr(getattr(cause, "orig", None), "sqlstate", None) == _LOCK_NOT_AVAILABLE


_CONCURRENTLY = {"postgresql_concurrently": True}


def _run(connection: Connection, statement: sa.TextClause, after: int, upto: int) -> None:
    connection.execute(statement, {"after": after, "upto": upto})


def _operations(connection: Connection) -> Operations:
    return Operations(MigrationContext.configure(connection))


def _next_size(size: int, seconds: float) -> int:
    least, most = _BATCH_SECONDS
    if seconds < least:
        return size * 2
    return max(100, size // 2) if seconds > most else size
