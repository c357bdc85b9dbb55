"""The file of an SQLite register: where it is, and how a new one is made."""

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
    """The file of an SQLite database."""
    name = str(url.database)
    # With `uri=true` SQLite takes a URI of its own: `sqlite:///file:data/register.db?uri=true&mode=ro`.
    return Path(unquote(urlsplit(name).path) if url.query.get("uri") and name.startswith("file:") else name)


def lacks_register(file: Path) -> bool:
    """Whether a file is not there, or is an SQLite database without a register. Nothing is made or changed.

    Of what cannot be read whoever opens it says more.
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
    """Make the folder of a database. Raises `OSError`, and `ValueError` if the database can be no file there."""
    if file.exists() and not file.is_file():
        raise ValueError(f"{file} is no regular file")  # SQLite would write into a device
    make_private_folder(file.parent)


def make_private(engine: Engine, file: Path) -> None:
    """Have a database that a connection would make be readable by its owner only."""
    if engine.url.query.get("mode", "rwc") == "rwc":
        event.listen(engine, "do_connect", partial(_make, file))


def _make(file: Path, *_arguments: Any) -> None:
    # SQLite would make the file with what the umask leaves. Where it cannot be made, SQLite says why.
    with suppress(OSError):
        make_private_file(file)
