"""Contact-type users: contacts that belong to no client yet."""

from sqlalchemy import Connection, select

from core.access import companies, emails
from core.access.emails import check_email_is_free
from core.clients import contacts
from core.database.rows import rows
from core.errors import Problem, Rejected
from core.models import contacts as contacts_table
from core.models.records import ContactRecord


def add_contact_user(
    connection: Connection, company_id: int, email: str, first_name: str = "", last_name: str = ""
) -> int:
    """Create a contact-type user and return the id. Creating a client in /api with this email promotes it."""
    companies.lock(connection, company_id)
    check_email_is_free(connection, company_id, email)
    if emails.find_contact_user(connection, company_id, email):
        raise Rejected(Problem("email", "taken"))
    values = {"email": email, "first_name": first_name, "last_name": last_name}
    return contacts.add(connection, company_id, values)


def contact_users(connection: Connection, company_id: int) -> list[ContactRecord]:
    """Return the company's contact-type users, oldest first."""
    table = contacts_table
    unattached = (table.c.company_id == company_id, table.c.client_id.is_(None), table.c.deleted_at == 0)
    return rows(ContactRecord, connection, select(table).where(*unattached).order_by(table.c.id))
