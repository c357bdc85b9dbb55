"""`Idempotency-Key` on requests that change something: what is asked, and how it is done once."""

import hashlib
import re
from asyncio import to_thread
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import IO, TypeVar

import orjson
from starlette.requests import Request

from core import idempotency
from core.database import Database
from core.errors import KeyReused, Problem, Unavailable
from core.idempotency import Attempt, KeptAnswer
from core.keys import Actor
from schemas.bodies import Body
from schemas.errors import Invalid, MalformedHeader

T = TypeVar("T")

# The draft's structured string, or the bare value that most clients send.
_KEY = re.compile(r'"?([!#-~]{1,255}?)"?', re.ASCII)
_CHUNK = 1 << 20


async def attempt_of(request: Request, actor: Actor, body: Body) -> Attempt | None:
    """What the request's `Idempotency-Key` stands for; None without one. Raises `MalformedHeader`."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    found = _KEY.fullmatch(given)
    if found is None:
        raise MalformedHeader("The Idempotency-Key header must be 1 to 255 visible characters.")
    return Attempt(actor.token_id, found[1], await to_thread(_fingerprint, request, body))


async def once(database: Database, attempt: Attempt, act: Callable[[], Awaitable[T]]) -> T | KeptAnswer:
    """Do it, or say what was answered before. Raises `KeyInUse`, and `Invalid` for a key of another request."""
    try:
        kept = await database.write(partial(idempotency.begin, attempt=attempt))
    except KeyReused as error:
        raise Invalid([Problem("Idempotency-Key", "idempotency_key")]) from error
    if kept is not None:
        return kept
    try:
        return await act()
    except BaseException:
        with suppress(Unavailable):
            await database.write(partial(idempotency.release, attempt=attempt))
        raise


def _fingerprint(request: Request, body: Body) -> str:
    asked = {
        "method": request.method,
        "path": request.scope["path"],
        "query": request.scope["query_string"].decode("latin-1"),
        "body": body.tree,
        "files": [(name, file.filename, _digest(file.file)) for name, file in body.files],
    }
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
