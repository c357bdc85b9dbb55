"""Deferred statements: a write on PostgreSQL sends several statements in one round trip (`core.database.direct`).

Elsewhere (on SQLite, behind a pooler, on a register distributed over the nodes of Citus) statements are executed at
once, and the functions here do nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event

from core.database.prepared import DIRECT, Prepared

if TYPE_CHECKING:
    from core.database.direct import Direct

BoundStatement = tuple[Prepared, Mapping[str, Any]]
"""A statement, and the values of its parameters by name."""


def attach(engine: Engine) -> None:
    """Execute deferred statements before any other use of this engine's connections, or else at the commit."""
    # Statements given as text raise only the second event, which reports an error as one of that text.
    for each in ("before_execute", "before_cursor_execute"):
        event.listen(engine, each, _flush_before)
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", _discard)
    event.listen(engine, "rollback_savepoint", _discard)


def flush(connection: Connection) -> None:
    """Execute the deferred statements now, so that their errors are raised here."""
    direct = _direct(connection)
    if direct is not None:
        direct.flush()


@contextmanager
def prefetching(connection: Connection, statements: Iterable[BoundStatement]) -> Iterator[None]:
    """Execute these statements in one round trip, when the block needs the result of the first of them.

    Each result is used once, for the next execution of the same statement with the same values. The caller must make
    sure that nothing in the block changes the result before it is used.
    """
    direct = _direct(connection)
    if direct is None or not direct.defers:
        yield
        return
    prefetched = [prepared.prefetch(direct, values) for prepared, values in statements]
    try:
        yield
    finally:
        direct.discard_prefetched(prefetched)


def discard(connection: Connection) -> None:
    """Discard the deferred statements, because the transaction is about to be rolled back."""
    direct = _direct(connection)
    if direct is not None:
        direct.discard()


def _direct(connection: Connection) -> "Direct | None":
    return None if connection.invalidated else connection.info.get(DIRECT)


def _flush_before(connection: Connection, *_of_statement: Any) -> None:
    flush(connection)


def _commit(connection: Connection) -> None:
    direct = _direct(connection)
    if direct is not None:
        direct.commit()


def _discard(connection: Connection, *_of_savepoint: Any) -> None:
    discard(connection)
