"""Requests from an operator's commands to all servers of a register, and their answers: the log level, and tails.

They go through the register, so they reach every worker of every instance. Every request ends by itself: a tail is a
lease that its command renews, and what servers wrote for it is deleted with it. Times use the database's clock.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, insert, or_, select, update

from core.database.timestamps import DatabaseNow
from core.models import server_controls, tailed_requests, tails
from core.query import Record
from core.text.clock import SECOND

LOG_LEVEL = "log level"
TAIL_LEASE = 15 * SECOND
MAX_LINES = 5000  # waiting lines of one tail; further ones are dropped
_MAX_TAKEN = 1000


def set_log_level(connection: Connection, level: str, duration: int) -> None:
    """Make all servers log from this level on, for `duration` microseconds, or permanently if that is 0."""
    clear_log_level(connection)
    ends = DatabaseNow() + duration if duration else 0
    connection.execute(insert(server_controls).values(name=LOG_LEVEL, value=level, expires_at=ends))


def clear_log_level(connection: Connection) -> None:
    """Make every server log from the level of its own settings on."""
    connection.execute(delete(server_controls).where(server_controls.c.name == LOG_LEVEL))


def log_level(connection: Connection) -> tuple[str, int] | None:
    """Return the level that is set, and until when (0 for no end); None if servers use their settings."""
    wanted = select(server_controls.c.value, server_controls.c.expires_at).where(server_controls.c.name == LOG_LEVEL)
    found = connection.execute(wanted.where(~_is_over(server_controls))).first()
    return (str(found[0]), int(found[1])) if found else None


def open_tail(connection: Connection, wanted: Mapping[str, Any]) -> int:
    """Ask for the requests that match a filter. Return the id of the tail, which ends after `TAIL_LEASE`."""
    row = {"filter": dict(wanted), "expires_at": DatabaseNow() + TAIL_LEASE}
    return int(connection.execute(insert(tails).values(row).returning(tails.c.id)).scalar_one())


def renew_tail(connection: Connection, tail_id: int) -> bool:
    """Extend a tail's lease. Return False if it has ended."""
    mine = tails.c.id == tail_id, ~_is_over(tails)
    return connection.execute(update(tails).where(*mine).values(expires_at=DatabaseNow() + TAIL_LEASE)).rowcount == 1


def close_tail(connection: Connection, tail_id: int) -> None:
    """End a tail."""
    connection.execute(delete(tails).where(tails.c.id == tail_id))


def open_tails(connection: Connection) -> dict[int, Record]:
    """Return the filters of all tails, by id."""
    rows = connection.execute(select(tails.c.id, tails.c.filter).where(~_is_over(tails)))
    return {row.id: row.filter for row in rows}


def add_lines(connection: Connection, lines: Sequence[tuple[int, str]]) -> None:
    """Store requests, each with the id of its tail. Requests for tails that have ended or are full are dropped."""
    for tail_id in {tail_id for tail_id, _ in lines}:
        waiting = select(tailed_requests.c.id).where(tailed_requests.c.tail_id == tail_id)
        is_open = select(tails.c.id).where(tails.c.id == tail_id).with_for_update(read=True, key_share=True)
        if connection.execute(is_open).first() and not connection.execute(waiting.offset(MAX_LINES).limit(1)).first():
            rows = [{"tail_id": tail_id, "line": line} for of, line in lines if of == tail_id]
            connection.execute(insert(tailed_requests), rows)


def has_lines(connection: Connection, tail_id: int) -> bool:
    """Return whether `take_lines` would find anything."""
    waiting = exists().where(tailed_requests.c.tail_id == tail_id)
    return bool(connection.execute(select(waiting)).scalar())


def take_lines(connection: Connection, tail_id: int) -> list[str]:
    """Return and remove the requests that were stored for a tail."""
    waiting = select(tailed_requests.c.id, tailed_requests.c.line).where(tailed_requests.c.tail_id == tail_id)
    rows = connection.execute(waiting.order_by(tailed_requests.c.id).limit(_MAX_TAKEN)).all()
    if rows:
        connection.execute(delete(tailed_requests).where(tailed_requests.c.id.in_([row.id for row in rows])))
    return [row.line for row in rows]


def is_any_old(connection: Connection) -> bool:
    """Return whether `delete_old` would find anything."""
    return bool(connection.execute(select(or_(*(exists().where(_is_over(table)) for table in _LEASED)))).scalar())


def delete_old(connection: Connection) -> None:
    """Delete expired tails and controls."""
    for table in _LEASED:
        connection.execute(delete(table).where(_is_over(table)))


_LEASED = (tails, server_controls)


def _is_over(table: Table) -> ColumnElement[bool]:
    return and_(table.c.expires_at != 0, table.c.expires_at <= DatabaseNow())
