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

Asked = tuple[str, tuple[bytes | None, ...]]
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
        self._ahead: dict[Asked, Statement] = {}
        self._readers: dict[str, list[Reader]] = {}

    def execute(self, sql: str, arguments: Sequence[Any], is_kept: bool) -> Found | None:
        """Return the rows of a statement. None means that it was not sent, and that a cursor must execute it.

        With `reuses_plan`, PostgreSQL may use the statement's plan for other values too. Raises what a cursor raises.
        """
        sent = parameters(arguments)
        statement = self._ahead.pop(_asked(sql, sent), None) if self._ahead else None
        statement = statement or self._queued(sql, sent, is_kept)
        if statement is None:
            return None
        if statement.result is None:
            self.flush()
        return self._found(statement)

    def run(self, sql: str, arguments: Sequence[Any], is_kept: bool) -> bool:
        """Execute a statement, at the latest before the next one whose rows are needed, or before the commit.

        Return False if it was not sent, and a cursor must execute it.
        """
        statement = self._queued(sql, parameters(arguments), is_kept)
        if not self.defers or len(self._waiting) >= _MAX_WAITING:
            self.flush()
        return statement is not None

    def ask_ahead(self, sql: str, arguments: Sequence[Any], is_kept: bool) -> Asked:
        """Send a statement with the next round trip. Its result is used once, for the same statement and arguments.

        Return the key by which `discard_prefetched` discards the result.
        """
        sent = parameters(arguments)
        asked, statement = _asked(sql, sent), self._queued(sql, sent, is_kept)
        if statement is not None:
            self._ahead[asked] = statement
        return asked

    def is_asked(self, sql: str, arguments: Sequence[Any]) -> bool:
        """Return whether the statement was prefetched with these arguments, and its result has not been used."""
        return bool(self._ahead) and _asked(sql, parameters(arguments)) in self._ahead

    def forget(self, asked: Iterable[Asked]) -> None:
        """Discard the results of these statements, which were prefetched."""
        for each in asked:
            self._ahead.pop(each, None)

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
                self._ahead.clear()
                raise

    def discard(self) -> None:
        """Discard the deferred statements, because they would be rolled back."""
        self._waiting.clear()
        self._ahead.clear()

    def commit(self) -> None:
        """Commit in the same round trip as the deferred statements, if there are any."""
        if self._waiting:
            self._waiting.append(Statement("COMMIT", []))
            self.flush()

    def _queued(self, sql: str, sent: Parameters | None, is_kept: bool) -> Statement | None:
        if sent is None or not self._prepares or not self._is_usual():
            self.flush()  # a cursor is used next
            return None
        statement = Statement(sql, sent, is_kept)
        self._waiting.append(statement)
        return statement

    def _is_usual(self) -> bool:
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


def _asked(sql: str, sent: Parameters | None) -> Asked:
    return sql, tuple(sent or ())
