"""What an error of a driver, a disk or an object store means for the caller: retry later, or a full disk."""

import errno
import re
import sqlite3

from sqlalchemy.exc import DBAPIError, InvalidRequestError, NoResultFound, SQLAlchemyError

from core.errors import NodeLost, OutOfSpace, PooledByStatement, TakesNoWrites, Unavailable

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}  # EFBIG: a limit on the size of one file, which is a kind of quota
_OS_ERROR = re.compile(r"\(os error (\d+)\)")  # how object stores written in Rust report errno

_SQLITE = {
    sqlite3.SQLITE_BUSY: "another writer has locked the database for too long",
    sqlite3.SQLITE_LOCKED: "another writer has locked the database for too long",
    sqlite3.SQLITE_INTERRUPT: "a statement took too long",
    sqlite3.SQLITE_READONLY: "the database cannot be written",
    sqlite3.SQLITE_IOERR: "the disk of the database fails",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the database is damaged",
}
_POSTGRESQL = {
    "55P03": "another writer has locked the rows for too long",
    "57014": "a statement took too long",
}
_OF_TABLES = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}
# Classes of SQLSTATE: data exceptions, broken constraints, dependent objects, unknown and wrong names.
_OF_TABLES_IN_POSTGRESQL = {"22", "23", "2B", "42"}
_BY_STATEMENT = "statement pooling"  # the SQLSTATE of PgBouncer's refusal of a transaction
_NODE_LOST = "08006"  # reported by a server about its connection to another one; errors of our own connection have none
_INTEGRITY = "23"  # the class of SQLSTATE
_RETRYABLE = {"40001", "40P01"}  # serialization failure, deadlock detected
_PREPARED_ELSEWHERE = {"26000", "42P05"}  # unknown and duplicate prepared statement


def is_of_database(error: Exception) -> bool:
    """Return whether the error was raised by a driver or by SQLAlchemy."""
    return isinstance(error, SQLAlchemyError | sqlite3.Error) or _is_of_postgresql(error)


def is_retryable(error: Exception) -> bool:
    """Return whether the database demands a retry of the whole transaction."""
    return getattr(_original(error), "sqlstate", None) in _RETRYABLE


def is_prepared_elsewhere(error: BaseException) -> bool:
    """Return whether a pooler by transaction has lost a prepared statement.

    The statement was prepared on another connection to the server, and the pooler does not keep track of statements.
    """
    return getattr(_original(error), "sqlstate", None) in _PREPARED_ELSEWHERE


def database_outage(error: Exception) -> Unavailable | None:
    """Return the outage that an error of the database stands for; None if the statement itself is wrong."""
    original = _original(error)
    if isinstance(original, sqlite3.Error):
        return _sqlite_outage(original)
    if _is_of_postgresql(original):
        return _postgresql_outage(original)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return Unavailable("the connection to the database was lost") if lost else None


def is_row_conflict(error: Exception) -> bool:
    """Return whether the statement conflicts with a row that was removed or created meanwhile."""
    if isinstance(error, NoResultFound):
        return True
    original = _original(error)
    if isinstance(original, sqlite3.Error):
        return isinstance(original, sqlite3.IntegrityError)
    return str(getattr(original, "sqlstate", None) or "").startswith(_INTEGRITY)


def is_schema_error(error: Exception) -> bool:
    """Return whether the statement does not fit the existing tables or their rows, so that a retry cannot help."""
    original = _original(error)
    if isinstance(original, sqlite3.Error):
        return (getattr(original, "sqlite_errorcode", 0) & 0xFF) in _OF_TABLES
    state = getattr(original, "sqlstate", None) or ""
    return state[:2] in _OF_TABLES_IN_POSTGRESQL and state != "42501"  # insufficient privilege


def storage_outage(what: str, error: Exception) -> Unavailable:
    """Return the outage that an error of a file system or an object store means; `what` names the failed action."""
    match = _OS_ERROR.search(str(error))
    number = error.errno if isinstance(error, OSError) else int(match[1]) if match else None
    return OutOfSpace(f"{what}: no space is left") if number in _FULL else Unavailable(what)


def _original(error: BaseException) -> BaseException:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    # A connection that broke inside a transaction raises this until it is returned to the pool.
    return error.__context__ if isinstance(error, InvalidRequestError) and error.__context__ is not None else error


def _sqlite_outage(error: sqlite3.Error) -> Unavailable | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte of an extended code is the code proper
    if code == sqlite3.SQLITE_FULL:
        return OutOfSpace("the disk of the database is full")
    if code in _SQLITE:
        return Unavailable(_SQLITE[code])
    return Unavailable("the database does not answer") if _is_operational(error) else None


def _is_of_postgresql(error: BaseException) -> bool:
    # Recognised by an attribute, because importing psycopg would take a tenth of the start on SQLite.
    return hasattr(error, "sqlstate")


def _postgresql_outage(error: BaseException) -> Unavailable | None:
    state = getattr(error, "sqlstate", None) or ""
    if state == "53100":
        return OutOfSpace("the disk of the database is full")
    if state == "08P01" and _BY_STATEMENT in str(error):
        return PooledByStatement(
            "the pooler assigns connections to single statements, but a register needs transactions; "
            "set its pool_mode to transaction or session"
        )
    if state == "25006":
        return TakesNoWrites("the database cannot be written")
    if state == _NODE_LOST:
        return NodeLost("a node of the database does not answer")
    if state in _POSTGRESQL:
        return Unavailable(_POSTGRESQL[state])
    if _is_operational(error) or (not state and _is_a("InterfaceError", error)):
        return Unavailable("the database does not answer")
    return None


def _is_operational(error: BaseException) -> bool:
    return _is_a("OperationalError", error)


def _is_a(name: str, error: BaseException) -> bool:
    # PEP 249 gives the errors of all drivers the same names.
    return any(each.__name__ == name for each in type(error).__mro__)
