"""API keys: each belongs to one company and one team user, and is valid in both dialects unless it is limited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, cast, func, insert, select, update

from core.access.scopes import NO_LIMITS, KeyLimits, Scope
from core.database.prepared import Prepared
from core.database.rows import first_row, rows
from core.database.timestamps import DatabaseNow, has_passed
from core.errors import (
    KeyRefused,
    NotFound,
    RegisterError,
    ScopeMissing,
    Unauthenticated,
    UserDisabled,
    WrongPassword,
)
from core.models import tokens, usage_days, users
from core.models.operating_records import KeyRecord
from core.text.clock import now
from core.text.secrets import digest, password_matches, random_name

KEY_LENGTH = 64
DEFAULT_EDITION = "seed"
EDITIONS = (DEFAULT_EDITION, "2026")
"""The editions of an API: which keys its answers have. Every edition is written in the same way."""

_LIMITS = (tokens.c.scope, tokens.c.dialect, tokens.c.networks, tokens.c.expires_at)
_IS_EXPIRED = and_(tokens.c.expires_at != 0, tokens.c.expires_at <= DatabaseNow())
_OWNER = Prepared(
    select(
        *(tokens.c.company_id, tokens.c.user_id, tokens.c.id, tokens.c.name, tokens.c.edition),
        *_LIMITS,
    )
    .join_from(tokens, users, users.c.id == tokens.c.user_id)
    .where(tokens.c.digest == bindparam("digest"), tokens.c.revoked_at == 0, users.c.disabled_at == 0)
)
_COPIED = ("company_id", "user_id", "name", "edition", *(column.name for column in _LIMITS))
_SCOPES = {scope.value: scope for scope in Scope}


@dataclass(slots=True)
class Actor:
    """The originator of a request. Everything that it reads or writes belongs to its company.

    `dialect` is the API of the request, "" on the command line. `edition` (one of `EDITIONS`) and `scope` are those of
    the key. An id of 0 stands for none.
    """

    company_id: int
    user_id: int
    token_id: int
    token_name: str = ""
    dialect: str = ""
    edition: str = DEFAULT_EDITION
    scope: Scope = Scope.ALL

    def check(self, needed: Scope) -> None:
        """Raise `ScopeMissing` unless the key's scope includes this one."""
        if self.scope is not Scope.ALL and not self.scope.includes(needed):
            raise ScopeMissing(f"This key's scope is {self.scope}, and this operation needs {needed}")


class LimitedKey(KeyRefused):
    """The key's limits do not allow this request; `actor` is the owner of the key."""

    def __init__(self, actor: Actor, reason: str) -> None:
        super().__init__(reason)
        self.actor = actor


def operator(company_id: int) -> Actor:
    """Return the actor of the command line for a company."""
    return Actor(company_id, user_id=0, token_id=0)


def authenticate(connection: Connection, key: str, dialect: str = "", address: str = "") -> Actor:
    """Return the actor of a valid key that is used with this dialect from this IP address.

    Raises `LimitedKey` if the key's limits exclude that, `Unauthenticated` if there is no such key. The lookup is by
    digest, so its timing reveals nothing about the key.
    """
    found = _OWNER.presumed(connection, digest=digest(key))
    if not key or not found:
        raise Unauthenticated
    company_id, user_id, token_id, name, edition, scope, only_dialect, networks, expires_at = found[0]
    actor = Actor(company_id, user_id, token_id, name, dialect, edition, _SCOPES[scope])
    if only_dialect or networks or expires_at:
        limits = KeyLimits(actor.scope, only_dialect, networks, expires_at)
        is_expired = expires_at != 0 and has_passed(connection, expires_at)
        if refusal := limits.refusal(dialect, address, is_expired):
            raise LimitedKey(actor, refusal)
    return actor


def password_hash_of(connection: Connection, actor: Actor) -> str:
    """Return the stored hash of the password of the team user who owns the key."""
    return str(connection.execute(select(users.c.password_hash).where(users.c.id == actor.user_id)).scalar_one())


def check_password(hashed: str, password: str) -> None:
    """Raise `WrongPassword` unless the password matches. It is slow by design: never call it in a transaction."""
    if not password_matches(hashed, password):
        raise WrongPassword


def issue(
    connection: Connection,
    company_id: int,
    user_id: int,
    name: str,
    key: str | None = None,
    edition: str = DEFAULT_EDITION,
    limits: KeyLimits = NO_LIMITS,
) -> str:
    """Store a key (a new random one unless given) and return it. It cannot be shown again.

    If the user has this key already, it keeps its edition and limits, and becomes valid again if it was revoked. A key
    of another user or company raises `ValueError`. Raises `UserDisabled`.
    """
    _check_owner(connection, user_id)
    key = key or random_name(KEY_LENGTH)
    known = first_row(KeyRecord, connection, select(tokens).where(tokens.c.digest == digest(key)))
    if known is None:
        owner = {"company_id": company_id, "user_id": user_id, "name": name, "edition": edition}
        _insert(connection, key, owner | {each.name: getattr(limits, each.name) for each in _LIMITS})
    elif (known["company_id"], known["user_id"]) == (company_id, user_id):
        connection.execute(update(tokens).where(tokens.c.id == known["id"]).values(revoked_at=0))
    else:
        raise ValueError("this key belongs to another user")
    return key


def revoke(connection: Connection, token_id: int) -> None:
    """Revoke a key. Raises `NotFound`."""
    statement = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at == 0).values(revoked_at=now())
    if connection.execute(statement).rowcount == 0:
        raise NotFound("token")


def rename(connection: Connection, token_id: int, name: str) -> None:
    """Rename a key, revoked or not. Raises `NotFound`."""
    if connection.execute(update(tokens).where(tokens.c.id == token_id).values(name=name)).rowcount == 0:
        raise NotFound("token")


@dataclass(frozen=True)
class Rotation:
    """A new key that replaces another one, which ends at `old_ends_at` (microseconds)."""

    key: str
    company_id: int
    name: str
    old_ends_at: int


def rotate(connection: Connection, token_id: int, overlap: int, expires_at: int | None = None) -> Rotation:
    """Create a key with the same limits, and let the old key end after `overlap` microseconds.

    The new key ends when the old one would have, unless `expires_at` is given. Raises `NotFound` if the key is not
    valid, `UserDisabled`, and `Replaced` if it was rotated before.
    """
    mine = tokens.c.id == token_id, tokens.c.revoked_at == 0
    statement = select(tokens, _IS_EXPIRED.label("is_expired"), DatabaseNow().label("at")).where(*mine)
    old = connection.execute(statement.with_for_update()).mappings().first()
    if old is None or old["is_expired"]:
        raise NotFound("token")
    if old["replaced_by"]:
        raise Replaced(old["replaced_by"])
    _check_owner(connection, old["user_id"])
    row = {name: old[name] for name in _COPIED} | ({} if expires_at is None else {"expires_at": expires_at})
    key = random_name(KEY_LENGTH)
    new_id = _insert(connection, key, row)
    end = old["at"] + overlap
    ends_at = min(end, old["expires_at"]) if old["expires_at"] else end
    values = {"replaced_by": new_id, "expires_at": ends_at, "revoked_at": 0 if overlap else old["at"]}
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(values))
    return Rotation(key, old["company_id"], old["name"], ends_at)


class Replaced(RegisterError):
    """The key was rotated before; `by` is the id of the key that replaced it."""

    def __init__(self, by: int) -> None:
        super().__init__(f"it was already replaced by key {by}; rotate that one")
        self.by = by


def list_all(connection: Connection, company_id: int) -> list[KeyRecord]:
    """Return every key of a company with its user's email, without secrets.

    `last_used_at` is the time of the last recorded use; `replaced_by` is the id of the key that it was rotated to.
    These and `user_disabled_at` are 0 for none.
    """
    last = select(usage_days.c.token_id, cast(func.max(usage_days.c.last_at), BigInteger).label("last_used_at"))
    used = last.where(usage_days.c.company_id == company_id).group_by(usage_days.c.token_id).subquery()
    columns = [column for column in tokens.c if column.name not in ("digest", "company_id", "user_id")]
    statement = (
        select(
            *columns,
            users.c.email,
            users.c.disabled_at.label("user_disabled_at"),
            func.coalesce(used.c.last_used_at, 0).label("last_used_at"),
        )
        .join(users, users.c.id == tokens.c.user_id)
        .outerjoin(used, used.c.token_id == tokens.c.id)
        .where(tokens.c.company_id == company_id)
        .order_by(tokens.c.id)
    )
    return rows(KeyRecord, connection, statement)


def is_known(connection: Connection, name: str | None = None, token_id: int | None = None) -> bool:
    """Return whether any company has a key of this name or this id."""
    mine = tokens.c.id == token_id if token_id is not None else tokens.c.name == name
    return connection.execute(select(tokens.c.id).where(mine).limit(1)).first() is not None


def _check_owner(connection: Connection, user_id: int) -> None:
    """Raise `UserDisabled` if the user may not have a valid key. The user's state is locked until commit."""
    owner = select(users.c.disabled_at).where(users.c.id == user_id).with_for_update(read=True)
    if connection.execute(owner).scalar():
        raise UserDisabled


def _insert(connection: Connection, key: str, row: Mapping[str, Any]) -> int:
    values = {**row, "digest": digest(key), "created_at": now()}
    return int(connection.execute(insert(tokens).values(values).returning(tokens.c.id)).scalar_one())
