"""Sessions on the bridge page. The browser stores a random secret, the register its digest.

A session ends when it expires, when its member signs out or is disabled, and when the member's password changes. Times
are by the database's clock. A session that began in the future was begun while that clock was ahead, and counts as
ended.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, not_, or_, select

from core.access import roles
from core.access.keys import Actor
from core.access.logins import Credentials
from core.access.roles import ALLOWED, Permission, Role
from core.database.timestamps import DatabaseNow, database_now
from core.errors import Unauthenticated, WrongPassword
from core.models import companies, sessions, users
from core.text.names import shown_name
from core.text.secrets import digest, random_name

_SECRET_LENGTH = 43  # of 62 letters each: 256 bits


@dataclass(frozen=True)
class Member:
    """A team user who is signed in."""

    company_id: int
    user_id: int
    company: str
    name: str
    email: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Return whether the member's role allows it."""
        return permission in ALLOWED[self.role]

    def check(self, permission: Permission) -> None:
        """Raise `NotPermitted` unless the member's role allows it."""
        roles.check(self.role, permission)

    @property
    def actor(self) -> Actor:
        """The member as an actor, without an API key."""
        return Actor(self.company_id, self.user_id, token_id=0, dialect="bridge")


def begin(connection: Connection, known: Credentials, lifetime: int) -> str:
    """Begin a session of `lifetime` microseconds and return its secret, which cannot be shown again.

    Raises `WrongPassword` if the password has changed since it was checked, or if the member was disabled.
    """
    who = users.c.id == known.user_id, users.c.disabled_at == 0
    mine = select(users.c.password_hash).where(*who).with_for_update()
    if connection.execute(mine).scalar() != known.password_hash:
        raise WrongPassword
    secret, at = random_name(_SECRET_LENGTH), database_now(connection)
    row = {
        "digest": digest(secret),
        "company_id": known.company_id,
        "user_id": known.user_id,
        "created_at": at,
        "expires_at": at + lifetime,
    }
    connection.execute(insert(sessions).values(row))
    return secret


def find_member(connection: Connection, secret: str) -> Member:
    """Return the member whose session it is.

    Raises `Unauthenticated` if there is no such session or it has expired. The lookup is by digest, so its timing
    reveals nothing about the secret.
    """
    columns = (users.c.company_id, users.c.id, companies.c.name.label("company"))
    people = select(*columns, users.c.first_name, users.c.last_name, users.c.email, users.c.role).select_from(
        sessions.join(users, users.c.id == sessions.c.user_id).join(companies, companies.c.id == users.c.company_id)
    )
    mine = sessions.c.digest == digest(secret), not_(_is_over()), users.c.disabled_at == 0
    found = connection.execute(people.where(*mine)).mappings().first()
    if found is None:
        raise Unauthenticated
    name, role = shown_name(dict(found)), Role(found["role"])
    return Member(found["company_id"], found["id"], found["company"], name, found["email"], role)


def end(connection: Connection, secret: str) -> None:
    """End a session. An unknown secret is not an error."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest(secret)))


def end_all_of(connection: Connection, company_id: int, user_id: int) -> None:
    """End every session of a team user."""
    mine = sessions.c.company_id == company_id, sessions.c.user_id == user_id
    connection.execute(delete(sessions).where(*mine))


def end_all(connection: Connection) -> None:
    """End every session of every company."""
    connection.execute(delete(sessions))


def is_any_old(connection: Connection) -> bool:
    """Return whether `delete_old` would find anything."""
    return bool(connection.execute(select(exists().where(_is_over()))).scalar())


def delete_old(connection: Connection) -> None:
    """Remove expired sessions."""
    connection.execute(delete(sessions).where(_is_over()))


def _is_over() -> ColumnElement[bool]:
    at = DatabaseNow()
    return or_(sessions.c.expires_at <= at, sessions.c.created_at > at)
