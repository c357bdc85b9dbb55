"""Statements of a write on PostgreSQL that wait for others, so that one round trip serves all (`core.database.direct`).

Elsewhere (SQLite, behind a pooler, on a register that is spread over the nodes of Citus) none waits, and nothing here
does anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event

from core.database.prepared import DIRECT, Prepared

if TYPE_CHECKING:
    from core.database.direct import Direct

Question = tuple[Prepared, Mapping[str, Any]]
"""A statement and its values."""


def attach(engine: Engine) -> None:
    """Have whatever else uses a connection of this engine come after what waits. What a commit executes waits too."""
    # The second is for text, of which the first hears nothing; what is raised there is told as an error of that text.
    for each in ("before_execute", "before_cursor_execute"):
        event.listen(engine, each, _flush_before)
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", _discard)
    event.listen(engine, "rollback_savepoint", _discard)


def flush(connection: Connection) -> None:
    """Execute what waits, so that what is wrong with it is raised here."""
    direct = _direct(connection)
    if direct is not None:
        direct.flush()


@contextmanager
def asked_ahead(connection: Connection, questions: Iterable[Question]) -> Iterator[None]:
    """Have these statements answered together, when the block needs the first of their answers.

    Each answer is used once, by whoever executes the same statement with the same values. The caller vouches that
    nothing in the block changes it before.
    """
    direct = _direct(connection)
    if direct is None or not direct.defers:
        yield
        return
    asked = [prepared.ask_ahead(direct, values) for prepared, values in questions]
    try:
        yield
    finally:
        direct.forget(asked)


def discard(connection: Connection) -> None:
    """Forget what waits, because what the transaction has written is about to be undone."""
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
