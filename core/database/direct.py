"""Prepared statements on a thread's connection to PostgreSQL, without psycopg's cursors.

A statement whose rows are not needed is deferred: it is sent together with the next statement whose rows are needed, or
with the commit. Every round trip saved matters, because it wakes up two processes and releases the interpreter, which
the thread may get back only a millisecond later.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

from core.database.libpq import Found, Parameters, Reader, parameters, readers_of, rows_of
from core.database.round_trips import RoundTrips, Statement

StatementKey = tuple[str, tuple[bytes | None, ...]]
"""A statement with its parameters."""

_MAX_WAITING = 64  # statements


class Direct:
    """Executes prepared statements in the connection's transaction, and begins the transaction with the first of them.

    Statements are prepared only if it `prepares`, and deferred only if it `defers`. Any other use of the connection
    must call `flush` first. The error of a deferred statement is raised by the call that sends it.
    """

    def __init__(self, connection: Connection[Any], prepares: bool, defers: bool) -> None:
        self._connection = connection
        self.round_trips = RoundTrips(connection)
        self._prepares = prepares
        self.defers = prepares and defers
        self.sent = 1
        """A lower bound of how often something was sent to the server; it begins at 1."""
        self._waiting: list[Statement] = []
        self._prefetched: dict[StatementKey, Statement] = {}
        self._readers: dict[str, list[Reader]] = {}

    def execute(self, sql: str, arguments: Sequence[Any], reuses_plan: bool) -> Found | None:
        """Return the rows of a statement. None means that it was not sent, and that a cursor must execute it.

        With `reuses_plan`, PostgreSQL may use the statement's plan for other values too. Raises what a cursor raises.
        """
        sent = parameters(arguments)
        statement = self._prefetched.pop(_key_of(sql, sent), None) if self._prefetched else None
        statement = statement or self._queued(sql, sent, reuses_plan)
        if statement is None:
            return None
        if statement.result is None:
            self.flush()
        return self._found(statement)

    def run(self, sql: str, arguments: Sequence[Any], reuses_plan: bool) -> bool:
        """Execute a statement, at the latest before the next one whose rows are needed, or before the commit.

        Return False if it was not sent, and a cursor must execute it.
        """
        statement = self._queued(sql, parameters(arguments), reuses_plan)
        if not self.defers or len(self._waiting) >= _MAX_WAITING:
            self.flush()
        return statement is not None

    def prefetch(self, sql: str, arguments: Sequence[Any], reuses_plan: bool) -> StatementKey:
        """Send a statement with the next round trip. Its result is used once, for the same statement and arguments.

        Return the key by which `discard_prefetched` discards the result.
        """
        sent = parameters(arguments)
        key, statement = _key_of(sql, sent), self._queued(sql, sent, reuses_plan)
        if statement is not None:
            self._prefetched[key] = statement
        return key

    def is_prefetched(self, sql: str, arguments: Sequence[Any]) -> bool:
        """Return whether the statement was prefetched with these arguments, and its result has not been used."""
        return bool(self._prefetched) and _key_of(sql, parameters(arguments)) in self._prefetched

    def discard_prefetched(self, keys: Iterable[StatementKey]) -> None:
        """Discard the results of these statements, which were prefetched."""
        for each in keys:
            self._prefetched.pop(each, None)

    def flush(self) -> None:
        """Execute the deferred statements.

        Raises the error of the first one that fails; later ones are not executed.
        """
        self.sent += 1
        waiting, self._waiting = self._waiting, []
        if waiting:
            try:
                self.round_trips.make(waiting)
            except BaseException:
                self._prefetched.clear()
                raise

    def discard(self) -> None:
        """Discard the deferred statements, because they would be rolled back."""
        self._waiting.clear()
        self._prefetched.clear()

    def commit(self) -> None:
        """Commit in the same round trip as the deferred statements, if there are any."""
        if self._waiting:
            self._waiting.append(Statement("COMMIT", []))
            self.flush()

    def _queued(self, sql: str, sent: Parameters | None, reuses_plan: bool) -> Statement | None:
        if sent is None or not self._prepares or not self._begin_default_transaction():
            self.flush()  # a cursor is used next
            return None
        statement = Statement(sql, sent, reuses_plan)
        self._waiting.append(statement)
        return statement

    def _begin_default_transaction(self) -> bool:
        """Begin the transaction if necessary; return False if it is not of the default kind (isolation, autocommit)."""
        if not self._waiting and self._connection.pgconn.transaction_status == TransactionStatus.IDLE:
            connection = self._connection
            if connection.autocommit or connection.isolation_level is not None or connection.read_only is not None:
                return False
            self._waiting.append(Statement("BEGIN", []))
        return True

    def _found(self, statement: Statement) -> Found:
        assert statement.result is not None, "an error would have been raised"
        readers = self._readers.get(statement.sql)
        if readers is None:
            readers = self._readers[statement.sql] = readers_of(statement.result, self._connection)
        return Found(rows_of(statement.result, readers))


def _key_of(sql: str, sent: Parameters | None) -> StatementKey:
    return sql, tuple(sent or ())
