"""What a transaction leaves for its very end: done right before the commit, when all else that it writes is written."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event

Finish = Callable[[Connection, list[Any]], None]
Deferred = dict[tuple[bool, Finish], list[Any]]
_DEFERRED = "left for the commit"


def finish_transactions(engine: Engine) -> None:
    """Have every commit of this engine do what was left for it."""
    event.listen(engine, "commit", _finish)
    event.listen(engine, "rollback", _discard)


def defer(connection: Connection, finish: Finish, item: Any, last: bool = False) -> None:
    """Have `finish` called before the commit with this item and all others that are left for it, in their order.

    What is to be `last` comes after all the rest, so that what everybody locks is locked in the same order.
    """
    connection.info.setdefault(_DEFERRED, {}).setdefault((last, finish), []).append(item)


def deferred(connection: Connection) -> Deferred:
    """What is left so far, for `restore`."""
    return {place: list(items) for place, items in connection.info.get(_DEFERRED, {}).items()}


def restore(connection: Connection, before: Deferred) -> None:
    """Forget what was left since then, because it was rolled back."""
    if not connection.invalidated:
        connection.info[_DEFERRED] = before


def _finish(connection: Connection) -> None:
    left: Deferred = connection.info.pop(_DEFERRED, {})
    for (_, finish), items in sorted(left.items(), key=lambda each: each[0][0]):
        finish(connection, items)


def _discard(connection: Connection) -> None:
    if not connection.invalidated:  # what was left goes with a connection that is lost
        connection.info.pop(_DEFERRED, None)
