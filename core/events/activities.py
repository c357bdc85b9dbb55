"""Activities: who changed what of a client, with which key and dialect, when, and the values before and after.

An activity is written in the transaction of the change by a follower of all changes. A client's activities are removed
when it is purged; what remains says only who purged it and when.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Select, and_, bindparam, delete, exists, func, insert, literal, select, update

from core.access.keys import Actor
from core.database.prepared import Prepared
from core.database.rows import delete_rows, rows
from core.models import activities, clients, tokens, users
from core.models.operating_records import ActivityRecord
from core.text.clock import now


class Kind(StrEnum):
    """What was done to a client."""

    CREATED = "created"
    UPDATED = "updated"
    ARCHIVED = "archived"
    RESTORED = "restored"
    DELETED = "deleted"
    PURGED = "erased"
    MERGED = "merged"
    TAGS = "tags_changed"
    OWNER = "owner_changed"
    BALANCE = "balance_set"
    CONTACTS = "contacts_changed"
    DOCUMENTS = "documents_changed"
    IMPORTED = "imported"
    GATEWAY_TOKENS = "gateway_tokens_changed"


_DELETE_BATCH = 1000
_VALUES = {column.name: bindparam(column.name, type_=column.type) for column in activities.columns[1:]}
_ADD = Prepared(insert(activities).inline().values(_VALUES))
_DELETE = Prepared(
    delete(activities).where(
        activities.c.company_id == bindparam("company"), activities.c.client_id == bindparam("client")
    )
)


def record(
    connection: Connection,
    actor: Actor,
    client_id: int,
    kind: Kind,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Record one activity."""
    row = {
        "company_id": actor.company_id,
        "client_id": client_id,
        "user_id": actor.user_id,
        "token_id": actor.token_id,
        "dialect": actor.dialect,
        "kind": kind.value,
        "before": orjson.dumps(before).decode(),
        "after": orjson.dumps(after).decode(),
        "created_at": now(),
    }
    _ADD.run(connection, **row)


def record_all(
    connection: Connection,
    actor: Actor,
    client_ids: Select[tuple[int]],
    kind: Kind,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Record the same activity for many clients in one statement: one for each id that a query returns."""
    found = client_ids.subquery()
    same = {
        "company_id": literal(actor.company_id),
        "user_id": literal(actor.user_id),
        "token_id": literal(actor.token_id),
        "dialect": literal(actor.dialect),
        "kind": literal(kind.value),
        "before": literal(before, JSON),
        "after": literal(after, JSON),
        "created_at": literal(now()),
    }
    rows = select(found.c.id, *same.values()).order_by(found.c.id)
    connection.execute(insert(activities).from_select(["client_id", *same], rows))


def delete_for_client(connection: Connection, company_id: int, client_id: int) -> None:
    """Delete a client's activities."""
    _DELETE.run(connection, company=company_id, client=client_id)


def move(connection: Connection, company_id: int, client_id: int, receiver_id: int) -> None:
    """Move a client's activities to another client."""
    mine = (activities.c.company_id == company_id, activities.c.client_id == client_id)
    connection.execute(update(activities).where(*mine).values(client_id=receiver_id))


def is_any_older(connection: Connection, retention: int) -> bool:
    """Return whether there is an activity older than `retention` microseconds."""
    oldest = select(activities.c.created_at).order_by(activities.c.id).limit(1)
    at = connection.execute(oldest).scalar()
    return at is not None and at < now() - retention


def delete_older(connection: Connection, retention: int) -> None:
    """Delete some activities that are older than `retention` microseconds."""
    columns = activities.c.company_id, activities.c.id, activities.c.created_at
    oldest = connection.execute(select(*columns).order_by(activities.c.id).limit(_DELETE_BATCH))
    delete_rows(connection, activities, [(row[0], row[1]) for row in oldest if row.created_at < now() - retention])


def count_orphans(connection: Connection) -> int:
    """Return the number of activities of clients that do not exist, except their purge; 0 in a consistent register."""
    is_there = exists().where(clients.c.company_id == activities.c.company_id, clients.c.id == activities.c.client_id)
    lost = select(func.count()).where(activities.c.kind != Kind.PURGED.value, ~is_there)
    return int(connection.execute(lost).scalar_one())


def list_all(
    connection: Connection, company_id: int, client_id: int | None = None, before_id: int | None = None, size: int = 50
) -> list[ActivityRecord]:
    """Return up to `size` activities of a company or one of its clients, newest first, before an id if given.

    Each has its columns, `user_email` and `token_name`; the last two are None for the command line, whose `dialect` is
    "".
    """
    statement = (
        select(activities, users.c.email.label("user_email"), tokens.c.name.label("token_name"))
        .outerjoin(users, and_(users.c.id == activities.c.user_id, users.c.company_id == company_id))
        .outerjoin(tokens, and_(tokens.c.id == activities.c.token_id, tokens.c.company_id == company_id))
        .where(activities.c.company_id == company_id)
    )
    if client_id is not None:
        statement = statement.where(activities.c.client_id == client_id)
    if before_id is not None:
        statement = statement.where(activities.c.id < before_id)
    return rows(ActivityRecord, connection, statement.order_by(activities.c.id.desc()).limit(size))


def count(connection: Connection, company_id: int, client_id: int) -> int:
    """Return how many activities of a client are kept."""
    mine = (activities.c.company_id == company_id, activities.c.client_id == client_id)
    return int(connection.execute(select(func.count()).select_from(activities).where(*mine)).scalar_one())


def of_clients(
    connection: Connection, company_id: int, client_ids: Sequence[int], size: int, kinds: Collection[Kind] = tuple(Kind)
) -> dict[int, list[ActivityRecord]]:
    """Return up to `size` activities of each of these clients, newest first, by the client's id.

    Only activities of the given kinds are returned, by default of all kinds.
    """
    newest_first = func.row_number().over(partition_by=activities.c.client_id, order_by=activities.c.id.desc())
    wanted = (activities.c.client_id.in_(client_ids), activities.c.kind.in_([kind.value for kind in kinds]))
    ranked = select(activities, newest_first.label("rank")).where(activities.c.company_id == company_id, *wanted)
    newest = ranked.subquery()
    statement = select(newest).where(newest.c.rank <= size).order_by(newest.c.id.desc())
    found: dict[int, list[ActivityRecord]] = {client_id: [] for client_id in client_ids}
    for row in rows(ActivityRecord, connection, statement):
        found[row["client_id"]].append(row)
    return found
