"""Notes of the team on clients. They are removed with their client, and do not change it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, literal, select
from sqlalchemy import update as change

from core.access.keys import Actor
from core.attribute import Attribute, fixed
from core.clients import records
from core.clients.children import lock_rows, of_living_clients
from core.database.rows import is_row, rows
from core.database.timestamps import next_updated_at
from core.errors import NotFound, Problem, Rejected
from core.listing import Listing
from core.models import notes as table
from core.models import users
from core.models.records import NoteRecord, StoredNote
from core.query import ANY, LIVE, RecordOrId, ResultPage, Search, State, StoredRecord, id_of
from core.text.clock import later_than, now
from core.text.equality import differing
from core.text.folding import folded
from core.view import View

NOTE: dict[str, Attribute] = {each.name: fixed(each.name) for each in table.columns if each.name != "searched"} | {
    "resource_type": Attribute(lambda _note: "client", lambda _note, _value: {}),
}

_LISTING: Listing[NoteRecord] = Listing(
    "note",
    table,
    table,
    filters={"resource_type": literal("client")},
    searched=table.c.searched,
    visible=of_living_clients(table),
)
_IMPORTED = ("user_id", "title", "description", "visibility", "tags", "created_at", "updated_at")


def get(
    connection: Connection, actor: Actor, note_id: int, _states: frozenset[State] = ANY, _view: View | None = None
) -> StoredNote:
    """Return one note. Raises `NotFound`, also for a note on a soft-deleted client."""
    return _LISTING.get(connection, actor.company_id, note_id)


def lock(connection: Connection, actor: Actor, note_id: int, _states: frozenset[State] = ANY) -> StoredNote:
    """Lock a note and its client until commit, and return the note. Raises `NotFound`."""
    get(connection, actor, note_id)
    lock_rows(connection, actor.company_id, table, "note", [note_id])
    return get(connection, actor, note_id)


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's notes, without those on soft-deleted clients."""
    return _LISTING.page(connection, actor.company_id, replace(search, states=ANY))


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> StoredNote:
    """Create a note on the client that `client_id` names.

    Raises `Rejected` if there is no such client, or it is soft-deleted.
    """
    given = _distinct({name: value for name, value in values.items() if name in table.c})
    _check_client(connection, actor, given["client_id"])
    at = now()
    row = given | {"company_id": actor.company_id, "user_id": actor.user_id or None, "created_at": at, "updated_at": at}
    return get(connection, actor, _insert(connection, row))


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for every value that `create` would refuse, even if required values are missing."""
    if "client_id" in values:
        _check_client(connection, actor, values["client_id"])


def update(
    connection: Connection, actor: Actor, note: RecordOrId, values: Mapping[str, Any], states: frozenset[State] = ANY
) -> StoredNote:
    """Change the given values only. Raises `NotFound`."""
    before = note if isinstance(note, StoredRecord) else lock(connection, actor, note, states)
    changes = differing(before.record, _distinct(values))
    if not changes:
        return before
    _store(connection, before.record, changes | {"updated_at": later_than(before.record["updated_at"])})
    return get(connection, actor, before.record["id"])


def remove(connection: Connection, actor: Actor, note: RecordOrId) -> None:
    """Remove a note permanently. Raises `NotFound`."""
    note_id = id_of(note)
    lock(connection, actor, note_id)
    connection.execute(delete(table).where(is_row(table, actor.company_id, note_id)))


def move(connection: Connection, company_id: int, client_id: int, receiver_id: int) -> None:
    """Move a client's notes to another client. The caller has locked both."""
    mine = (table.c.company_id == company_id, table.c.client_id == client_id)
    moved = {"client_id": receiver_id, "updated_at": next_updated_at(table)}  # a note shows its client
    connection.execute(change(table).where(*mine).values(moved))


def of_clients(connection: Connection, company_id: int, client_ids: Collection[int]) -> dict[int, list[NoteRecord]]:
    """Return all notes on each of these clients, oldest first, by the client's id."""
    found: dict[int, list[NoteRecord]] = {client_id: [] for client_id in client_ids}
    mine = (table.c.company_id == company_id, table.c.client_id.in_(client_ids))
    for row in rows(NoteRecord, connection, select(table).where(*mine).order_by(table.c.id)):
        found[row["client_id"]].append(row)
    return found


def with_authors(connection: Connection, company_id: int, client_id: int) -> list[NoteRecord]:
    """Return the notes on a client, newest first, each with the email of its author as `author`."""
    mine = (table.c.company_id == company_id, table.c.client_id == client_id)
    authored = table.outerjoin(users, users.c.id == table.c.user_id)
    found = select(table, users.c.email.label("author")).select_from(authored).where(*mine).order_by(table.c.id.desc())
    return rows(NoteRecord, connection, found)


def replace_all(
    connection: Connection, company_id: int, client_id: int, items: Sequence[Mapping[str, Any]], team: Collection[int]
) -> bool:
    """Replace all notes on a client, which the caller has locked. Return whether any of them differs.

    Notes without an id are new. An author who is not in the `team` is left out.
    """
    present = {each["id"]: each for each in of_clients(connection, company_id, [client_id])[client_id]}
    owner = {"company_id": company_id, "client_id": client_id}
    differs = False
    for item in items:
        given = _authored(item, team)
        known = present.pop(item.get("id") or 0, None)
        changes = given if known is None else differing(known, given)
        if known is None:
            at = now()
            _insert(connection, {"created_at": at, "updated_at": at} | changes | owner | _id(item))
        elif changes:
            _store(connection, known, changes)
        differs = differs or known is None or bool(changes)
    _remove_all(connection, company_id, present)
    return differs or bool(present)


def _distinct(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without repeated tags, as those of clients are."""
    return {**values, "tags": list(dict.fromkeys(values["tags"]))} if "tags" in values else dict(values)


def _authored(item: Mapping[str, Any], team: Collection[int]) -> dict[str, Any]:
    given = {name: item[name] for name in _IMPORTED if name in item}
    if given.get("user_id") not in team and "user_id" in given:
        given["user_id"] = None
    return given


def _id(item: Mapping[str, Any]) -> dict[str, int]:
    return {"id": item["id"]} if item.get("id") else {}


def _remove_all(connection: Connection, company_id: int, ids: Iterable[int]) -> None:
    for note_id in ids:
        connection.execute(delete(table).where(is_row(table, company_id, note_id)))


def _insert(connection: Connection, row: Mapping[str, Any]) -> int:
    whole = {**row, "searched": _searched(row)}
    return int(connection.execute(insert(table).values(whole).returning(table.c.id)).scalar_one())


def _store(connection: Connection, note: NoteRecord, changes: Mapping[str, Any]) -> None:
    values = {**changes, "searched": _searched({**note, **changes})}
    connection.execute(change(table).where(is_row(table, note["company_id"], note["id"])).values(values))


def _searched(note: Mapping[str, Any]) -> str:
    return folded(f"{note.get('title', '')}\x1f{note.get('description', '')}")  # so that no match spans both texts


def _check_client(connection: Connection, actor: Actor, client_id: int) -> None:
    try:
        records.lock(connection, actor.company_id, client_id, LIVE)
    except NotFound:
        raise Rejected(Problem("client_id", "exists")) from None
