"""What a transaction leaves for its very end: done right before the commit, when all else that it writes is written."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event

Finish = Callable[[Connection, list[Any]], None]
_LEFT = "left for the commit"


def finish_transactions(engine: Engine) -> None:
    """Have every commit of this engine do what was left for it."""
    event.listen(engine, "commit", _finish)
    event.listen(engine, "rollback", _discard)


def leave(connection: Connection, finish: Finish, item: Any) -> None:
    """Have `finish` called before the commit with this item and all others that are left for it, in their order."""
    connection.info.setdefault(_LEFT, {}).setdefault(finish, []).append(item)


def _finish(connection: Connection) -> None:
    left: dict[Finish, list[Any]] = connection.info.pop(_LEFT, {})
    for finish, items in left.items():
        finish(connection, items)


def _discard(connection: Connection) -> None:
    if not connection.invalidated:  # what was left goes with a connection that is lost
        connection.info.pop(_LEFT, None)
