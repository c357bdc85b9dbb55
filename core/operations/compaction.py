"""Compaction: returns the space of deleted rows to the disk."""

import contextlib
import sqlite3

from sqlalchemy import func, select

from core.database.database import Database
from core.errors import Unavailable

_WAIT_SECONDS = 30


def vacuum(database: Database) -> tuple[int, int]:
    """Compact the database, and return its size in bytes before and after. Raises `Unavailable`.

    On SQLite writers wait meanwhile, and as much free space is needed as the register takes. On PostgreSQL nobody
    waits, and most of the space is freed only inside the database files.
    """
    before = _size(database)
    if database.is_sqlite:
        _vacuum_file(database)
    else:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM (ANALYZE)")
            connection.exec_driver_sql("RESET statement_timeout")  # a pooler may give the connection to others
            connection.invalidate()
    return before, _size(database)


def _vacuum_file(database: Database) -> None:
    try:
        with contextlib.closing(sqlite3.connect(str(database.file), timeout=_WAIT_SECONDS)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA optimize")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise Unavailable(f"the register was not compacted and is unchanged: {error}") from error


def _size(database: Database) -> int:
    if database.is_sqlite:
        files = (database.file, database.file.with_name(f"{database.file.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    with database.reading() as connection:
        return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())
