"""API keys: looked up by their SHA-256 digest."""

import hashlib
from typing import Annotated

from fastapi import Depends, Header, HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tests.bench.peer.orm import Token, session


async def authenticated(
    db: Annotated[AsyncSession, Depends(session)],
    authorization: Annotated[str, Header()] = "",
    x_api_token: Annotated[str, Header()] = "",
) -> Token:
    """Return the key of the request; answers 401 unless it is known and not revoked."""
    key = x_api_token or authorization.removeprefix("Bearer ")
    digest = hashlib.sha256(key.encode()).hexdigest()
    found = await db.scalar(select(Token).where(Token.digest == digest, Token.revoked_at == 0))
    if found is None:
        raise HTTPException(401, "Unauthenticated.")
    return found
