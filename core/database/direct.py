"""Prepared statements on a connection to PostgreSQL that a thread has, without psycopg's cursors.

A statement whose rows nobody needs waits for one whose rows somebody does, or for the commit, and goes with it. Each
round trip gives the interpreter to others and gets it back, perhaps a millisecond later; it wakes up two processes.
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
    """Prepared statements inside the connection's transaction, which begins with the first of them.

    None are kept unless it `prepares`, and none waits unless it `defers`. Whatever else uses the connection calls
    `flush` before. An error that a statement meets is raised by whatever sends it.
    """

    def __init__(self, connection: Connection[Any], prepares: bool, defers: bool) -> None:
        self._connection = connection
        self.round_trips = RoundTrips(connection)
        self._prepares = prepares
        self.defers = prepares and defers
        self.sent = 1
        """How often something was sent to the server, at least; it begins at 1."""
        self._waiting: list[Statement] = []
        self._ahead: dict[Asked, Statement] = {}
        self._readers: dict[str, list[Reader]] = {}

    # Of these three each says that it did nothing if the statement must go by a cursor.

    def execute(self, sql: str, arguments: Sequence[Any], is_kept: bool) -> Found | None:
        """What a statement finds, whose plan may be kept for other values. Raises what a cursor does."""
        sent = parameters(arguments)
        statement = self._ahead.pop(_asked(sql, sent), None) if self._ahead else None
        statement = statement or self._queued(sql, sent, is_kept)
        if statement is None:
            return None
        if statement.result is None:
            self.flush()
        return self._found(statement)

    def run(self, sql: str, arguments: Sequence[Any], is_kept: bool) -> bool:
        """Have a statement executed before the next one whose rows are needed, or before the commit."""
        statement = self._queued(sql, parameters(arguments), is_kept)
        if not self.defers or len(self._waiting) >= _MAX_WAITING:
            self.flush()
        return statement is not None

    def ask_ahead(self, sql: str, arguments: Sequence[Any], is_kept: bool) -> Asked:
        """Have `execute` find, for the same arguments and once, what is so when the statements before are executed."""
        sent = parameters(arguments)
        asked, statement = _asked(sql, sent), self._queued(sql, sent, is_kept)
        if statement is not None:
            self._ahead[asked] = statement
        return asked

    def is_asked(self, sql: str, arguments: Sequence[Any]) -> bool:
        """Whether this was asked ahead, and has not been used."""
        return bool(self._ahead) and _asked(sql, parameters(arguments)) in self._ahead

    def forget(self, asked: Iterable[Asked]) -> None:
        """Use these, which were asked ahead, no more."""
        for each in asked:
            self._ahead.pop(each, None)

    def flush(self) -> None:
        """Execute what waits. Raises the error of the first that fails; those after it are not executed."""
        self.sent += 1
        waiting, self._waiting = self._waiting, []
        if waiting:
            try:
                self.round_trips.make(waiting)
            except BaseException:
                self._ahead.clear()
                raise

    def discard(self) -> None:
        """Forget what waits, because it would be rolled back."""
        self._waiting.clear()
        self._ahead.clear()

    def commit(self) -> None:
        """Commit together with what waits, if anything does."""
        if self._waiting:
            self._waiting.append(Statement("COMMIT", []))
            self.flush()

    def _queued(self, sql: str, sent: Parameters | None, is_kept: bool) -> Statement | None:
        if sent is None or not self._prepares or not self._is_usual():
            self.flush()  # a cursor follows
            return None
        statement = Statement(sql, sent, is_kept)
        self._waiting.append(statement)
        return statement

    def _is_usual(self) -> bool:
        """Whether the transaction is of the usual kind; it is begun if it was not."""
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
