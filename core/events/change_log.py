"""The change log: changes of clients in the order in which they were committed, for integrations that poll for changes.

Ids are given out in the order of commits within a company, so a reader that has read up to one has missed nothing
before it:

- SQLite has one writer at a time, which gives out ids and commits before the next one begins.
- On PostgreSQL a transaction with a lower id may commit later, after a reader has passed it. So the rows are inserted
  right before the commit, under a lock of the company that lasts until the commit is visible. A transaction that has
  this lock waits for nothing but its commit, and takes no other lock.

A reader stores a `Position`: the id and time of the last change that it has seen. A change with the same id and another
time belongs to another history, such as that of a restored backup. When old changes are deleted, the newest of them
stays as the floor of its company. So a reader whose position is exactly there can continue, and any earlier one gets an
error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, bindparam, delete, insert, literal, or_, select, text, update

from core.database.before_commit import defer
from core.database.postgresql import is_distributed
from core.database.prepared import Prepared, array_of
from core.errors import PositionLost
from core.models import changes, clients, merged_clients
from core.query import Record
from core.text.clock import now


class ChangeKind(StrEnum):
    """What happened to a client. Of a client that was purged or merged, only this remains."""

    CREATED = "created"
    UPDATED = "updated"
    ARCHIVED = "archived"
    RESTORED = "restored"
    DELETED = "deleted"
    PURGED = "purged"
    MERGED = "merged"


@dataclass(frozen=True)
class Position:
    """How far a reader has come: the id and time (microseconds) of a change, both 0 before the first one."""

    id: int
    at: int


START = Position(0, 0)


@dataclass(frozen=True)
class ChangePage:
    """Changes after a position.

    Each has its `id`, `client_id`, `kind`, `survivor_id` (0 for none) and `created_at`; `position` is that of the last
    one.
    """

    records: Sequence[Record]
    position: Position
    has_more: bool


FLOOR = "floor"
"""The kind of the row that marks the position up to which a company's changes were deleted."""
_MAX_MERGES = 50  # the longest chain of merges that is followed
_DELETE_BATCH = 1000
_COMPANY = bindparam("company", type_=BigInteger)
_of = changes.c
_COLUMNS = (_of.id, _of.client_id, _of.kind, _of.survivor_id, _of.created_at)
_ADD = Prepared(
    insert(changes).values({column.name: bindparam(column.name, type_=column.type) for column in changes.columns[1:]})
)
# One statement, so that the lock costs no extra round trip. The ids are given out row by row, after the lock.
_ADD_IN_ORDER = Prepared(
    text(
        "WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('gateway changes', :company_id)))"
        " INSERT INTO changes (company_id, client_id, kind, survivor_id, is_hidden, created_at)"
        " SELECT :company_id, one.client_id, one.kind, one.survivor_id, one.is_hidden, :created_at"
        " FROM held, unnest(CAST(:client_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:survivor_ids AS bigint[]),"
        " CAST(:hidden AS boolean[])) WITH ORDINALITY AS one (client_id, kind, survivor_id, is_hidden, place)"
        " ORDER BY one.place"
    ).bindparams(bindparam("company_id", type_=BigInteger), bindparam("created_at", type_=BigInteger))
)
_LOCK_LOG = Prepared(text("SELECT pg_advisory_xact_lock(hashtextextended('gateway changes', :company_id))"))
_MERGED = Prepared(
    text(
        "INSERT INTO merged_clients (company_id, client_id, survivor_id) VALUES (:company_id, :client_id, :survivor_id)"
        " ON CONFLICT (company_id, client_id) DO UPDATE SET survivor_id = excluded.survivor_id"
    )
)
_SURVIVOR = Prepared(
    select(merged_clients.c.survivor_id).where(
        merged_clients.c.company_id == _COMPANY,
        merged_clients.c.client_id == bindparam("client", type_=BigInteger),
    )
)
_AFTER = bindparam("after", type_=BigInteger)
_IS_SHOWN = or_(bindparam("all", type_=Boolean), ~_of.is_hidden, _of.id == _AFTER, _of.kind == FLOOR)
_FOLLOWING = Prepared(
    select(*_COLUMNS)
    .where(_of.company_id == _COMPANY, _of.id >= _AFTER, _IS_SHOWN)
    .order_by(_of.id)
    .limit(bindparam("size", type_=BigInteger))
)
_NEWEST = Prepared(select(_of.id, _of.created_at).where(_of.company_id == _COMPANY).order_by(_of.id.desc()).limit(1))


def record(connection: Connection, company_id: int, change: Record) -> None:
    """Write a change to the log.

    It has `client_id`, `kind`, `survivor_id`, and `is_hidden` if the client was deleted before and after.
    """
    if change["kind"] == ChangeKind.MERGED:
        _MERGED.run(connection, company_id=company_id, **_named(change, "client_id", "survivor_id"))
    if connection.dialect.name == "sqlite":
        _ADD.run(connection, company_id=company_id, created_at=now(), **change)
    else:
        defer(connection, _add_in_order, (company_id, change), last=True)


def record_updates(connection: Connection, company_id: int, client_ids: Sequence[int]) -> None:
    """Write to the log that these clients, few enough for one statement, were all updated."""
    which = clients.c.company_id == company_id, clients.c.id.in_(client_ids)
    found = select(clients.c.id, clients.c.deleted_at != 0).where(*which).order_by(clients.c.id)
    if connection.dialect.name == "sqlite":
        same = literal(company_id), literal(ChangeKind.UPDATED.value), literal(now())
        rows = found.add_columns(*same)
        names = ["client_id", "is_hidden", "company_id", "kind", "created_at"]
        connection.execute(insert(changes).from_select(names, rows))
        return
    for client_id, is_hidden in connection.execute(found):
        change = change_of(client_id, ChangeKind.UPDATED, is_hidden=is_hidden)
        defer(connection, _add_in_order, (company_id, change), last=True)


def change_of(client_id: int, kind: ChangeKind, survivor_id: int = 0, is_hidden: bool = False) -> Record:
    """Return a change in the form that `record` takes."""
    return {"client_id": client_id, "kind": kind.value, "survivor_id": survivor_id, "is_hidden": is_hidden}


def _add_in_order(connection: Connection, left: list[tuple[int, Record]]) -> None:
    add = _add_one_by_one if is_distributed(connection) else _add_together
    for company_id in sorted({company_id for company_id, _ in left}):
        add(connection, company_id, [change for of, change in left if of == company_id])


def _add_together(connection: Connection, company_id: int, rows: Sequence[Record]) -> None:
    values = {
        "client_ids": array_of(row["client_id"] for row in rows),
        "kinds": array_of(row["kind"] for row in rows),
        "survivor_ids": array_of(row["survivor_id"] for row in rows),
        "hidden": array_of(row["is_hidden"] for row in rows),
    }
    _ADD_IN_ORDER.run(connection, company_id=company_id, created_at=now(), **values)


def _add_one_by_one(connection: Connection, company_id: int, rows: Sequence[Record]) -> None:
    """Insert the rows in a way that Citus supports: it does not insert from arrays into distributed tables directly."""
    _LOCK_LOG.run(connection, company_id=company_id)
    _ADD.run_all(connection, [{"company_id": company_id, "created_at": now(), **row} for row in rows])


def changes_after(
    connection: Connection, company_id: int, after: Position | None, size: int, with_hidden: bool = True
) -> ChangePage:
    """Return up to `size` changes of a company after a position, or from the oldest one that is kept.

    Changes of clients that were deleted before and after are left out unless `with_hidden`. Raises `PositionLost` if
    changes after the position are no longer kept, or it belongs to another history.
    """
    start = after or START
    # One statement: between two, the housekeeper could delete what the first one has seen.
    rows = _FOLLOWING.all(connection, company=company_id, after=start.id, size=size + 2, all=with_hidden)
    found = [dict(zip((column.name for column in _COLUMNS), row, strict=True)) for row in rows]
    if after is not None:
        _check(after, found)
    has_start = bool(found) and (found[0]["kind"] == FLOOR or found[0]["id"] == start.id)
    start_row, found = (found[:1], found[1:]) if has_start else ([], found)
    shown = found[:size]
    last = (shown or start_row)[-1:]
    position = Position(last[0]["id"], last[0]["created_at"]) if last else start
    return ChangePage(shown, position, len(found) > size)


def _check(after: Position, found: Sequence[Record]) -> None:
    if after == START:
        is_kept = not found or found[0]["kind"] != FLOOR
    else:
        is_kept = bool(found) and (found[0]["id"], found[0]["created_at"]) == (after.id, after.at)
    if not is_kept:
        raise PositionLost


def newest(connection: Connection, company_id: int) -> Position:
    """Return the position of the newest change."""
    found = _NEWEST.all(connection, company=company_id)
    return Position(*found[0]) if found else START


def newest_ids(connection: Connection, company_ids: Iterable[int]) -> dict[int, int]:
    """Return the id of the newest change of each of these companies that has any."""
    found = {company_id: newest(connection, company_id).id for company_id in company_ids}
    return {company_id: newest_id for company_id, newest_id in found.items() if newest_id}


def survivor_of(connection: Connection, company_id: int, client_id: int) -> int:
    """Return the client into which a client was merged, through all later merges; 0 if it was never merged."""
    survivor = 0
    for _ in range(_MAX_MERGES):
        found = _SURVIVOR.scalar(connection, company=company_id, client=survivor or client_id)
        if not found:
            return survivor
        survivor = int(found)
    return survivor


def is_any_older(connection: Connection, retention: int) -> bool:
    """Return whether there is a change older than `retention` microseconds."""
    oldest = select(_of.created_at).where(_of.kind != FLOOR).order_by(_of.id).limit(1)
    at = connection.execute(oldest).scalar()
    return at is not None and at < now() - retention


def delete_older(connection: Connection, retention: int) -> None:
    """Delete some changes that are older than `retention` microseconds. The newest of them becomes the floor."""
    limit = now() - retention
    oldest = select(_of.company_id, _of.id, _of.created_at).where(_of.kind != FLOOR).order_by(_of.id)
    old = [row for row in connection.execute(oldest.limit(_DELETE_BATCH)) if row.created_at < limit]
    floors = {row.company_id: row.id for row in old}
    for company_id, floor in sorted(floors.items()):
        mine = _of.company_id == company_id
        connection.execute(delete(changes).where(mine, _of.id < floor))
        connection.execute(update(changes).where(mine, _of.id == floor).values(kind=FLOOR, client_id=0, survivor_id=0))


def _named(change: Record, *names: str) -> dict[str, Any]:
    return {name: change[name] for name in names}
