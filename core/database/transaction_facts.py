"""Facts that a transaction has read under its own locks: they stay true until it ends, and are not read again."""

from typing import Any

from sqlalchemy import Connection, Engine, event

_FACTS = "facts of this transaction"


def attach(engine: Engine) -> None:
    """Discard the facts of each transaction of this engine when it ends, or when a part of it is rolled back."""
    for each in ("commit", "rollback", "rollback_savepoint"):
        event.listen(engine, each, clear)


def facts_of(connection: Connection) -> dict[Any, Any]:
    """Return the facts of the transaction so far, for the caller to look up and to add to."""
    facts: dict[Any, Any] = connection.info.setdefault(_FACTS, {})
    return facts


def clear(connection: Connection, *_of_savepoint: Any) -> None:
    """Discard the facts: the transaction has ended, or the locks under which they were read were released."""
    if not connection.invalidated:
        connection.info.pop(_FACTS, None)
