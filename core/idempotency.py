"""Requests that may be sent twice and are done once (IETF draft "The Idempotency-Key HTTP Header Field").

A key is reserved in a transaction of its own before the work begins, and the answer is kept in the transaction that
does the work: either both are there or neither. What fails gives the key free, so that a retry does the work anew.
"""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, delete, select, text, update

from core.clock import now
from core.errors import KeyInUse, KeyReused
from core.models import idempotency_keys as keys
from core.secrets import random_name

SECOND = 1_000_000
KEPT = 24 * 60 * 60 * SECOND
# After this long, the process that reserved a key and kept no answer is taken for dead.
_PATIENCE = 120 * SECOND

_RESERVE = text(
    "INSERT INTO idempotency_keys (token_id, key, fingerprint, attempt, started_at)"
    " VALUES (:token, :key, :fingerprint, :attempt, :at) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class Attempt:
    """One try at a request: the API key's id, the client's key, a digest of what was asked, and a name of its own."""

    token_id: int
    key: str
    fingerprint: str
    name: str = field(default_factory=lambda: random_name(20))


@dataclass(frozen=True)
class KeptAnswer:
    """What was answered before: status, the JSON text, and the version of the record shown."""

    status: int
    body: str
    version: str


def begin(connection: Connection, attempt: Attempt) -> KeptAnswer | None:
    """Reserve the key; or the answer that was given under it.

    Raises `KeyReused` if it was given to another request, `KeyInUse` while that one is still being worked on.
    """
    mine = (keys.c.token_id == attempt.token_id, keys.c.key == attempt.key)
    found = connection.execute(select(keys).where(*mine).with_for_update()).mappings().first()
    at = now()
    if found is not None and found["started_at"] >= at - KEPT:
        if found["fingerprint"] != attempt.fingerprint:
            raise KeyReused
        if found["status"]:
            return KeptAnswer(found["status"], found["body"], found["version"])
        if found["started_at"] >= at - _PATIENCE:
            raise KeyInUse
        # What was found is held. Where nothing was, there may be a twin's by now, which is not to be deleted.
        connection.execute(delete(keys).where(*mine))
    row = {"token": attempt.token_id, "key": attempt.key, "fingerprint": attempt.fingerprint, "attempt": attempt.name}
    if connection.execute(_RESERVE, row | {"at": at}).rowcount == 0:
        raise KeyInUse  # a twin was faster
    return None


def keep(connection: Connection, attempt: Attempt, answer: KeptAnswer) -> None:
    """Keep the answer, in the transaction of the work. Raises `KeyInUse` if another try has taken the key over."""
    values = {"status": answer.status, "body": answer.body, "version": answer.version}
    if connection.execute(update(keys).where(*_of(attempt)).values(values)).rowcount == 0:
        raise KeyInUse


def release(connection: Connection, attempt: Attempt) -> None:
    """Give the key free after a failure."""
    connection.execute(delete(keys).where(*_of(attempt), keys.c.status == 0))


def forget_old(connection: Connection) -> None:
    """Remove what is no longer kept."""
    connection.execute(delete(keys).where(keys.c.started_at < now() - KEPT))


def is_any_old(connection: Connection) -> bool:
    """Whether `forget_old` has anything to do."""
    return connection.execute(select(keys.c.key).where(keys.c.started_at < now() - KEPT).limit(1)).first() is not None


def _of(attempt: Attempt) -> tuple[ColumnElement[bool], ...]:
    return keys.c.token_id == attempt.token_id, keys.c.key == attempt.key, keys.c.attempt == attempt.name
