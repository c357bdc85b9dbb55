"""The team of a company."""

from sqlalchemy import Connection, insert, select, update

from core.access import companies, sessions
from core.access.emails import check_email_is_free
from core.access.keys import Actor
from core.database.rows import rows
from core.database.timestamps import moved_on
from core.errors import NotFound
from core.models import companies as companies_table
from core.models import users
from core.models.operating_records import UserRecord
from core.text.clock import now
from core.text.folding import email_key
from core.text.secrets import hash_password, password_matches


def ensure_team_user(connection: Connection, company_id: int, email: str, password: str) -> int:
    """The team user of that email with that password, made or given the new password as needed.

    A new password ends every session that was begun with the old one.
    """
    companies.lock(connection, company_id)
    found = _team_user(connection, company_id, email)
    if found is None:
        return add_team_user(connection, company_id, email=email, password=password)
    _give_password(connection, company_id, found, password)
    return found


def find_team_user(connection: Connection, company_id: int, email: str) -> int:
    """The id of the company's team user with that email. Raises `NotFound`."""
    found = _team_user(connection, company_id, email)
    if found is None:
        raise NotFound("team user")
    return found


def add_team_user(
    connection: Connection, company_id: int, email: str, password: str, first_name: str = "", last_name: str = ""
) -> int:
    """Make a team user. Raises `Rejected` if a client or team user of the company has that email."""
    companies.lock(connection, company_id)
    check_email_is_free(connection, company_id, email)
    at = now()
    row = {
        "company_id": company_id,
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "email_key": email_key(email),
        "password_hash": hash_password(password),
        "created_at": at,
        "updated_at": at,
    }
    return int(connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one())


def owner_of(connection: Connection, actor: Actor) -> UserRecord:
    """The team user who owns the key, with the company's name."""
    names = (users.c.id, users.c.first_name, users.c.last_name, users.c.email)
    company_name = companies_table.c.name.label("company_name")
    statement = select(*names, company_name).join(companies_table, companies_table.c.id == users.c.company_id)
    return rows(UserRecord, connection, statement.where(users.c.id == actor.user_id))[0]


def team(connection: Connection, company_id: int) -> list[UserRecord]:
    """The company's team users, oldest first."""
    statement = select(users).where(users.c.company_id == company_id).order_by(users.c.id)
    return rows(UserRecord, connection, statement)


def _give_password(connection: Connection, company_id: int, user_id: int, password: str) -> None:
    mine = users.c.id == user_id
    known = connection.execute(select(users.c.password_hash).where(mine)).scalar_one()
    if password_matches(known, password):
        return
    values = {"password_hash": hash_password(password), "updated_at": moved_on(users)}
    connection.execute(update(users).where(mine).values(values))
    sessions.end_all_of(connection, company_id, user_id)


def _team_user(connection: Connection, company_id: int, email: str) -> int | None:
    mine = users.c.company_id == company_id, users.c.email_key == email_key(email)
    return connection.execute(select(users.c.id).where(*mine)).scalar()
