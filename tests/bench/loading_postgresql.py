"""Fills an empty PostgreSQL register in bulk, as `loading` does an SQLite one.

Several processes copy at once, each over its own connection: whole tables, and the renderings in chunks.
"""

from collections.abc import Iterable, Sequence
from functools import cache, partial

import psycopg
from psycopg import sql

from tests.bench import derived, processes, rendering
from tests.bench.data import COMPANY, Row
from tests.bench.loading import TABLES, rows

_FILLED = [*TABLES, "client_counts"]


def fill_postgresql(url: str, size: int, public_url: str) -> None:
    """Insert the clients 1 to `size` into a bootstrapped PostgreSQL register."""
    with psycopg.connect(url, autocommit=True) as connection, processes.pool() as pool:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET synchronous_commit = off")
        indexes, foreign_keys = _take_away(connection)
        list(pool.map(partial(_copy_table, url, size), TABLES))
        _copy(connection, "client_counts", derived.COUNT_COLUMNS, derived.counts(size))
        connection.execute("UPDATE companies SET next_number = %s WHERE id = %s", (size + 1, COMPANY))
        for table in ("clients", "contacts"):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        for definition in indexes:
            connection.execute(definition)
        list(pool.map(partial(_copy_renderings, url, public_url), *zip(*processes.chunks(size), strict=True)))
        _copy(connection, "rendering_walks", rendering.WALK_COLUMNS, rendering.finished_walks(size, public_url))
        for definition in foreign_keys:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE")  # autovacuum would do this a minute later, in the middle of a measurement
        connection.execute("CHECKPOINT")


def _copy_table(url: str, size: int, table: str) -> None:
    # One process copies the whole table, since some ids are assigned in the order of the rows.
    made = (row for first, last in processes.chunks(size) for row in rows(table, first, last))
    _copy(_opened(url), table, TABLES[table], made)


def _copy_renderings(url: str, public_url: str, first: int, last: int) -> None:
    _copy(_opened(url), "client_renderings", rendering.COLUMNS, rendering.rows(url, public_url, first, last))


@cache
def _opened(url: str) -> psycopg.Connection:
    connection = psycopg.connect(url, autocommit=True)  # open as long as the process, which ends with the pool
    connection.execute("SET synchronous_commit = off")
    return connection


def _copy(connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _take_away(connection: psycopg.Connection) -> tuple[list[str], list[str]]:
    """Drop what makes copying slow: indexes, unique constraints and foreign keys.

    Return the statements that create them again: those of indexes and unique constraints, and those of foreign keys.
    """
    # Foreign keys first, since they depend on unique constraints and indexes, also those of tables that stay empty.
    constraints = connection.execute(
        "SELECT contype, conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('f', 'u') AND ARRAY[conrelid, confrelid]::regclass[]::text[] && %s ORDER BY contype",
        [_FILLED],
    ).fetchall()
    for _, table, name, _ in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT LIKE 'pk_%%'",
        [_FILLED],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    of_kind: dict[str, list[str]] = {"u": [], "f": []}
    for kind, table, name, definition in constraints:
        of_kind[kind].append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    return [definition for _, definition in indexes] + of_kind["u"], of_kind["f"]
