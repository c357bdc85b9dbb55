"""The rows that belong to a client (contacts, documents, gateway tokens and tags), written from its record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Table, bindparam, delete, insert, update

from core.clients import contacts
from core.database.prepared import Prepared, PreparedInsert
from core.database.prepared_update import PreparedUpdate
from core.documents import documents
from core.models import client_gateway_tokens, client_tags
from core.models import contacts as contacts_table
from core.models import documents as documents_table
from core.models.records import ClientRecord
from core.query import Record
from core.text.clock import now
from core.text.equality import differing
from core.text.folding import folded
from core.text.names import searched_text
from core.text.secrets import random_name

Children = Mapping[str, Sequence[Record]]

KINDS: dict[str, Table] = {
    "contacts": contacts_table,
    "documents": documents_table,
    "gateway_tokens": client_gateway_tokens,
}
_ADD = {kind: PreparedInsert(table) for kind, table in KINDS.items()}
_CHANGE = {kind: PreparedUpdate(table) for kind, table in KINDS.items()}
_SET_HERE = {"id", "company_id", "client_id", "client_deleted", "searched"}
_SEARCHED = {"contacts": contacts.SEARCHED, "documents": frozenset({"name"})}
_COLUMNS = {kind: frozenset(map(str, table.c.keys())) - _SET_HERE for kind, table in KINDS.items()}

_TAGGED = ("company_id", "client_id", "position", "title")
_TAG = Prepared(insert(client_tags).values({name: bindparam(name) for name in _TAGGED}))
_UNTAG = Prepared(
    delete(client_tags).where(
        client_tags.c.company_id == bindparam("company"), client_tags.c.client_id == bindparam("client")
    )
)
_HIDE = Prepared(
    update(contacts_table)
    .where(contacts_table.c.company_id == bindparam("company"), contacts_table.c.client_id == bindparam("client"))
    .values(client_deleted=bindparam("hidden"))
)


@dataclass
class Difference:
    """Changes of the children of one kind: new rows, changed columns by id, removed rows, and ids taken over.

    An id is taken over if its row belonged to another client, or to none.
    """

    kind: str
    new: list[Record] = field(default_factory=list)
    changed: dict[int, dict[str, Any]] = field(default_factory=dict)
    gone: list[Record] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


@dataclass
class Differences:
    """Changes of the children of every kind. `tags` are None if they are unchanged."""

    of_kinds: list[Difference]
    tags: list[str] | None
    had_tags: bool

    def __bool__(self) -> bool:
        return any(self.of_kinds) or self.tags is not None


def differences(was: Record, after: Record, taken: Children) -> Differences:
    """Return the differences between a client's children before and after the change.

    A new client had an empty record before.
    """
    of_kinds = [_difference(kind, was.get(kind, ()), after[kind], taken.get(kind, ())) for kind in KINDS]
    known, tags = was.get("tags", []), list(dict.fromkeys(after["tags"]))
    return Differences(of_kinds, None if tags == known else tags, bool(known))


def store(connection: Connection, client: ClientRecord, found: Differences) -> None:
    """Store the differences of a client, which is given in its new state."""
    for each in found.of_kinds:
        if each:
            _store(connection, client, each)
    if found.tags is not None:
        _store_tags(connection, client, found.tags, found.had_tags)


def hide(connection: Connection, client: ClientRecord) -> None:
    """Hide the contacts of a client if it is deleted, else show them again."""
    _HIDE.run(connection, company=client["company_id"], client=client["id"], hidden=client["deleted_at"] > 0)


def _difference(kind: str, was: Iterable[Record], after: Iterable[Record], taken: Iterable[Record]) -> Difference:
    found, coming = Difference(kind), {each["id"]: each for each in taken}
    left = {each["id"]: each for each in was}
    for child in after:
        child_id = child.get("id") or 0
        known = left.pop(child_id, None) or coming.get(child_id)
        if known is None:
            found.new.append(child)
            continue
        changes = differing(known, {name: child[name] for name in _given_columns(kind, child)})
        if child_id in coming:
            found.taken.add(child_id)
        if changes or child_id in coming:
            found.changed[child_id] = changes | _searched(kind, changes, child)
    found.gone = list(left.values())
    return found


def _given_columns(kind: str, child: Record) -> list[str]:
    return [name for name in _COLUMNS[kind] if name in child]


def _searched(kind: str, changes: Record, child: Record) -> dict[str, str]:
    if not changes.keys() & _SEARCHED.get(kind, frozenset()):
        return {}
    return {"searched": folded(child["name"]) if kind == "documents" else searched_text(child)}


def _store(connection: Connection, client: ClientRecord, found: Difference) -> None:
    if found.gone or found.changed:  # a new client has neither
        _store_changes(connection, client, found)
    if found.kind == "documents":
        documents.mark_discarded(connection, [each["object_key"] for each in found.gone])
        documents.claim_uploads(connection, [each["object_key"] for each in found.new])
    for child in found.new:
        _ADD[found.kind].add(connection, _row(found.kind, client, child))


def _store_changes(connection: Connection, client: ClientRecord, found: Difference) -> None:
    table = KINDS[found.kind]
    mine = table.c.company_id == client["company_id"]
    if found.gone:
        connection.execute(delete(table).where(mine, table.c.id.in_([each["id"] for each in found.gone])))
    for columns, ids in _grouped_changes(client, found):
        if len(ids) == 1:
            _CHANGE[found.kind].run(connection, client["company_id"], ids[0], columns)
        else:
            connection.execute(update(table).where(mine, table.c.id.in_(ids)).values(columns))


def _grouped_changes(client: ClientRecord, found: Difference) -> Iterable[tuple[dict[str, Any], list[int]]]:
    """Return equal column changes together, each with all ids that it applies to."""
    alike: dict[bytes, tuple[dict[str, Any], list[int]]] = {}
    for child_id, changes in found.changed.items():
        columns = changes | (_owner(found.kind, client) if child_id in found.taken else {})
        alike.setdefault(orjson.dumps(columns, option=orjson.OPT_SORT_KEYS), (columns, []))[1].append(child_id)
    return alike.values()


def _owner(kind: str, client: ClientRecord) -> dict[str, Any]:
    owner: dict[str, Any] = {"client_id": client["id"]}
    return owner | {"client_deleted": client["deleted_at"] > 0} if kind == "contacts" else owner


def _row(kind: str, client: ClientRecord, child: Record) -> dict[str, Any]:
    at = now()
    row = {"company_id": client["company_id"], "created_at": at, "updated_at": at} | _owner(kind, client)
    row |= {name: child[name] for name in _given_columns(kind, child)}
    if child.get("id"):
        row["id"] = child["id"]
    if kind == "contacts":
        row |= {"contact_key": row.get("contact_key") or random_name(40), "searched": searched_text(child)}
    if kind == "documents":
        row["searched"] = folded(child["name"])
    return row


def _store_tags(connection: Connection, client: ClientRecord, titles: Sequence[str], had_any: bool) -> None:
    owner = (client["company_id"], client["id"])
    if had_any:
        _UNTAG.run(connection, company=owner[0], client=owner[1])
    _TAG.run_all(connection, [dict(zip(_TAGGED, (*owner, *each), strict=True)) for each in enumerate(titles)])
