"""Emails. In a company, each belongs to one contact of a client or to one team user."""

from sqlalchemy import Connection, bindparam, func, select

from core.database.deferred import BoundStatement
from core.database.prepared import Prepared
from core.database.rows import first_row, is_row
from core.errors import Problem, Rejected
from core.models import contacts, users
from core.models.records import ContactRecord
from core.text.folding import email_key

# An expression, so that no index on `client_id` is used: nearly every contact has a client, but only one has the email.
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


def queries(company_id: int, email: str) -> list[BoundStatement]:
    """Return the queries of the two functions below, so that they can be sent ahead."""
    values = {"company": company_id, "key": email_key(email)}
    return [(_TAKEN, values), (_UNATTACHED, values)]


def check_email_is_free(connection: Connection, company_id: int, email: str) -> None:
    """Raise `Rejected` if a contact of a client or a team user of the company has this email.

    Only under `companies.lock` is the email sure to stay free until commit.
    """
    if _TAKEN.all(connection, company=company_id, key=email_key(email)):
        raise Rejected(Problem("email", "taken"))


def find_contact_user(connection: Connection, company_id: int, email: str) -> ContactRecord | None:
    """Return the contact-type user with this email, who belongs to no client."""
    found = _UNATTACHED.all(connection, company=company_id, key=email_key(email))
    if not found:
        return None
    unattached = select(contacts).where(is_row(contacts, company_id, min(row[0] for row in found)))
    return first_row(ContactRecord, connection, unattached)
