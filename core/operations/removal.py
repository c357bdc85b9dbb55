"""Removal of companies and team users with all that belongs to them, each in one transaction.

The bytes of documents are recorded in that transaction and deleted after it, by the command or by a server's
housekeeper, so no crash leaves bytes behind.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, cast, delete, func, insert, select, update
from sqlalchemy.sql import FromClause

from core.access import companies, counters
from core.access.emails import find_contact_user
from core.access.owners import check_is_removable
from core.clients import contacts as client_contacts
from core.clients import writing
from core.database.timestamps import DatabaseNow
from core.errors import NotFound
from core.models import (
    activities,
    categories,
    changes,
    clients,
    contacts,
    custom_fields,
    discarded_objects,
    documents,
    idempotency_keys,
    notes,
    outbox,
    password_guesses,
    request_accounts,
    sessions,
    tokens,
    usage_days,
    usage_names,
    users,
    webhook_deliveries,
    webhooks,
)
from core.models import companies as companies_table
from core.query import Record

Counts = Mapping[str, int]
"""Counts by the singular name of what is counted; `bytes` is the size of all documents."""

_OF_COMPANY: Mapping[str, Table] = {
    "client": clients,
    "contact": contacts,
    "document": documents,
    "note": notes,
    "activity": activities,
    "category": categories,
    "custom field": custom_fields,
    "team user": users,
    "API key": tokens,
    "webhook": webhooks,
    "webhook delivery": webhook_deliveries,
    "mail": outbox,
}
# Deleted explicitly, in any order: rows without a foreign key to the company, and rows that a cascade would find
# slowly.
_REMOVED_BY_COMPANY = (activities, changes, webhook_deliveries, usage_days, usage_names, sessions, outbox, notes)
# Data of keys. On a distributed register these tables have no foreign keys.
_OF_KEYS = (idempotency_keys, password_guesses, request_accounts)
_NAMES_USER = (clients.c.user_id, clients.c.assigned_user_id)


def companies_listed(connection: Connection) -> list[Record]:
    """Return every company with its numbers of `users`, valid `keys`, `clients` and `documents`, oldest first."""
    in_force = select(tokens.c.company_id).where(tokens.c.revoked_at == 0).subquery()
    counted: Mapping[str, FromClause] = {"users": users, "keys": in_force, "clients": clients, "documents": documents}
    company_id = companies_table.c.id
    numbers = {name: _counts_by_company(connection, each) for name, each in counted.items()}
    columns = (company_id, companies_table.c.name, companies_table.c.created_at)
    rows = connection.execute(select(*columns).order_by(company_id)).mappings()
    return [{**row, **{name: number.get(row["id"], 0) for name, number in numbers.items()}} for row in rows]


def _counts_by_company(connection: Connection, rows: FromClause) -> Mapping[int, int]:
    """Return counts by company. Citus counts them on every node, but cannot join them with `companies`."""
    company_id = rows.c.company_id
    counted = select(company_id, func.count()).group_by(company_id)
    return {row[0]: row[1] for row in connection.execute(counted)}


def count_company_data(connection: Connection, company_id: int) -> Counts:
    """Return what would be removed with a company."""
    counts = {
        kind: int(connection.scalar(select(func.count()).where(table.c.company_id == company_id)) or 0)
        for kind, table in _OF_COMPANY.items()
    }
    size = select(cast(func.coalesce(func.sum(documents.c.size), 0), BigInteger))
    return counts | {"bytes": int(connection.scalar(size.where(documents.c.company_id == company_id)) or 0)}


def remove_company(connection: Connection, company_id: int) -> None:
    """Remove a company with all its rows. The next sweep deletes its documents' bytes. Raises `NotFound`."""
    _lift_limits(connection)
    _lock_company(connection, company_id)
    _discard_documents(connection, company_id)
    writing.remove_all(connection, company_id)
    for table in _REMOVED_BY_COMPANY:
        connection.execute(delete(table).where(table.c.company_id == company_id))
    _delete_key_data(connection, tokens.c.company_id == company_id)
    connection.execute(delete(companies_table).where(companies_table.c.id == company_id))


def _delete_key_data(connection: Connection, which: ColumnElement[bool]) -> list[int]:
    """Remove what is stored of these keys in other tables, and return their ids."""
    ids = list(connection.execute(select(tokens.c.id).where(which)).scalars())
    for table in _OF_KEYS:
        connection.execute(delete(table).where(table.c.token_id.in_(ids)))
    return ids


def _lift_limits(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":  # removing a large company takes long
        for limit in ("lock_timeout", "statement_timeout"):
            connection.execute(select(func.set_config(limit, "0", True)))


def _lock_company(connection: Connection, company_id: int) -> None:
    # Every writer locks in this order: clients, then their company.
    mine = select(clients.c.id).where(clients.c.company_id == company_id)
    locked = mine.order_by(clients.c.id).with_for_update().subquery()
    connection.execute(select(func.count()).select_from(locked))
    if counters.lock(connection, company_id) is None:
        raise NotFound("company")


def _discard_documents(connection: Connection, company_id: int) -> None:
    mine = select(documents.c.object_key, DatabaseNow()).where(documents.c.company_id == company_id)
    connection.execute(insert(discarded_objects).from_select(["object_key", "due_at"], mine))


def count_user_data(connection: Connection, company_id: int, user_id: int) -> Counts:
    """Return what would be removed with a team user, and how many clients refer to the user."""
    of_user = {"API key": tokens, "session": sessions}
    counts = {
        kind: int(connection.scalar(select(func.count()).where(table.c.user_id == user_id)) or 0)
        for kind, table in of_user.items()
    }
    return counts | {"client": _count_named(connection, company_id, user_id)}


def remove_user(connection: Connection, company_id: int, user_id: int) -> None:
    """Remove a team user with their keys and sessions. Clients, documents and notes keep no reference to the user.

    Raises `NotFound`, and `LastOwner` for the last owner of a team with other members.
    """
    _lift_limits(connection)
    companies.lock(connection, company_id)
    check_is_removable(connection, company_id, user_id)
    mine = users.c.company_id == company_id, users.c.id == user_id
    if connection.execute(select(users.c.id).where(*mine).with_for_update()).first() is None:
        raise NotFound("team user")
    if _count_named(connection, company_id, user_id):
        companies.invalidate_renderings(connection, company_id)
    made_by = webhooks.c.company_id == company_id, webhooks.c.user_id == user_id
    connection.execute(update(webhooks).where(*made_by).values(user_id=0))
    keys = _delete_key_data(connection, tokens.c.user_id == user_id)
    connection.execute(delete(sessions).where(sessions.c.company_id == company_id, sessions.c.user_id == user_id))
    for usage in (usage_days, usage_names):
        connection.execute(delete(usage).where(usage.c.company_id == company_id, usage.c.token_id.in_(keys)))
    connection.execute(delete(users).where(users.c.id == user_id))


def remove_contact_user(connection: Connection, company_id: int, email: str) -> None:
    """Remove the contact-type user with this email. Raises `NotFound`."""
    companies.lock(connection, company_id)
    found = find_contact_user(connection, company_id, email)
    if found is None:
        raise NotFound("user")
    client_contacts.remove(connection, found)


def _count_named(connection: Connection, company_id: int, user_id: int) -> int:
    """Return how many clients a user has created or is assigned to."""
    names = _NAMES_USER[0] == user_id, _NAMES_USER[1] == user_id
    mine = select(func.count()).where(clients.c.company_id == company_id, names[0] | names[1])
    return int(connection.scalar(mine) or 0)
