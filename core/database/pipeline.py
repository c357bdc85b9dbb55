"""One connection to PostgreSQL on the event loop that sends many statements at once (libpq's pipeline mode).

It uses libpq through psycopg's `pq`, as psycopg itself does: psycopg's cursors take longer for a statement than
PostgreSQL.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import AsyncConnection, DatabaseError, Error, errors
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from core.database.bounded_reads import NeedsThread
from core.database.libpq import Parameters, Reader, Rows, error_of, readers_of, rows_of

Outcome = Rows | Exception


class PendingStatement:
    """A statement with its arguments, and the futures of the units that wait for its outcome."""

    __slots__ = ("answers", "parameters", "sql")

    def __init__(self, sql: str, parameters: Parameters) -> None:
        self.sql = sql
        self.parameters = parameters
        self.answers: list[asyncio.Future[Outcome]] = []

    @property
    def is_awaited(self) -> bool:
        """Whether anybody still waits for the outcome."""
        return any(not answer.done() for answer in self.answers)

    def answer(self, outcome: Outcome) -> None:
        """Report the outcome to every unit that waits for it."""
        for answer in self.answers:
            if not answer.done():  # the caller may have gone
                answer.set_result(outcome)


class _Preparation:
    """The preparation, under a name, of the statement that is sent next."""

    def __init__(self, statement: PendingStatement, name: bytes) -> None:
        self.statement = statement
        self.name = name


class Pipeline:
    """A connection that sends one batch of statements at a time. A batch only reads, so it is one transaction.

    `done` is called when a batch has been answered, with the statements to send again because one before them failed.
    `lost` is called when the connection is no longer usable, after its statements were answered with errors. Statements
    are prepared if it `prepares`.
    """

    def __init__(
        self,
        connection: AsyncConnection[Any],
        done: "Callable[[Pipeline, list[PendingStatement]], None]",
        lost: "Callable[[Pipeline, Exception], None]",
        prepares: bool = True,
    ) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._done, self._lost, self._prepares = done, lost, prepares
        self._loop = asyncio.get_running_loop()
        self._names: dict[str, bytes] = {}
        self._prepared = 0
        self._readers: dict[str, list[Reader]] = {}
        self._expected: deque[PendingStatement | _Preparation] = deque()
        self._again: list[PendingStatement] = []
        self._failed: Error | None = None
        self.busy_since = 0.0
        """When the batch in flight was sent, in the loop's time; 0 if there is none."""
        self.sent = 1
        """The number of batches so far, from 1 on."""
        self.is_retired = False
        """Whether to close the connection once the batch in flight is answered."""
        self._socket = self._libpq.socket  # libpq no longer reports it once the connection is lost
        self.database = connection.info.dbname
        self._libpq.nonblocking = 1
        self._libpq.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)

    def send(self, statements: Sequence[PendingStatement]) -> None:
        """Send these statements; no batch may be in flight."""
        self.busy_since, self._again, self._failed = self._loop.time(), [], None
        self.sent += 1
        preparing: dict[str, bytes] = {}
        try:
            for statement in statements:
                self._send(statement, preparing)
            self._libpq.pipeline_sync()
            self._flush()
        except Error as error:
            self._lose(error)

    def give_up(self, error: Exception) -> None:
        """Answer the statements in flight with this error, and close: the server is silent."""
        self._lose(error, error)

    def close(self) -> None:
        """Close the connection."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._libpq.finish()

    def _send(self, statement: PendingStatement, preparing: dict[str, bytes]) -> None:
        sql = statement.sql
        if not self._prepares:
            self._libpq.send_query_params(sql.encode(), statement.parameters)
        else:
            name = self._names.get(sql) or preparing.get(sql)
            if name is None:
                self._prepared += 1
                name = preparing[sql] = b"bounded_%d" % self._prepared
                self._libpq.send_prepare(name, sql.encode())
                self._expected.append(_Preparation(statement, name))
            self._libpq.send_query_prepared(name, statement.parameters)
        self._expected.append(statement)

    def _flush(self) -> None:
        if self._libpq.flush():
            self._loop.add_writer(self._socket, self._write)

    def _write(self) -> None:
        self._loop.remove_writer(self._socket)
        try:
            self._flush()
        except Error as error:
            self._lose(error)

    def _read(self) -> None:
        try:
            self._libpq.consume_input()
            ended = False  # libpq returns None at the end of each statement, and again if nothing has arrived after it
            while not self._libpq.is_busy():
                result = self._libpq.get_result()
                if result is None and ended:
                    return
                ended = result is None
                if result is not None and self._take(result):
                    return
        except Error as error:
            self._lose(error)

    def _take(self, result: PGresult) -> bool:
        """Process a result, and return whether it was the last one of the batch."""
        if result.status == ExecStatus.PIPELINE_SYNC:
            self._end()
            return True
        if not self._expected:
            # The server announces by itself why it closes the connection.
            raise DatabaseError(result.error_message.decode(errors="replace"))
        awaited = self._expected.popleft()
        if isinstance(awaited, _Preparation):
            if result.status == ExecStatus.COMMAND_OK:
                self._names[awaited.statement.sql] = awaited.name
            elif result.status == ExecStatus.FATAL_ERROR:
                error = error_of(result)
                self._fail(error)
                if _is_for_the_caller(error):  # else it would be sent again and meet the same lock, for ever
                    awaited.statement.answer(error)
        elif result.status == ExecStatus.TUPLES_OK:
            awaited.answer(self._rows(awaited.sql, result))
        elif result.status == ExecStatus.FATAL_ERROR:
            error = error_of(result)
            self._fail(error)
            awaited.answer(error if _is_for_the_caller(error) else _needs_thread(error))
        else:
            self._again.append(awaited)
        return False

    def _fail(self, error: Error) -> None:
        # A timeout does not mean that the connection is bad. Any other error may, and a new connection costs little.
        if not _is_for_the_caller(error):
            self._failed = error

    def _end(self) -> None:
        self.busy_since = 0.0
        if self._failed is None:
            self._done(self, self._again)
        else:
            self._lose(self._failed)

    def _rows(self, sql: str, result: PGresult) -> Outcome:
        readers = self._readers.get(sql)
        if readers is None:
            readers = self._readers[sql] = readers_of(result, self._connection)
        return rows_of(result, readers)

    def _lose(self, why: Exception, outcome: Exception | None = None) -> None:
        expected, self._expected, self.busy_since = self._expected, deque(), 0.0
        self.close()
        for awaited in (*expected, *self._again):
            if isinstance(awaited, PendingStatement):
                awaited.answer(outcome or _needs_thread(why))
        self._lost(self, why)


def _is_for_the_caller(error: Error) -> bool:
    """Return whether a thread would meet the same error: a lock or a statement that took too long."""
    return isinstance(error, errors.QueryCanceled | errors.LockNotAvailable)


def _needs_thread(error: Exception) -> NeedsThread:
    needs = NeedsThread(str(error))
    needs.__cause__ = error
    return needs
