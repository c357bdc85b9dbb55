"""What a register's URL means, and what is wrong with one that means none."""

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_WANTED = "write sqlite:///FOLDER/FILE.db or postgresql://USER:PASSWORD@HOST/NAME"
# Other drivers than ours are named in URLs that are copied from elsewhere; the database behind them is the same.
_ENGINES = {
    **dict.fromkeys(("sqlite", "sqlite+pysqlite", "sqlite+aiosqlite"), "sqlite"),
    **dict.fromkeys(("postgresql", "postgres"), "postgresql+psycopg"),
    **{f"postgresql+{driver}": "postgresql+psycopg" for driver in ("psycopg", "psycopg2", "asyncpg", "pg8000")},
}


def parsed(url: str) -> URL:
    """The parts of a URL of SQLite or PostgreSQL, with the driver that is used here.

    Raises `ValueError`, whose text holds nothing of the URL but its scheme: a password may be in it.
    """
    name, separator, _rest = url.partition("://")
    scheme = name.lower()
    if not separator:
        raise ValueError(f"it has no scheme; {_WANTED}")
    if scheme not in _ENGINES:
        raise ValueError(f"{scheme}:// is no database that a register can be in; {_WANTED}")
    try:
        found = make_url(url).set(drivername=_ENGINES[scheme])
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"it is no URL; {_WANTED}, with special characters percent-encoded") from error
    if found.get_backend_name() == "sqlite" and found.host:
        raise ValueError("a file stands behind three slashes, or four if its path begins with one: sqlite:///FILE.db")
    return found
