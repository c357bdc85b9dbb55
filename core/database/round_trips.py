"""Statements that go to PostgreSQL together and are answered in one round trip (libpq's pipeline mode).

The server runs them in their order. The first that fails ends the batch: none after it is run.
"""

import select
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection, Error
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from core.database.libpq import Parameters, error_of


class Statement:
    """A statement to send, prepared if it `reuses_plan`; `result` is set when it has been answered."""

    __slots__ = ("parameters", "result", "reuses_plan", "sql")

    def __init__(self, sql: str, parameters: Parameters, reuses_plan: bool = False) -> None:
        self.sql = sql
        self.parameters = parameters
        self.reuses_plan = reuses_plan
        self.result: PGresult | None = None


class _Preparation:
    """A statement that is being prepared under a name."""

    def __init__(self, sql: str, name: bytes) -> None:
        self.sql = sql
        self.name = name


class RoundTrips:
    """A thread's connection that sends batches of statements, and waits for each batch while other threads run.

    Between two batches it is not in pipeline mode, so that cursors can use it. If a batch is interrupted, the
    connection is closed, because its next user would read the remaining results of that batch.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self.database = connection.info.dbname
        self._names: dict[str, bytes] = {}
        self._named = 0
        self._input, self._input_or_output = select.poll(), select.poll()
        self._input.register(self._libpq.socket, select.POLLIN)
        self._input_or_output.register(self._libpq.socket, select.POLLIN | select.POLLOUT)

    def is_quiet(self) -> bool:
        """Return whether the connection is open and has received nothing unexpected, above all not its end."""
        return not self._connection.closed and not self._input.poll(0)

    def answers(self) -> bool:
        """Return whether the server answers. It must not be called inside a transaction."""
        try:
            return self._libpq.exec_(b"").status == ExecStatus.EMPTY_QUERY
        except Error:
            return False

    def make(self, statements: Iterable[Statement]) -> None:
        """Send statements and wait for their results.

        Raises the error of the first one that fails, as a cursor does.
        """
        try:
            self._libpq.enter_pipeline_mode()
            sent = self._sent(statements)
            self._libpq.pipeline_sync()
            self._flush()
            results = self._results()
            self._libpq.exit_pipeline_mode()
        except BaseException:
            self._connection.close()
            raise
        self._take(sent, results)

    def _sent(self, statements: Iterable[Statement]) -> list[Statement | _Preparation]:
        sent: list[Statement | _Preparation] = []
        preparing: dict[str, bytes] = {}
        for each in statements:
            if not each.reuses_plan:
                self._libpq.send_query_params(each.sql.encode(), each.parameters)
            else:
                name = self._names.get(each.sql) or preparing.get(each.sql)
                if name is None:
                    name = preparing[each.sql] = self._new_name()
                    self._libpq.send_prepare(name, each.sql.encode())
                    sent.append(_Preparation(each.sql, name))
                self._libpq.send_query_prepared(name, each.parameters)
            sent.append(each)
        return sent

    def _new_name(self) -> bytes:
        self._named += 1  # a name is never reused, because a failed preparation may have left it on the server
        return b"direct_%d" % self._named

    def _flush(self) -> None:
        while self._libpq.flush():  # the socket is full; the server may be waiting for us to read its results
            self._input_or_output.poll()
            if self._input.poll(0):
                self._libpq.consume_input()

    def _results(self) -> list[PGresult]:
        """Return one result for each statement and preparation, in order."""
        results: list[PGresult] = []
        while True:
            while self._libpq.is_busy():
                self._input.poll()
                self._libpq.consume_input()
            result = self._libpq.get_result()  # None at the end of each statement
            if result is not None:
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return results
                results.append(result)

    def _take(self, sent: Sequence[Statement | _Preparation], results: Sequence[PGresult]) -> None:
        for each, result in zip(sent, results, strict=True):
            if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
                raise error_of(result)
            if isinstance(each, _Preparation):
                self._names[each.sql] = each.name
            else:
                each.result = result
