"""Idempotency keys: a request that is sent twice is done once (IETF draft "The Idempotency-Key HTTP Header Field").

A key is reserved in a transaction of its own before the work begins. The answer is stored in the transaction that does
the work, so both are committed or neither is. A failure releases the key, so that a retry does the work again.

A reservation is a lease that is renewed while the work goes on, so it ends with the process. `started_at` is when the
lease began or was last renewed, by the database's clock. A process that has lost its lease, for example because it was
suspended, cannot store its answer, and its work is rolled back.
"""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, select, update

from core.database.timestamps import DatabaseNow, Timed, database_now
from core.errors import KeyInUse, KeyReused
from core.models import idempotency_keys as keys
from core.text.clock import SECOND, seconds_up
from core.text.secrets import random_name

RETENTION = 24 * 60 * 60 * SECOND
LEASE = 5 * SECOND
RENEW_AFTER = LEASE * 3 // 10  # two renewals may come late or fail before the lease is over

_RESERVE = Timed(
    "INSERT INTO idempotency_keys (token_id, key, fingerprint, attempt, started_at)"
    " VALUES (:token, :key, :fingerprint, :attempt, {now}) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class Attempt:
    """One attempt at a request: the API key's id, the idempotency key, a digest of the request, and a unique name.

    The name distinguishes attempts at the same request.
    """

    token_id: int
    key: str
    fingerprint: str
    name: str = field(default_factory=lambda: random_name(20))


@dataclass(frozen=True)
class StoredAnswer:
    """A stored answer: status, JSON text, and the version of the record that it shows."""

    status: int
    body: str
    version: str


def begin(connection: Connection, attempt: Attempt) -> StoredAnswer | None:
    """Reserve the key, or return the answer that was stored under it.

    Raises `KeyReused` if the key was used for another request, `KeyInUse` while the first request is still being
    answered.
    """
    mine = _key_condition(attempt)
    statement = select(keys, DatabaseNow().label("at")).where(*mine).with_for_update()
    found = connection.execute(statement).mappings().first()
    if found is not None and _is_valid(found):
        if found["fingerprint"] != attempt.fingerprint:
            raise KeyReused
        if not found["status"]:
            raise KeyInUse(_seconds_left(found))
        return StoredAnswer(found["status"], found["body"], found["version"])
    if found is not None:
        # A row that was found is locked. If none was found, a concurrent request may have made one, which must not be
        # deleted.
        connection.execute(delete(keys).where(*mine))
    row = {"token": attempt.token_id, "key": attempt.key, "fingerprint": attempt.fingerprint, "attempt": attempt.name}
    if connection.execute(_RESERVE, row).rowcount == 0:
        raise KeyInUse(seconds_up(LEASE))  # a concurrent request was faster
    return None


def renew_lease(connection: Connection, attempt: Attempt) -> bool:
    """Extend the lease of an attempt in progress. Return False if the lease was lost."""
    mine = (*_attempt_condition(attempt), keys.c.status == 0)
    return connection.execute(update(keys).where(*mine).values(started_at=DatabaseNow())).rowcount == 1


def store_answer(connection: Connection, attempt: Attempt, answer: StoredAnswer) -> None:
    """Store the answer in the transaction of the work. Raises `KeyInUse` if another attempt has taken over the key."""
    values = {"status": answer.status, "body": answer.body, "version": answer.version}
    if connection.execute(update(keys).where(*_attempt_condition(attempt)).values(values)).rowcount == 0:
        statement = select(keys.c.status, keys.c.started_at, DatabaseNow().label("at")).where(*_key_condition(attempt))
        found = connection.execute(statement).mappings().first()
        raise KeyInUse(_seconds_left(found) if found is not None else 1)


def release(connection: Connection, attempt: Attempt) -> None:
    """Release the key after a failure."""
    connection.execute(delete(keys).where(*_attempt_condition(attempt), keys.c.status == 0))


def delete_old(connection: Connection) -> None:
    """Remove expired keys."""
    connection.execute(delete(keys).where(keys.c.started_at < database_now(connection) - RETENTION))


def is_any_old(connection: Connection) -> bool:
    """Return whether `delete_old` has anything to do."""
    old = keys.c.started_at < database_now(connection) - RETENTION
    return connection.execute(select(keys.c.key).where(old).limit(1)).first() is not None


def _is_valid(found: RowMapping) -> bool:
    """Return whether the stored answer or the lease is still valid.

    A time in the future means that the clock was ahead or is now behind. A lease is over then. An answer stays valid
    all the same, because it keeps the request from being done twice.
    """
    age = found["at"] - found["started_at"]
    return bool(age <= RETENTION if found["status"] else 0 <= age < LEASE)


def _seconds_left(found: RowMapping) -> int:
    """Return the seconds to wait for the end of a lease."""
    return 1 if found["status"] else seconds_up(found["started_at"] + LEASE - found["at"])


def _key_condition(attempt: Attempt) -> tuple[ColumnElement[bool], ...]:
    return keys.c.token_id == attempt.token_id, keys.c.key == attempt.key


def _attempt_condition(attempt: Attempt) -> tuple[ColumnElement[bool], ...]:
    return *_key_condition(attempt), keys.c.attempt == attempt.name
