"""Work that a transaction defers to its end: it is done right before the commit, after all other writes."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event

Finish = Callable[[Connection, list[Any]], None]
Deferred = dict[tuple[bool, Finish], list[Any]]
_DEFERRED = "deferred to the commit"


def finish_transactions(engine: Engine) -> None:
    """Do the deferred work right before every commit of this engine."""
    event.listen(engine, "commit", _finish)
    event.listen(engine, "rollback", _discard)


def defer(connection: Connection, finish: Finish, item: Any, last: bool = False) -> None:
    """Call `finish` right before the commit, with this item and all others that were deferred for it, in order.

    Work that is `last` comes after all other work, so that rows that everybody locks are always locked in the same
    order.
    """
    connection.info.setdefault(_DEFERRED, {}).setdefault((last, finish), []).append(item)


def deferred(connection: Connection) -> Deferred:
    """Return the deferred work so far, for `restore`."""
    return {place: list(items) for place, items in connection.info.get(_DEFERRED, {}).items()}


def restore(connection: Connection, before: Deferred) -> None:
    """Discard the work that was deferred since `deferred` returned `before`, because that part was rolled back."""
    if not connection.invalidated:
        connection.info[_DEFERRED] = before


def _finish(connection: Connection) -> None:
    left: Deferred = connection.info.pop(_DEFERRED, {})
    for (_, finish), items in sorted(left.items(), key=lambda each: each[0][0]):
        finish(connection, items)


def _discard(connection: Connection) -> None:
    if not connection.invalidated:  # a lost connection has lost its deferred work too
        connection.info.pop(_DEFERRED, None)
