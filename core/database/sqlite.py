"""Connections to SQLite: their settings, how their transactions begin, and the time limit of reads."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

from core.database import postgresql, trigram_index
from core.database.register_file import make_private

T = TypeVar("T")
Unit = Callable[[Connection], T]

# The page size applies to new files only: three renderings on a page are read faster than one on each. The commit that
# fills the log also writes it into the file, while others wait: with SQLite's default of 1000 pages, one create in 28.
_PRAGMAS = (
    "page_size=8192",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-8192",
    "wal_autocheckpoint=4000",  # pages, 32 MB
)
_WITHOUT_DURABILITY = "synchronous=OFF"
_is_durable = True
_INSTRUCTIONS = 1_000_000  # of SQLite's virtual machine (some milliseconds) between two checks of the time limit


def attach(engine: Engine, file: Path) -> None:
    """Configure the connections of an engine for the register in this file."""
    engine.dialect.statement_compiler = _HintedSQLite
    make_private(engine, file)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    trigram_index.attach(engine)


@contextmanager
def without_durability() -> Iterator[None]:
    """Let connections that are made in the block not wait for the disk, for temporary registers.

    What they commit outlives a crash of the process, but not of the machine.
    """
    global _is_durable
    before, _is_durable = _is_durable, False
    try:
        yield
    finally:
        _is_durable = before


def limited(unit: Unit[T]) -> Unit[T]:
    """Return the unit with the time limit that a statement has on PostgreSQL."""

    def limited_unit(connection: Connection) -> T:
        driver: Any = connection.connection.driver_connection
        end = time.monotonic() + postgresql.STATEMENT_SECONDS
        driver.set_progress_handler(lambda: time.monotonic() > end, _INSTRUCTIONS)
        try:
            return unit(connection)
        finally:
            driver.set_progress_handler(None, 0)

    return limited_unit


class _HintedSQLite(SQLiteCompiler):
    """SQLAlchemy's SQLite compiler with support for table hints (`Select.with_hint`), as other engines have it."""

    def get_from_hint_text(self, table: Any, text: Any) -> Any:
        return text


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are opened by `_begin`, not by the driver
    cursor = connection.cursor()
    for pragma in _PRAGMAS if _is_durable else (*_PRAGMAS, _WITHOUT_DURABILITY):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A write that starts with a read must own the write lock first, or it can fail halfway (SQLITE_BUSY_SNAPSHOT).
    options = connection.get_execution_options()
    if not options.get("inline"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
