"""Work inside a transaction that can be undone while the transaction, which others may share, goes on.

On PostgreSQL the locks of undone work stay until the transaction ends, and the ids that it drew are lost.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from core.database import before_commit, deferred

T = TypeVar("T")
Unit = Callable[[Connection], T]


def all_or_nothing(connection: Connection, unit: Unit[T]) -> T:
    """Return what a unit returns; if it raises, undo all that it has written."""
    left = before_commit.deferred(connection)
    savepoint = connection.begin_nested()
    try:
        outcome = unit(connection)
        deferred.flush(connection)
    except BaseException:
        savepoint.rollback()
        before_commit.restore(connection, left)
        raise
    savepoint.commit()
    return outcome


def dry_run(connection: Connection, unit: Unit[T]) -> T:
    """Return what a unit returns, or raise what it raises; undo all that it has written."""
    left = before_commit.deferred(connection)
    savepoint = connection.begin_nested()
    try:
        outcome = unit(connection)
        deferred.flush(connection)
        return outcome
    finally:
        savepoint.rollback()
        before_commit.restore(connection, left)
