"""Contacts: the people of a client, one of them its primary contact (in /api: the account owner)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from core.clock import later_than, now
from core.equality import is_same
from core.errors import Problem, Rejected
from core.folding import folded
from core.models import clients, contacts, users
from core.prepared import Prepared, PreparedInsert, blank_value
from core.query import Record
from core.secrets import hash_password, password_matches, random_name


def email_key(email: str) -> str:
    """What two spellings of one address share. Case is ignored on both sides of the @, as every mail host does."""
    return folded(email.strip())


# Whether a contact has a client, asked so that no index can be chosen for it: hardly any has none, one has the email.
_CLIENT_ID = func.coalesce(contacts.c.client_id, 0)
_WITH_EMAIL = (contacts.c.company_id == bindparam("company"), contacts.c.email_key == bindparam("key"))
_TAKEN = Prepared(
    select(contacts.c.id)
    .where(*_WITH_EMAIL, _CLIENT_ID != 0)
    .union_all(
        select(users.c.id).where(users.c.company_id == bindparam("company"), users.c.email_key == bindparam("key"))
    )
    .limit(1)
)
_UNATTACHED = Prepared(select(contacts.c.id).where(*_WITH_EMAIL, _CLIENT_ID == 0))
_ADD = PreparedInsert(contacts)
# What a blank contact has none of; the rest of its columns the register decides.
_GIVEN = (
    *("first_name", "last_name", "email", "phone", "job_position", "social", "password_hash", "last_login"),
    *("custom_value1", "custom_value2", "custom_value3", "custom_value4", "is_locked", "send_email"),
)


def check_email_is_free(connection: Connection, company_id: int, email: str) -> None:
    """Raise `Rejected` if a client's contact or a team user of the company has this email.

    Free stays free until commit only under `companies.lock`.
    """
    if _TAKEN.all(connection, company=company_id, key=email_key(email)):
        raise Rejected(Problem("email", "taken"))


def unattached(connection: Connection, company_id: int, email: str) -> int | None:
    """The id of the contact-type user with this email who belongs to no client."""
    found = _UNATTACHED.all(connection, company=company_id, key=email_key(email))
    return min((row[0] for row in found), default=None)


def blank() -> Record:
    """The contact of a client that was made without any, before it is stored."""
    return {column.name: blank_value(column.type) for column in contacts.columns} | {
        "is_primary": True,
        "send_email": True,
    }


def of_client(connection: Connection, company_id: int, client_id: int) -> list[Record]:
    """The client's contacts that are not deleted, the primary one first, then oldest first."""
    mine = (contacts.c.company_id == company_id, contacts.c.client_id == client_id, contacts.c.deleted_at == 0)
    statement = select(contacts).where(*mine).order_by(contacts.c.is_primary.desc(), contacts.c.id)
    rows = connection.execute(statement).mappings()
    return [dict(row) for row in rows]


def add(connection: Connection, company_id: int, client_id: int | None, values: Mapping[str, Any]) -> int:
    """Store a new contact and return its id."""
    at = now()
    row = {
        "company_id": company_id,
        "client_id": client_id,
        "send_email": True,
        "contact_key": random_name(40),
        "created_at": at,
        "updated_at": at,
    }
    columns = _columns(values)
    return _ADD.run(connection, row | columns | {"searched": searched_text(columns)})


def change(connection: Connection, contact: Record, values: Mapping[str, Any]) -> None:
    """Store what differs from the contact as it is; `updated_at` moves only then."""
    columns = _columns(values, contact["password_hash"])
    changed = {name: value for name, value in columns.items() if not is_same(contact[name], value)}
    if changed:
        searched = searched_text({**contact, **changed})
        statement = update(contacts).where(contacts.c.id == contact["id"])
        moment = later_than(contact["updated_at"])
        connection.execute(statement.values(**changed, searched=searched, updated_at=moment))


def promote(connection: Connection, contact_id: int, client_id: int, values: Mapping[str, Any]) -> None:
    """Attach a contact-type user to a client."""
    known = connection.execute(select(contacts).where(contacts.c.id == contact_id)).mappings().one()
    change(connection, dict(known), {**values, "client_id": client_id})


def remove(connection: Connection, contact: Record) -> None:
    """Delete a contact: the row stays, without email and password, and is found no more."""
    change(connection, contact, {"email": "", "password_hash": "", "deleted_at": now()})


def follow(connection: Connection, company_id: int, client_id: int, deleted: bool) -> None:
    """Hide a client's contacts with it, or show them again."""
    mine = (contacts.c.company_id == company_id, contacts.c.client_id == client_id)
    connection.execute(update(contacts).where(*mine).values(client_deleted=deleted))


def unlike_their_clients(connection: Connection) -> int:
    """How many contacts are hidden while their client is not deleted, or the other way round; always none."""
    of_client = clients.c.id == contacts.c.client_id
    differing = contacts.c.client_deleted != (clients.c.deleted_at > 0)
    counted = select(func.count()).select_from(contacts.join(clients, of_client)).where(differing)
    return int(connection.execute(counted).scalar_one())


_SEARCHED = ("email", "phone")
_BETWEEN = "\x1f"  # no substring of one value begins in another


def searched_text(person: Mapping[str, Any]) -> str:
    """What a contact is found by: the whole name, the email and the telephone number."""
    name = " ".join(filter(None, (person.get("first_name", ""), person.get("last_name", ""))))
    return folded(_BETWEEN.join([name, *(person.get(each, "") for each in _SEARCHED)]))


def replace(
    connection: Connection,
    company_id: int,
    client_id: int,
    items: Sequence[Mapping[str, Any]],
    contacts_now: Sequence[Record],
) -> None:
    """Make a locked client's contacts exactly these: a known `id` keeps its identity, one without is new, the rest go.

    A client is never without a contact: an empty list leaves one blank one, as it is if that is all there is. Raises
    `Rejected` for an id that is no contact of this client and for an email given twice.
    """
    present = {contact["id"]: contact for contact in contacts_now}
    items = items or _one_blank(contacts_now)
    _check(items, present)
    kept = {item["id"] for item in items if "id" in item}
    gone = [contact_id for contact_id in present if contact_id not in kept]
    if gone:
        connection.execute(delete(contacts).where(contacts.c.id.in_(gone)))
    primary = items.index(primary_of(items))
    for position, item in enumerate(items):
        values = {**item, "is_primary": position == primary}
        known = values.pop("id", None)
        if known is None:
            add(connection, company_id, client_id, values)
        else:
            change(connection, present[known], values)


def _one_blank(contacts_now: Sequence[Record]) -> Sequence[Mapping[str, Any]]:
    new = blank()
    if len(contacts_now) == 1 and all(contacts_now[0][name] == new[name] for name in _GIVEN):
        return [{"id": contacts_now[0]["id"]}]
    return [{}]


def make_primary(connection: Connection, company_id: int, client_id: int, contact_id: int) -> None:
    """Make this contact the client's only primary one. Raises `Rejected` if it is not a contact of the client."""
    present = of_client(connection, company_id, client_id)
    if contact_id not in [contact["id"] for contact in present]:
        raise Rejected(Problem("owner", "exists"))
    for contact in present:
        change(connection, contact, {"is_primary": contact["id"] == contact_id})


def _check(items: Sequence[Mapping[str, Any]], present: Mapping[int, Record]) -> None:
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
    """Which of the contacts sent is the primary one: the first marked so, else the first."""
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
