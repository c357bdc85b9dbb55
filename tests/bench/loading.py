"""Fills an empty SQLite register in bulk, in the product's own schema, many times faster than its verbs would.

Indexes and triggers are dropped meanwhile and created again from their own definitions, so that the result is what the
migrations create. Other processes generate the rows while this one stores them.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.bench import data, derived, processes, rendering
from tests.bench.data import COMPANY, Row

TABLES = data.COLUMNS | derived.COLUMNS


def rows(table: str, first: int, last: int) -> list[Row]:
    """Return the rows of one of `TABLES` for the clients from `first` to `last`."""
    return list((derived if table in derived.COLUMNS else data).rows(table, first, last))


def fill_sqlite(path: Path, size: int, public_url: str) -> None:
    """Insert the clients 1 to `size` into a bootstrapped SQLite register that no process has open."""
    connection = sqlite3.connect(path, isolation_level=None)
    unsafe = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF")
    for pragma in (*unsafe, "cache_size=-1000000", "temp_store=MEMORY", "threads=2"):
        connection.execute(f"PRAGMA {pragma}")
    with closing(connection), processes.pool() as pool:
        connection.execute("BEGIN")
        _fill(connection, pool, size)
        connection.execute("COMMIT")
        with_rows = path.with_suffix(".rows")
        _copy(path, with_rows)
        rendered = processes.made(pool, partial(rendering.rows, f"sqlite:///{with_rows}", public_url), size)
        connection.execute("BEGIN")
        _index_grams(connection)
        _insert(connection, "client_renderings", rendering.COLUMNS, rendered)
        _insert(connection, "rendering_walks", rendering.WALK_COLUMNS, rendering.finished_walks(size, public_url))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    for file in path.parent.glob(f"{with_rows.name}*"):
        file.unlink()


def _fill(connection: sqlite3.Connection, pool: ProcessPoolExecutor, size: int) -> None:
    removed = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _ in removed:
        connection.execute(f"DROP {kind} {name}")
    for table, columns in TABLES.items():
        _insert(connection, table, columns, processes.made(pool, partial(rows, table), size))
    _insert(connection, "client_counts", derived.COUNT_COLUMNS, derived.counts(size))
    connection.execute("UPDATE companies SET next_number = ? WHERE id = ?", (size + 1, COMPANY))
    for *_, definition in removed:
        connection.execute(definition)


def _copy(path: Path, to: Path) -> None:
    """Return a copy of the register for the gateway's own code to read, while writing continues without a journal."""
    shutil.copy(path, to)
    with closing(sqlite3.connect(to)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # every process that opens it sets this, and only one can


def _index_grams(connection: sqlite3.Connection) -> None:
    # What 'rebuild' does, but in order of the places: for every place before the last one FTS5 writes out all it has.
    columns = "stand_in, name, rest"
    connection.execute(
        f"INSERT INTO client_search_grams (rowid, {columns})"
        f" SELECT place, {columns} FROM client_search_places ORDER BY place"
    )
    connection.execute("INSERT INTO client_search_grams (client_search_grams) VALUES ('optimize')")


def _insert(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names, places = ", ".join(columns), ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
