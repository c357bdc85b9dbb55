"""Contacts: the people of a client, one of whom is the primary contact (in /api: the account owner)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select, update

from core.database.prepared import PreparedInsert, blank_value
from core.database.rows import is_row
from core.errors import Problem, Rejected
from core.models import clients, contacts
from core.models.records import ContactRecord, with_values
from core.text.clock import later_than, now
from core.text.equality import differing
from core.text.folding import email_key
from core.text.names import searched_text
from core.text.secrets import hash_password, password_matches, random_name

_ADD = PreparedInsert(contacts)
# Empty in a blank contact; the register sets all other columns.
_GIVEN = (
    *("first_name", "last_name", "email", "phone", "job_position", "social", "password_hash", "last_login"),
    *("custom_value1", "custom_value2", "custom_value3", "custom_value4", "is_locked", "send_email"),
)


def blank() -> ContactRecord:
    """Return the contact of a client that was created without contacts, not stored."""
    columns = {column.name: blank_value(column.type) for column in contacts.columns}
    return with_values(ContactRecord(), columns | {"is_primary": True, "send_email": True})


def add(connection: Connection, company_id: int, values: Mapping[str, Any]) -> int:
    """Store a contact-type user, who belongs to no client, and return the id."""
    at = now()
    row = {"company_id": company_id, "client_id": None, "contact_key": random_name(40)}
    contact = new(values)
    timestamps = {"created_at": at, "updated_at": at, "searched": searched_text(contact)}
    return _ADD.run(connection, row | contact | timestamps)


def new(values: Mapping[str, Any]) -> ContactRecord:
    """Return a contact with these values, not stored."""
    return with_values(ContactRecord(send_email=True), _columns(values))


def promoted(user: ContactRecord, values: Mapping[str, Any]) -> ContactRecord:
    """Return a contact-type user as a contact of a client."""
    return changed(user, values) | {"updated_at": later_than(user["updated_at"])}


def changed(contact: ContactRecord, values: Mapping[str, Any]) -> ContactRecord:
    """Return the contact with these values; `updated_at` changes only if one of them differs."""
    columns = _columns(values, contact["password_hash"])
    changes = differing(contact, columns)
    return with_values(contact, changes | {"updated_at": later_than(contact["updated_at"])}) if changes else contact


def store(connection: Connection, known: ContactRecord, contact: ContactRecord) -> None:
    """Store the differences of a contact-type user."""
    changes = differing(known, {name: value for name, value in contact.items() if name in contacts.c})
    if changes:
        values = changes | {"searched": searched_text(contact)}
        connection.execute(update(contacts).where(is_row(contacts, known["company_id"], known["id"])).values(values))


def remove(connection: Connection, contact: ContactRecord) -> None:
    """Remove a contact-type user."""
    connection.execute(delete(contacts).where(is_row(contacts, contact["company_id"], contact["id"])))


def count_wrongly_hidden(connection: Connection) -> int:
    """Return the number of contacts whose visibility differs from their client's; 0 in a consistent register."""
    of_client = and_(clients.c.company_id == contacts.c.company_id, clients.c.id == contacts.c.client_id)
    differing = contacts.c.client_deleted != (clients.c.deleted_at > 0)
    counted = select(func.count()).select_from(contacts.join(clients, of_client)).where(differing)
    return int(connection.execute(counted).scalar_one())


SEARCHED = frozenset({"first_name", "last_name", "email", "phone"})
"""The columns from which `searched` is computed."""


def replaced(items: Sequence[Mapping[str, Any]], present: Sequence[ContactRecord]) -> list[ContactRecord]:
    """Return the contacts of a client after these items were sent.

    An item with a known `id` keeps its identity, an item without one is new, and contacts without an item are removed.
    A client always has a contact: an empty list leaves one blank contact, which is not changed if it is the only one
    already. Raises `Rejected` for an id that is not a contact of this client, and for an email given twice.
    """
    known = {contact["id"]: contact for contact in present}
    items = items or _single_blank(present)
    _check(items, known)
    primary = primary_of(items)
    marked = [{**item, "is_primary": item is primary} for item in items]
    return [changed(known[item["id"]], item) if item.get("id") else new(item) for item in marked]


def _single_blank(contacts_now: Sequence[ContactRecord]) -> Sequence[Mapping[str, Any]]:
    new = blank()
    if len(contacts_now) == 1 and not differing(contacts_now[0], {n: v for n, v in new.items() if n in _GIVEN}):
        return [{"id": contacts_now[0]["id"]}]
    return [{}]


def with_primary(present: Sequence[ContactRecord], contact_id: int) -> list[ContactRecord]:
    """Return a client's contacts with this one as the only primary contact.

    Raises `Rejected` if it is not among them.
    """
    if contact_id not in [contact["id"] for contact in present]:
        raise Rejected(Problem("owner", "exists"))
    return [changed(contact, {"is_primary": contact["id"] == contact_id}) for contact in present]


def _check(items: Sequence[Mapping[str, Any]], present: Mapping[int, ContactRecord]) -> None:
    problems = []
    ids: set[int] = set()
    keys: set[str] = set()
    for position, item in enumerate(items):
        known = item.get("id")
        if known is not None and (known not in present or known in ids):
            problems.append(Problem(f"contacts.{position}.id", "exists" if known not in present else "distinct"))
        ids.add(known or 0)
        key = email_key(item["email"] if "email" in item else present.get(known or 0, {}).get("email", ""))
        if key and key in keys:
            problems.append(Problem(f"contacts.{position}.email", "distinct"))
        keys.add(key)
    if problems:
        raise Rejected(*problems)


def primary_of(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the primary one of the contacts sent: the first marked so, else the first; `{}` if there is none."""
    return next((item for item in items if item.get("is_primary")), next(iter(items), {}))


def _columns(values: Mapping[str, Any], password_hash: str = "") -> dict[str, Any]:
    columns = dict(values)
    if "email" in columns:
        columns["email_key"] = email_key(columns["email"])
    if "password" in columns:
        password = columns.pop("password")
        if password and not (password_hash and password_matches(password_hash, password)):
            columns["password_hash"] = hash_password(password)
    return columns
