"""API keys: each belongs to one company and one team user and opens both dialects."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from core.database.prepared import Prepared
from core.errors import NotFound, Unauthenticated, WrongPassword
from core.models import tokens, users
from core.query import Record
from core.text.clock import now
from core.text.secrets import digest, password_matches, random_name

KEY_LENGTH = 64
DEFAULT_EDITION = "seed"
EDITIONS = (DEFAULT_EDITION, "2026")
"""The editions of an API: which keys its answers have. Every edition is written in the same way."""

_OWNER = Prepared(
    select(tokens.c.company_id, tokens.c.user_id, tokens.c.id, tokens.c.name, tokens.c.edition).where(
        tokens.c.digest == bindparam("digest"), tokens.c.revoked_at == 0
    )
)


@dataclass(slots=True)
class Actor:
    """Who makes a request: everything it reads or writes is inside this company.

    `dialect` is the API that the request came through, "" for the command line; 0 is nobody's id. `edition` is one of
    `EDITIONS`: the key's.
    """

    company_id: int
    user_id: int
    token_id: int
    token_name: str = ""
    dialect: str = ""
    edition: str = DEFAULT_EDITION


def operator(company_id: int) -> Actor:
    """The person at the command line, acting for a company."""
    return Actor(company_id, user_id=0, token_id=0)


def authenticate(connection: Connection, key: str, dialect: str = "") -> Actor:
    """The owner of a key that is known and not revoked, speaking a dialect.

    Raises `Unauthenticated` otherwise. The lookup is by digest, so its timing reveals nothing about the key.
    """
    found = _OWNER.all(connection, digest=digest(key))
    if not key or not found:
        raise Unauthenticated
    company_id, user_id, token_id, name, edition = found[0]
    return Actor(company_id, user_id, token_id, name, dialect, edition)


def password_hash_of(connection: Connection, actor: Actor) -> str:
    """The stored hash of the password of the team user who owns the key."""
    return str(connection.execute(select(users.c.password_hash).where(users.c.id == actor.user_id)).scalar_one())


def check_password(hashed: str, password: str) -> None:
    """Raise `WrongPassword` unless it matches; slow by design, so never call it in a transaction."""
    if not password_matches(hashed, password):
        raise WrongPassword


def issue(
    connection: Connection,
    company_id: int,
    user_id: int,
    name: str,
    key: str | None = None,
    edition: str = DEFAULT_EDITION,
) -> str:
    """Store a key (a new random one unless given) and return it: the only time it can be shown.

    Giving a key that this user has already is no error, and revives it if it was revoked; a key of another user
    or company raises `ValueError`. A key that is known keeps its edition.
    """
    key = key or random_name(KEY_LENGTH)
    known = connection.execute(select(tokens).where(tokens.c.digest == digest(key))).mappings().first()
    if known is None:
        row = {"company_id": company_id, "user_id": user_id, "name": name, "digest": digest(key), "created_at": now()}
        connection.execute(insert(tokens).values(row | {"edition": edition}))
    elif (known["company_id"], known["user_id"]) == (company_id, user_id):
        connection.execute(update(tokens).where(tokens.c.id == known["id"]).values(revoked_at=0))
    else:
        raise ValueError("this key belongs to somebody else")
    return key


def revoke(connection: Connection, token_id: int) -> None:
    """Make a key invalid from now on. Raises `NotFound`."""
    statement = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at == 0).values(revoked_at=now())
    if connection.execute(statement).rowcount == 0:
        raise NotFound("token")


def listed(connection: Connection, company_id: int) -> list[Record]:
    """Every key of a company with its user's email, without secrets."""
    columns = (tokens.c.id, tokens.c.name, users.c.email, tokens.c.edition, tokens.c.created_at, tokens.c.revoked_at)
    statement = select(*columns).join(users, users.c.id == tokens.c.user_id).order_by(tokens.c.id)
    return [dict(row) for row in connection.execute(statement.where(tokens.c.company_id == company_id)).mappings()]
