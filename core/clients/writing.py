"""The only code that writes clients: their rows, contacts, documents, gateway tokens and tags.

An operation computes the new state of a client. This module compares it with the present state, stores the difference,
and passes the change to all followers (`core.clients.followers`). No other module writes the table of clients.
"""

from collections.abc import Mapping
from typing import Any, overload

from sqlalchemy import Connection, bindparam, delete, update

from core.access.keys import Actor
from core.clients import child_rows, records
from core.clients.changes import Change, Move
from core.clients.child_rows import Children
from core.clients.followers import FOLLOWERS
from core.database import trigram_index
from core.database.deferred import BoundStatement, prefetching
from core.database.prepared import Prepared, PreparedInsert
from core.database.prepared_update import PreparedUpdate
from core.database.rows import is_row
from core.database.timestamps import next_updated_at
from core.documents import documents
from core.events import deliveries
from core.events.activities import Kind
from core.models import clients
from core.models.records import CategoryRecord, ClientRecord, StoredClient
from core.projections import search
from core.query import ANY
from core.text.clock import later_than, now
from core.text.equality import differing
from core.text.names import UNNAMED, shown_name
from core.text.secrets import random_name

_NOTHING: Mapping[str, Any] = {}
_ADD, _CHANGE = PreparedInsert(clients), PreparedUpdate(clients)
_REMOVE = Prepared(
    delete(clients).where(clients.c.company_id == bindparam("company"), clients.c.id == bindparam("client"))
)
NEXT_ID: BoundStatement = (_ADD.next_id, {})
"""The query for the id of a new client. If it is sent ahead on PostgreSQL, the insertion can be deferred."""
# Columns that operations set; all others are set here or never change.
_GIVEN = frozenset(clients.c.keys()) - {"id", "company_id", "display_name"}


@overload
def write(
    connection: Connection,
    actor: Actor,
    kind: Kind,
    before: StoredClient | None,
    after: ClientRecord,
    *,
    details: Mapping[str, Any] = ...,
    taken: Children = ...,
) -> StoredClient: ...
@overload
def write(connection: Connection, actor: Actor, kind: Kind, before: StoredClient, after: None) -> None: ...
def write(
    connection: Connection,
    actor: Actor,
    kind: Kind,
    before: StoredClient | None,
    after: ClientRecord | None,
    *,
    details: Mapping[str, Any] = _NOTHING,
    taken: Children = _NOTHING,
) -> StoredClient | None:
    """Store the new state of a client that the caller has locked, and return the client.

    `before` is None for a new client, `after` is None for one to be removed. Children of `after` without an id, or with
    an id that nobody has, are new; `taken`, by kind, are children that belonged to another client or to none until now.
    An `updated_at` that is the same in `after` is set to now, unless the version has changed (`versioned`). If nothing
    differs and there are no `details`, nothing is stored, no follower is called, and `before` is returned.
    """
    if after is None:
        assert before is not None
        _remove(connection, before.record)
        documents.mark_discarded(connection, [each["object_key"] for each in before.record["documents"]])
        with prefetching(connection, [deliveries.subscribers(actor.company_id)]):
            return _run_followers(connection, Change(actor, kind, before, None))
    if before is None:
        client_id = _create(connection, actor.company_id, after, taken)
    elif _update(connection, before.record, after, taken, has_details=bool(details)):
        client_id = before.record["id"]
    else:
        return before
    with prefetching(connection, [deliveries.subscribers(actor.company_id)]):
        became = records.stored(connection, actor.company_id, client_id, ANY)
        return _run_followers(connection, Change(actor, kind, before, became, details))


def merge(
    connection: Connection,
    actor: Actor,
    before: StoredClient,
    after: ClientRecord,
    merged: StoredClient,
    taken: Children,
) -> StoredClient:
    """Store a merge: like `write`, for a client that takes over the contents of another one, which is removed."""
    client_id, merged_id = before.record["id"], merged.record["id"]
    _update(connection, before.record, after, taken, has_details=True)
    _remove(connection, merged.record)
    _run_followers(connection, Change(actor, Kind.MERGED, merged, None, receiver_id=client_id))
    became = records.stored(connection, actor.company_id, client_id, ANY)
    _run_followers(connection, Change(actor, Kind.MERGED, before, became, {"merged_client_id": merged_id}))
    return became


def move(connection: Connection, actor: Actor, category_id: int, target_id: int) -> None:
    """Move every client of a category, all of which the caller has locked, to another category in one statement."""
    moving = (clients.c.company_id == actor.company_id, clients.c.category_id == category_id)
    moved = update(clients).where(*moving).values(category_id=target_id, updated_at=next_updated_at(clients))
    ids = connection.execute(moved.returning(clients.c.id)).scalars().all()
    if ids:
        for follower in FOLLOWERS:
            follower.follow_move(connection, Move(actor, category_id, target_id, ids))


def remove_all(connection: Connection, company_id: int) -> None:
    """Remove every client of a company in the transaction that removes the company. The caller has locked them.

    No follower is called: whatever is derived from the clients is removed with the company.
    """
    trigram_index.remove_company(connection, company_id)
    connection.execute(delete(clients).where(clients.c.company_id == company_id))


def mark_number_generated(connection: Connection, company_id: int, client_id: int) -> None:
    """Record that an import has generated the client's number, so that it may be replaced. No API shows this."""
    connection.execute(update(clients).where(is_row(clients, company_id, client_id)).values(number_generated=True))


def vacate_number(connection: Connection, company_id: int, client_id: int) -> None:
    """Free the number of a client that gets another one before the transaction ends."""
    connection.execute(update(clients).where(is_row(clients, company_id, client_id)).values(number=f"\x1f{client_id}"))


def versioned(was: CategoryRecord | ClientRecord, updated_at: int) -> dict[str, int]:
    """Return the changes for an imported time of change, with a version that the client has never had."""
    version = was["updated_at"] + was["version_ahead"]
    return {"updated_at": updated_at, "version_ahead": max(0, version + 1 - updated_at)}


def _run_followers(connection: Connection, change: Change) -> StoredClient | None:
    for follower in FOLLOWERS:
        follower.follow(connection, change)
    return change.after


def _create(connection: Connection, company_id: int, after: ClientRecord, taken: Children) -> int:
    client_id = _add(connection, company_id, after)
    client: ClientRecord = {**after, "id": client_id, "company_id": company_id}
    child_rows.store(connection, client, child_rows.differences(_NOTHING, after, taken))
    return client_id


def _update(connection: Connection, was: ClientRecord, after: ClientRecord, taken: Children, has_details: bool) -> bool:
    """Store the differences. Return False if there are none and the change has no further details."""
    changes = differing(was, {name: value for name, value in after.items() if name in _GIVEN})
    of_children = child_rows.differences(was, after, taken)
    if not (changes or of_children or has_details):
        return False
    _change(connection, was, after, changes)
    child_rows.store(connection, after, of_children)
    if bool(was["deleted_at"]) != bool(after["deleted_at"]):
        child_rows.hide(connection, after)
    return True


def _add(connection: Connection, company_id: int, after: ClientRecord) -> int:
    at = now()
    timestamps = {"created_at": after.get("created_at") or at, "updated_at": after.get("updated_at") or at}
    row = {name: value for name, value in after.items() if name in _GIVEN} | timestamps
    row |= {"id": after["id"]} if after.get("id") else {}
    client_hash = after.get("client_hash") or random_name(40)
    return _ADD.run(
        connection, row | {"company_id": company_id, "client_hash": client_hash, "display_name": _name(after)}
    )


def _change(connection: Connection, was: ClientRecord, after: ClientRecord, changes: Mapping[str, Any]) -> None:
    values: dict[str, Any] = {} if "version_ahead" in changes else {"updated_at": later_than(was["updated_at"])}
    if "number" in changes:
        values["number_generated"] = False
    values |= {**changes, "display_name": _name(after)}
    _CHANGE.run(connection, was["company_id"], was["id"], values)


def _remove(connection: Connection, client: ClientRecord) -> None:
    """Remove the client's row, and with it every row that belongs to the client."""
    search.remove(connection, client["id"])
    _REMOVE.run(connection, company=client["company_id"], client=client["id"])


def _name(client: ClientRecord) -> str:
    """Return the display name of the client: its name, else that of its primary contact."""
    people = client["contacts"]
    primary: Mapping[str, Any] = next((each for each in people if each.get("is_primary")), next(iter(people), {}))
    return client["name"] or shown_name({**UNNAMED, **primary})
