"""Imports what a source has in addition to its clients: custom fields and contact-type users."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.access import companies, emails
from core.clients import custom_fields
from core.database.chunks import chunked
from core.database.rows import is_row
from core.importing.children import contact_columns
from core.importing.incoming import MAX_ID, CustomField, FieldError
from core.importing.sequences import advance_id_sequences
from core.models import contacts
from core.models import custom_fields as table
from core.models.records import ContactRecord
from core.query import Record
from core.text.clock import now
from core.text.equality import differing
from core.text.secrets import random_name

_MAX_NAME = 64


def define_custom_fields(connection: Connection, company_id: int, fields: Iterable[CustomField]) -> None:
    """Define the custom fields of a source, or set the titles of those with the same number."""
    companies.lock(connection, company_id)
    present = {each["position"]: each for each in custom_fields.list_all(connection, company_id)}
    names = {each["name"] for each in present.values()}
    for each in fields:
        known = present.get(each.position)
        if known is None:
            names.add(name := _free_name(each, names))
            row = {"company_id": company_id, "name": name, "title": each.title, "position": each.position}
            connection.execute(insert(table).values(**row, required=False, created_at=now()))
        elif known["title"] != each.title:
            mine = is_row(table, company_id, known["id"])
            connection.execute(update(table).where(mine).values(title=each.title))


def _free_name(field: CustomField, taken: set[str]) -> str:
    """Return a name under which /api can show the field: made of its title, else of its number."""
    words = re.sub("[^a-z0-9]+", "_", field.title.lower()).strip("_")[: _MAX_NAME - 8]
    name = f"custom_{words}" if words else f"custom_value{field.position}"
    return f"{name}_{field.position}" if name in taken else name


def import_contact_users(connection: Connection, company_id: int, users: Sequence[dict[str, Any]]) -> list[FieldError]:
    """Create or update the contact-type users of a source. Return what cannot be stored.

    A user who is a contact of a client here is not changed.
    """
    companies.lock(connection, company_id)
    latest = {each["id"]: each for each in users}
    ids = [each for each in latest if 0 < each <= MAX_ID]
    field_errors = [FieldError("contacts.id", each, "the id is out of range") for each in latest.keys() - set(ids)]
    present = _present(connection, ids)
    for each in ids:
        field_errors += _upsert_user(connection, company_id, latest[each], present.get(each))
    advance_id_sequences(connection, {"contacts": max(ids, default=0)})
    return field_errors


def _present(connection: Connection, ids: Sequence[int]) -> dict[int, ContactRecord]:
    found: dict[int, ContactRecord] = {}
    for portion in chunked(ids):
        rows = connection.execute(select(contacts).where(contacts.c.id.in_(portion))).mappings()
        found |= {row["id"]: dict(row) for row in rows}
    return found


def _upsert_user(
    connection: Connection, company_id: int, item: Record, known: ContactRecord | None
) -> list[FieldError]:
    if known is not None and known["company_id"] != company_id:
        return [FieldError("contacts.id", item["id"], "another record has this id")]
    if known is not None and known["client_id"] is not None:
        return []
    known_user = emails.find_contact_user(connection, company_id, item["email"]) if item.get("email") else None
    if known_user is not None and known_user["id"] != item["id"]:
        return [FieldError("contacts.email", item["email"], "another contact-type user has this email")]
    columns, field_errors = contact_columns(item, known)
    _store(connection, company_id, item["id"], columns, known)
    return field_errors


def _store(
    connection: Connection, company_id: int, contact_id: int, columns: dict[str, Any], known: ContactRecord | None
) -> None:
    if known is None:
        at = now()
        row: dict[str, Any] = {"contact_key": random_name(40), "created_at": at, "updated_at": at, "send_email": True}
        row |= columns | {"id": contact_id, "company_id": company_id, "client_id": None, "is_primary": False}
        connection.execute(insert(contacts).values(row))
        return
    changes = {name: value for name, value in differing(known, columns).items() if name != "is_primary"}
    if changes:
        connection.execute(update(contacts).where(is_row(contacts, company_id, contact_id)).values(changes))
