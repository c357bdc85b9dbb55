"""The file of an SQLite register: its path, and how a new one is created."""

import sqlite3
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL

from core.files import make_private_file, make_private_folder


def sqlite_file(url: URL) -> Path:
    """Return the file of an SQLite database."""
    name = str(url.database)
    # With `uri=true` SQLite takes a URI of its own: `sqlite:///file:data/register.db?uri=true&mode=ro`.
    return Path(unquote(urlsplit(name).path) if url.query.get("uri") and name.startswith("file:") else name)


def lacks_register(file: Path) -> bool:
    """Return whether a file does not exist, or is an SQLite database without a register. Nothing is created or changed.

    If the file cannot be read, opening it reports why.
    """
    if not file.exists():
        return True
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            return not connection.execute(tables).fetchone()[0]
    except sqlite3.Error:
        return False


def prepare_folder(file: Path) -> None:
    """Create the folder of a database. Raises `OSError`, and `ValueError` if the database cannot be a file there."""
    if file.exists() and not file.is_file():
        raise ValueError(f"{file} is not a regular file")  # SQLite would write to a device
    make_private_folder(file.parent)


def make_private(engine: Engine, file: Path) -> None:
    """Make a database file that a connection creates accessible to its owner only."""
    if engine.url.query.get("mode", "rwc") == "rwc":
        event.listen(engine, "do_connect", partial(_make, file))


def _make(file: Path, *_arguments: Any) -> None:
    # SQLite would create the file with the permissions that the umask leaves. If it cannot be created, SQLite reports
    # why.
    with suppress(OSError):
        make_private_file(file)
