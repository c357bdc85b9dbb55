"""Work inside a transaction that can be undone while the transaction goes on, which others may share.

On PostgreSQL the locks that undone work took are held until the transaction ends, and ids that it drew are gone.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from core.database import before_commit, deferred

T = TypeVar("T")
Unit = Callable[[Connection], T]


def all_or_nothing(connection: Connection, unit: Unit[T]) -> T:
    """What a unit returns; if it raises, nothing of what it has written stays."""
    left = before_commit.left(connection)
    savepoint = connection.begin_nested()
    try:
        outcome = unit(connection)
        deferred.flush(connection)
    except BaseException:
        savepoint.rollback()
        before_commit.put_back(connection, left)
        raise
    savepoint.commit()
    return outcome


def dry_run(connection: Connection, unit: Unit[T]) -> T:
    """What a unit returns, or raises; nothing of what it writes stays."""
    left = before_commit.left(connection)
    savepoint = connection.begin_nested()
    try:
        outcome = unit(connection)
        deferred.flush(connection)
        return outcome
    finally:
        savepoint.rollback()
        before_commit.put_back(connection, left)
