"""A table's rows as a stream in the order of its key, the same on every engine, and their checksum.

Booleans are 0 and 1, and JSON is the stored text, so that equal registers have equal rows. Text in keys is sorted by
its bytes, because collations differ between engines and machines.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    Table,
    Text,
    cast,
    collate,
    func,
    literal,
    select,
    tuple_,
)

from core.database.distribution import COUNTERS
from core.database.postgresql import is_distributed
from core.models import companies

BATCH = 5000

Row = Sequence[Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Sum:
    """The number of rows, and the digest of all of them in order."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Part:
    """Some rows of a table, and the columns that get these values instead of their own."""

    conditions: Sequence[ColumnElement[bool]] = ()
    values: Mapping[str, int] = field(default_factory=dict)


WHOLE = Part()


def names(table: Table) -> list[str]:
    """Return the columns in the order in which rows contain them."""
    return [column.name for column in table.columns]


def batches(
    connection: Connection, table: Table, after: Key | None = None, part: Part = WHOLE
) -> Iterator[Sequence[Row]]:
    """Yield the rows after a key, or all, a few thousand at a time."""
    key = _key(connection, table)
    statement = _plain(connection, table, part).order_by(*key)
    if after is not None:
        statement = statement.where(tuple_(*key) > tuple_(*after))
    found = connection.execute(statement, execution_options={"yield_per": BATCH})
    for batch in found.partitions():
        yield [tuple(row) for row in batch]


def last_key(connection: Connection, table: Table) -> Key | None:
    """Return the key of the last row in that order; None if the table is empty."""
    key = _key(connection, table)
    row = connection.execute(
        select(*table.primary_key.columns).order_by(*(each.desc() for each in key)).limit(1)
    ).first()
    return None if row is None else tuple(row)


def count(connection: Connection, table: Table, part: Part = WHOLE) -> int:
    """Return the number of rows of the table or a part of it."""
    return int(connection.execute(select(func.count()).select_from(table).where(*part.conditions)).scalar_one())


def checksum(connection: Connection, table: Table, step: Callable[[int], None], part: Part = WHOLE) -> Sum:
    """Return the checksum of the table or a part of it; `step` is called after every few thousand rows."""
    digest, rows = hashlib.blake2b(digest_size=16), 0
    for batch in batches(connection, table, part=part):
        # In chunks of fixed size, so that the digest does not depend on where batches begin.
        digest.update(b"\n".join(map(orjson.dumps, batch)) + b"\n")
        rows += len(batch)
        step(len(batch))
    return Sum(rows, digest.hexdigest())


def _plain(connection: Connection, table: Table, part: Part) -> Select[Any]:
    columns = (
        literal(part.values[column.name]).label(column.name) if column.name in part.values else _unconverted(column)
        for column in table.columns
    )
    if table is companies and is_distributed(connection):  # there the counters are in another table
        counted = (COUNTERS.c.next_number if each.name == "next_number" else each for each in columns)
        joined = select(*counted).join_from(table, COUNTERS, COUNTERS.c.company_id == table.c.id)
        return joined.where(*part.conditions)
    return select(*columns).where(*part.conditions)


def _unconverted(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Boolean):
        return cast(column, Integer)
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _key(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    by_bytes = "BINARY" if connection.dialect.name == "sqlite" else "C"
    return [
        collate(column, by_bytes) if isinstance(column.type, String) else column for column in table.primary_key.columns
    ]
