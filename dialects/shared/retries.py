"""`Idempotency-Key` on writes: parses the key, and carries out the work once."""

import asyncio
import hashlib
import logging
import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import IO, TypeVar

import orjson
from starlette.requests import Request

from core.access import idempotency
from core.access.idempotency import Attempt, StoredAnswer
from core.access.keys import Actor
from core.database.database import Database
from core.errors import KeyReused, Problem, Unavailable
from core.text.clock import SECOND
from schemas.bodies import Body
from schemas.errors import Invalid, MalformedHeader

log = logging.getLogger(__name__)

T = TypeVar("T")

# The structured string of the draft, or the bare value that most clients send.
_KEY = re.compile(r'"?([!#-~]{1,255}?)"?', re.ASCII)
_CHUNK = 1 << 20


async def attempt_of(request: Request, actor: Actor, body: Body) -> Attempt | None:
    """Return the attempt that the request's `Idempotency-Key` stands for; None without one.

    Raises `MalformedHeader`.
    """
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    found = _KEY.fullmatch(given)
    if found is None:
        raise MalformedHeader("The Idempotency-Key header must be 1 to 255 visible characters.")
    return Attempt(actor.token_id, found[1], await to_thread(_fingerprint, request, body))


async def once(database: Database, attempt: Attempt, act: Callable[[], Awaitable[T]]) -> T | StoredAnswer:
    """Do the work, or return the answer that was stored.

    Raises `KeyInUse`, and `Invalid` for a key of another request.
    """
    try:
        kept = await database.write(partial(idempotency.begin, attempt=attempt))
    except KeyReused as error:
        raise Invalid([Problem("Idempotency-Key", "idempotency_key")]) from error
    if kept is not None:
        return kept
    async with _reserved(database, attempt):
        return await act()


@asynccontextmanager
async def _reserved(database: Database, attempt: Attempt) -> AsyncIterator[None]:
    """Reserve the key for as long as the block takes, and release it if the block fails."""
    renewing = asyncio.create_task(_renew_lease(database, attempt))
    try:
        yield
    except BaseException:
        renewing.cancel()
        await _release(database, attempt)
        raise
    finally:
        renewing.cancel()


async def _renew_lease(database: Database, attempt: Attempt) -> None:
    """Renew the lease until it is lost. Usually this is cancelled before the first renewal."""
    is_ours = True
    while is_ours:
        await asyncio.sleep(idempotency.RENEW_AFTER / SECOND)
        try:
            is_ours = await database.write(partial(idempotency.renew_lease, attempt=attempt))
        except Unavailable as error:
            log.info("the lease of an idempotency key could not be renewed yet: %s", error)


async def _release(database: Database, attempt: Attempt) -> None:
    try:
        await database.write(partial(idempotency.release, attempt=attempt))
    except Exception as error:  # the error of the work is more important, and the lease ends by itself
        log.warning("an idempotency key stays reserved until its lease ends: %s", error)


def _fingerprint(request: Request, body: Body) -> str:
    identity = {
        "method": request.method,
        "path": request.scope["path"],
        "query": request.scope["query_string"].decode("latin-1"),
        "body": body.tree,
        "files": [(name, file.filename, _digest(file.file)) for name, file in body.files],
    }
    return hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
