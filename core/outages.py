"""What an error of a driver, a disk or an object store means for whoever asked: try later, or a full disk."""

import errno
import re
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from core.errors import OutOfSpace, Unavailable

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}  # EFBIG: a limit on the size of one file, a quota in other words
_OS_ERROR = re.compile(r"\(os error (\d+)\)")  # how object stores written in Rust say errno

_SQLITE = {
    sqlite3.SQLITE_BUSY: "another writer holds the database for too long",
    sqlite3.SQLITE_LOCKED: "another writer holds the database for too long",
    sqlite3.SQLITE_READONLY: "the database cannot be written",
    sqlite3.SQLITE_IOERR: "the disk of the database fails",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the database is damaged",
}
_POSTGRESQL = {
    "25006": "the database cannot be written",
    "55P03": "another writer holds the rows for too long",
    "57014": "the database takes too long",
}
_RETRYABLE = {"40001", "40P01"}  # serialization failure, deadlock detected


def is_retryable(error: Exception) -> bool:
    """Whether the database asks for the whole transaction once more."""
    return getattr(_original(error), "sqlstate", None) in _RETRYABLE


def database_outage(error: Exception) -> Unavailable | None:
    """What an error of the database amounts to; None if it is no outage but a fault of the statement."""
    original = _original(error)
    if isinstance(original, sqlite3.Error):
        return _sqlite_outage(original)
    if isinstance(original, psycopg.Error):
        return _postgresql_outage(original)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return Unavailable("the connection to the database was lost") if lost else None


def storage_outage(what: str, error: Exception) -> Unavailable:
    """What an error of a file system or an object store amounts to; `what` names the act that failed."""
    said = _OS_ERROR.search(str(error))
    number = error.errno if isinstance(error, OSError) else int(said[1]) if said else None
    return OutOfSpace(f"{what}: no space is left") if number in _FULL else Unavailable(what)


def _original(error: Exception) -> BaseException:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    # A connection that broke inside a transaction raises this until it is given back.
    return error.__context__ if isinstance(error, InvalidRequestError) and error.__context__ is not None else error


def _sqlite_outage(error: sqlite3.Error) -> Unavailable | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte of an extended code is the code proper
    if code == sqlite3.SQLITE_FULL:
        return OutOfSpace("the disk of the database is full")
    if code in _SQLITE:
        return Unavailable(_SQLITE[code])
    return Unavailable("the database does not answer") if _is_operational(error) else None


def _postgresql_outage(error: psycopg.Error) -> Unavailable | None:
    state = error.sqlstate or ""
    if state == "53100":
        return OutOfSpace("the disk of the database is full")
    if state in _POSTGRESQL:
        return Unavailable(_POSTGRESQL[state])
    if _is_operational(error) or (not state and isinstance(error, psycopg.InterfaceError)):
        return Unavailable("the database does not answer")
    return None


def _is_operational(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError | psycopg.OperationalError)
