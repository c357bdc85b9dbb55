"""Fills an empty register by bulk, in the product's own schema, many times faster than its verbs would.

Indexes, constraints and triggers are taken away for as long as it takes and then made again from their own
definitions, so that what stands in the end is what the migrations made.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from tests.bench import data, derived, rendering
from tests.bench.data import COMPANY, Row

_TABLES = {table: tuple(columns) for table, columns in (data.COLUMNS | derived.COLUMNS).items()}


def _rows(table: str, size: int) -> Iterator[Row]:
    return derived.rows(table, size) if table in derived.COLUMNS else data.rows(table, 1, size)


def _rendered(url: str, size: int, public_url: str) -> Iterator[tuple[str, Sequence[str], Iterable[Row]]]:
    """What a gateway's walk through the filled register leaves behind: tables, columns and rows."""
    yield "client_renderings", rendering.COLUMNS, rendering.rows(url, size, public_url)
    yield "rendering_walks", rendering.WALK_COLUMNS, rendering.finished_walks(size, public_url)


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def fill_sqlite(path: Path, size: int, public_url: str) -> None:
    """Put clients 1 to `size` into a bootstrapped SQLite register that nobody has open."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
        connection.execute(f"PRAGMA {pragma}")
    removed = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    ).fetchall()
    connection.execute("BEGIN")
    for kind, name, _ in removed:
        connection.execute(f"DROP {kind} {name}")
    for table, columns in _TABLES.items():
        connection.executemany(_insert(table, columns), _rows(table, size))
    connection.execute("UPDATE companies SET next_number = ? WHERE id = ?", (size + 1, COMPANY))
    for *_, definition in removed:
        connection.execute(definition)
    for act in ("rebuild", "optimize"):
        connection.execute("INSERT INTO client_search_grams (client_search_grams) VALUES (?)", (act,))
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN")
    for table, columns, rows in _rendered(f"sqlite:///{path}", size, public_url):
        connection.executemany(_insert(table, columns), rows)
    connection.execute("COMMIT")
    connection.close()


def fill_postgresql(url: str, size: int, public_url: str) -> None:
    """Put clients 1 to `size` into a bootstrapped PostgreSQL register."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET synchronous_commit = off")
        made_again = _take_away(connection)
        for table, columns in _TABLES.items():
            _copy(connection, table, columns, _rows(table, size))
        connection.execute("UPDATE companies SET next_number = %s WHERE id = %s", (size + 1, COMPANY))
        for table in ("clients", "contacts"):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        for definition in made_again:
            connection.execute(definition)
        for table, columns, rows in _rendered(url, size, public_url):
            _copy(connection, table, columns, rows)
        connection.execute("VACUUM ANALYZE")  # what autovacuum would do a minute later, in the middle of a measurement
        connection.execute("CHECKPOINT")


def _copy(connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _take_away(connection: psycopg.Connection) -> list[str]:
    # Foreign keys first, since they lean on unique constraints and indexes, also those of tables that stay empty;
    # made again in the opposite order.
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('f', 'u') AND ARRAY[conrelid, confrelid]::regclass[]::text[] && %s ORDER BY contype",
        [list(_TABLES)],
    ).fetchall()
    for table, name, _ in constraints:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT LIKE 'pk_%%'",
        [list(_TABLES)],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    unique_first = reversed(constraints)
    constrained = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}" for table, name, text in unique_first]
    return [definition for _, definition in indexes] + constrained
