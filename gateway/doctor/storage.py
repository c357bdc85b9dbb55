"""Checks that the document storage stores, returns and deletes objects."""

import io
from collections.abc import AsyncIterator

from core.documents.folder import folder_of
from core.documents.storage import DocumentStorage
from core.errors import Unavailable
from core.text.secrets import random_name
from gateway.doctor.disk import space
from gateway.doctor.finding import Finding, failure, ok

_ADVICE = "Check GATEWAY_STORAGE_URL, and the permissions, free space and credentials there."


async def examine(url: str, storage: DocumentStorage) -> AsyncIterator[Finding]:
    """Store an object, read it and delete it again, and yield the findings."""
    if (folder := folder_of(url)) is not None:
        yield space("storage disk", folder)
    key, content = f"probes/{random_name(40)}", random_name(40).encode()
    try:
        await storage.put(key, io.BytesIO(content))
        found = b"".join([chunk async for chunk in await storage.open(key)])
        await storage.delete(key)
    except Unavailable as error:
        yield failure("storage", f"{_sentence(error)}", _ADVICE)
        return
    if found == content:
        yield ok("storage", "An object was stored, read and deleted again.")
    else:
        yield failure("storage", "An object was not returned as it was stored.", _ADVICE)


def _sentence(error: Unavailable) -> str:
    cause = str(error.__cause__ or "").splitlines()[:1]
    text = ": ".join([str(error), *filter(None, cause)])
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
