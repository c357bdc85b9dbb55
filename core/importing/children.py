"""Imports a client's contacts, documents, gateway tokens and tags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, or_

from core.clients import contacts
from core.clients.child_rows import KINDS, Difference
from core.database.chunks import chunked
from core.documents.documents import clean_name
from core.importing.columns import TIMESTAMPS, field_error_of, same_timestamp
from core.importing.incoming import FieldError, Incoming
from core.models import contacts as contacts_table
from core.models.records import ClientRecord, with_values
from core.query import Record
from core.text.folding import email_key
from core.text.names import searched_text, shown_name

_DEFAULTS: dict[str, dict[str, Any]] = {"contacts": {"send_email": True}, "documents": {"user_id": None}}
_IDENTIFYING = ("first_name", "last_name", "email", "phone")


@dataclass
class ImportedDifference(Difference):
    """What an import changes of the children of one kind, and the source's values that cannot be stored."""

    field_errors: list[FieldError] = field(default_factory=list)

    def applied_to(self, present: Iterable[Record], common: Record) -> list[Record]:
        """Return the children after the change; new ones come last and have the `common` values."""
        gone = {each["id"] for each in self.gone}
        kept = [with_values(each, self.changed.get(each["id"], {})) for each in present if each["id"] not in gone]
        return kept + [{**common, **each} for each in self.new]


def differences(client: ClientRecord, incoming: Incoming, team: frozenset[int]) -> list[ImportedDifference]:
    """Return how the imported children differ from the client's."""
    found = [_difference(client, "contacts", _contacts(client, incoming), incoming, team)]
    for kind in ("documents", "gateway_tokens"):
        items = getattr(incoming, kind)
        found.append(_difference(client, kind, items, incoming, team))
    return found


def children_after(
    client: ClientRecord, found: Iterable[ImportedDifference], incoming: Incoming, created_at: int
) -> dict[str, Any]:
    """Return all children of a client after the import. Those without a timestamp get `created_at`, the client's."""
    children: dict[str, Any] = {
        each.kind: _applied(each, _items_of_kind(client, each.kind), created_at) for each in found
    }
    return children | ({"tags": list(dict.fromkeys(incoming.tags or ()))} if tags_differ(client, incoming) else {})


def _applied(found: ImportedDifference, present: Sequence[Record], created_at: int) -> list[Record]:
    common = {"created_at": created_at, "updated_at": created_at}
    return found.applied_to(present, common | _DEFAULTS.get(found.kind, {}))


def free_unused_ids(connection: Connection, company_id: int, page: Iterable[Incoming]) -> None:
    """Delete contacts whose ids the import needs, if they were deleted here before or belong to no client."""
    ids = [item["id"] for incoming in page for item in incoming.contacts or () if item.get("id")]
    unused = or_(contacts_table.c.deleted_at > 0, contacts_table.c.client_id.is_(None))
    hidden = (contacts_table.c.company_id == company_id, unused)
    for portion in chunked(ids):
        connection.execute(delete(contacts_table).where(*hidden, contacts_table.c.id.in_(portion)))


def tags_differ(client: ClientRecord, incoming: Incoming) -> bool:
    """Return whether the import has tags other than the client's."""
    return incoming.tags is not None and list(dict.fromkeys(incoming.tags)) != client["tags"]


def _contacts(client: ClientRecord, incoming: Incoming) -> Sequence[Record] | None:
    """Return the imported contacts with exactly one primary contact among all; a client always has a contact."""
    items = incoming.contacts
    if items is None or (not items and not incoming.all_contacts):
        return None if client["contacts"] else [{"is_primary": True}]
    if not incoming.all_contacts:
        present = next((each["id"] for each in client["contacts"] if each["is_primary"]), None)
        items = [item if item.get("id") or not present else {**item, "id": present} for item in items]
        names = {item.get("id") for item in items}
        others = [{"id": each["id"]} for each in client["contacts"] if each["id"] not in names]
        items = [*items, *others]
    if not items and len(client["contacts"]) == 1 and not any(client["contacts"][0].get(name) for name in _IDENTIFYING):
        return None
    items = items or [{}]
    primary = contacts.primary_of(items)
    return [{**item, "is_primary": item is primary} for item in items]


def _items_of_kind(client: Record, kind: str) -> Sequence[Record]:
    children: Sequence[Record] = client[kind]
    return children


def _difference(
    client: ClientRecord, kind: str, items: Sequence[Record] | None, incoming: Incoming, team: frozenset[int]
) -> ImportedDifference:
    found = ImportedDifference(kind)
    if items is None:
        return found
    present = {each["id"]: each for each in _items_of_kind(client, kind)}
    for item in items:
        known = present.pop(item.get("id") or 0, None)
        columns = _columns(kind, _with_names(item, known), known, found, team)
        if known is not None:
            _compare(known, columns, incoming.tick, found)
        elif kind != "documents" or "object_key" in columns:
            found.new.append(columns | ({"id": item["id"]} if item.get("id") else {}))
        else:
            found.field_errors.append(FieldError("documents", item.get("id"), "its bytes could not be downloaded"))
    found.gone = list(present.values())
    return found


def contact_columns(item: Record, known: Record | None) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the columns of a contact that the source changes, and the values that cannot be stored."""
    found = ImportedDifference("contacts")
    return _columns("contacts", _with_names(item, known), known, found, frozenset()), found.field_errors


def _with_names(item: Record, known: Record | None) -> Record:
    """Return the item with first and last name from its `full_name`, unless that is the contact's name already."""
    incoming = item.get("full_name", "")
    if not incoming or "first_name" in item or (known is not None and shown_name(known) == incoming):
        return item
    if "@" in incoming and " " not in incoming:
        return {**item, "email": incoming}
    first_name, _, last_name = incoming.partition(" ")
    return {**item, "first_name": first_name, "last_name": last_name}


def _columns(
    kind: str, item: Mapping[str, Any], known: Record | None, found: ImportedDifference, team: frozenset[int]
) -> dict[str, Any]:
    """Return the columns that an item changes."""
    table, columns = KINDS[kind], {}
    for name, value in item.items():
        if known is not None and name in known and known[name] == value:
            continue
        if name not in table.c or name in ("id", "company_id", "client_id"):
            continue
        field_error = field_error_of(table, name, value, team)
        if kind == "documents" and name == "name":
            value = clean_name(value)
        if field_error is not None:
            found.field_errors.append(FieldError(f"{kind}.{name}", value, field_error.why))
        elif name != "contact_key" or value:
            columns[name] = value
    if kind == "contacts":
        return columns | _derived(columns, known or {})
    return columns


def _derived(columns: Record, known: Record) -> dict[str, Any]:
    """Return the searched text of a contact, if that changes."""
    if not known or columns.keys() & {"email", *_IDENTIFYING}:
        person = {"email": "", **known, **columns}
        return {"email_key": email_key(person["email"]), "searched": searched_text(person)}
    return {}


def _compare(known: Record, columns: Record, tick: int, found: ImportedDifference) -> None:
    changed = {name: value for name, value in columns.items() if not _is_same(name, known.get(name), value, tick)}
    if "object_key" in changed:
        found.field_errors.append(
            FieldError("documents.hash", known["id"], "a document of this id has other bytes here")
        )
        del changed["object_key"]
    if changed:
        found.changed[known["id"]] = changed


def _is_same(name: str, stored: Any, incoming: Any, tick: int) -> bool:
    return same_timestamp(stored, incoming, tick) if name in TIMESTAMPS else bool(stored == incoming)
