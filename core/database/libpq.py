"""Prepared statements for PostgreSQL sent directly through libpq, as psycopg's `pq` offers it.

psycopg's cursors convert any type of Python and PostgreSQL into the other. For the few types that prepared statements
use here, that costs more than the statement.
"""

from collections.abc import Callable, Sequence
from typing import Any

from psycopg import AsyncConnection, Connection, Error, errors
from psycopg.pq import Format
from psycopg.pq.abc import PGresult
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect

Rows = list[tuple[Any, ...]]
Reader = Callable[[bytes], Any]
AnyConnection = Connection[Any] | AsyncConnection[Any]
Parameters = list[Any]
"""Each is bytes, or None for NULL."""


_dialect: Any = PGDialect_psycopg
NUMERIC: Dialect = _dialect(paramstyle="numeric_dollar")
"""The dialect of statements as libpq takes them: their values are `$1`, `$2`, …"""

_READERS: dict[int, Reader] = {
    16: lambda value: value == b"t",
    **dict.fromkeys((20, 21, 23), int),
    **dict.fromkeys((25, 1043), bytes.decode),
    17: lambda value: bytes.fromhex(value[2:].decode()),
}
"""How most values arrive, by the object identifiers of PostgreSQL's types: bool, integers, texts, bytes."""


class Found:
    """The rows of a result, with the methods of a cursor."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def fetchall(self) -> Rows:
        """Return all rows."""
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the first row; None if there is none."""
        return self._rows[0] if self._rows else None

    def close(self) -> None:
        """Do nothing: there are no resources to release."""


def parameters(arguments: Sequence[Any]) -> Parameters | None:
    """Return the values in libpq's text format; None if one of them cannot be sent so."""
    sent: Parameters = []
    for value in arguments:
        if isinstance(value, str) and "\0" not in value:  # which would end it
            sent.append(value.encode())
        elif isinstance(value, bool):
            sent.append(b"t" if value else b"f")
        elif isinstance(value, int):
            sent.append(b"%d" % value)
        elif value is None:
            sent.append(None)
        elif isinstance(value, bytes):
            sent.append(b"\\x" + value.hex().encode())
        else:
            return None
    return sent


def readers_of(result: PGresult, connection: AnyConnection) -> list[Reader]:
    """Return the functions that read the columns of a result."""
    return [_reader(result.ftype(column), connection) for column in range(result.nfields)]


def _reader(of_type: int, connection: AnyConnection) -> Reader:
    known = _READERS.get(of_type)
    if known is not None:
        return known
    loader = connection.adapters.get_loader(of_type, Format.TEXT) or connection.adapters.get_loader(0, Format.TEXT)
    assert loader is not None
    read: Reader = loader(of_type, connection).load
    return read


def rows_of(result: PGresult, readers: Sequence[Reader]) -> Rows:
    """Return the rows of a result."""
    value = result.get_value
    return [
        tuple([None if (found := value(row, at)) is None else read(found) for at, read in enumerate(readers)])
        for row in range(result.ntuples)
    ]


def error_of(result: PGresult) -> Error:
    """Return the error that a result stands for."""
    return errors.error_from_result(result)
