"""Team users of a company."""

from sqlalchemy import Connection, insert, select, update

from core.access import companies, sessions
from core.access.emails import check_email_is_free
from core.access.keys import Actor
from core.access.owners import check_is_removable, default_role
from core.access.roles import Role
from core.database.rows import rows
from core.database.timestamps import next_updated_at
from core.errors import NotFound, Problem, Rejected
from core.models import companies as companies_table
from core.models import users
from core.models.operating_records import UserRecord
from core.text.clock import now
from core.text.folding import email_key
from core.text.secrets import hash_password, password_matches

MIN_PASSWORD = 8  # characters; NIST SP 800-63B-4, section 3.1.1.2, for one of several factors


def ensure_team_user(connection: Connection, company_id: int, email: str, password: str) -> int:
    """Create the team user with that email, or set the password of the existing one.

    A new password ends every session that was begun with the old one.
    """
    companies.lock(connection, company_id)
    found = _team_user(connection, company_id, email)
    if found is None:
        return add_team_user(connection, company_id, email=email, password=password)
    _give_password(connection, company_id, found, password)
    return found


def find_team_user(connection: Connection, company_id: int, email: str) -> int:
    """Return the id of the company's team user with that email. Raises `NotFound`."""
    found = _team_user(connection, company_id, email)
    if found is None:
        raise NotFound("team user")
    return found


def add_team_user(
    connection: Connection,
    company_id: int,
    email: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    role: Role | None = None,
) -> int:
    """Create a team user and return the id.

    Without a `role` it is a member, or an owner if the company has no active owner. Raises `Rejected` if a client or
    team user of the company has that email, or if the password is too short.
    """
    companies.lock(connection, company_id)
    check_email_is_free(connection, company_id, email)
    _check_length(password)
    at = now()
    row = {
        "company_id": company_id,
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "email_key": email_key(email),
        "password_hash": hash_password(password),
        "role": (role or default_role(connection, company_id)).value,
        "created_at": at,
        "updated_at": at,
    }
    return int(connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one())


def owner_of_key(connection: Connection, actor: Actor) -> UserRecord:
    """Return the team user who owns the key, with the company's name."""
    names = (users.c.id, users.c.first_name, users.c.last_name, users.c.email)
    company_name = companies_table.c.name.label("company_name")
    statement = select(*names, company_name).join(companies_table, companies_table.c.id == users.c.company_id)
    return rows(UserRecord, connection, statement.where(users.c.id == actor.user_id))[0]


def team(connection: Connection, company_id: int) -> list[UserRecord]:
    """Return the company's team users, oldest first."""
    statement = select(users).where(users.c.company_id == company_id).order_by(users.c.id)
    return rows(UserRecord, connection, statement)


def set_password(connection: Connection, company_id: int, user_id: int, password: str) -> None:
    """Set the password of a team user and end every session. Raises `Rejected` if it is too short."""
    companies.lock(connection, company_id)
    _give_password(connection, company_id, user_id, password)


def disable(connection: Connection, company_id: int, user_id: int) -> bool:
    """Disable a team user: end every session and make the user's keys invalid until `enable`.

    Return whether the user was enabled before. Raises `LastOwner`.
    """
    companies.lock(connection, company_id)
    check_is_removable(connection, company_id, user_id)
    changed = _mark_disabled(connection, user_id, now())
    sessions.end_all_of(connection, company_id, user_id)
    return changed


def enable(connection: Connection, user_id: int) -> bool:
    """Enable a disabled team user and the keys that are not revoked. Return whether the user was disabled."""
    return _mark_disabled(connection, user_id, 0)


def is_same_email(one: str, other: str) -> bool:
    """Return whether two spellings mean the same address."""
    return email_key(one) == email_key(other)


def _mark_disabled(connection: Connection, user_id: int, at: int) -> bool:
    mine = users.c.id == user_id, users.c.disabled_at != 0 if at == 0 else users.c.disabled_at == 0
    values = {"disabled_at": at, "updated_at": next_updated_at(users)}
    return connection.execute(update(users).where(*mine).values(values)).rowcount == 1


def _check_length(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise Rejected(Problem("password", "min", {"min": MIN_PASSWORD}))


def _give_password(connection: Connection, company_id: int, user_id: int, password: str) -> None:
    mine = users.c.id == user_id
    known = connection.execute(select(users.c.password_hash).where(mine)).scalar_one()
    if password_matches(known, password):
        return
    _check_length(password)
    values = {"password_hash": hash_password(password), "updated_at": next_updated_at(users)}
    connection.execute(update(users).where(mine).values(values))
    sessions.end_all_of(connection, company_id, user_id)


def _team_user(connection: Connection, company_id: int, email: str) -> int | None:
    mine = users.c.company_id == company_id, users.c.email_key == email_key(email)
    return connection.execute(select(users.c.id).where(*mine)).scalar()
