"""Downloads of documents, as attachments that browsers do not render."""

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from core.documents.storage import DocumentStorage
from core.query import Record

# Enough for 255 letters of most scripts; all headers together stay below the 4 KiB that some proxies accept.
_MAX_ENCODED = 2400
_MAX_PLAIN = 255
_MAX_EXTENSION = 20
# Characters that a quoted string must escape, that some browsers decode (RFC 6266, appendix D), or that separate paths.
_NOT_PLAIN = re.compile(r'[^ -~]|["\\%/;]')
_VISIBLE = re.compile("[0-9A-Za-z]")


def content_disposition(name: str) -> str:
    """Return the header of an attachment: an ASCII name for all clients, and the exact name in addition (RFC 6266)."""
    plain, encoded = _plain(name), quote(name, safe="")
    while len(encoded) > _MAX_ENCODED:
        name = _shortened(name, len(name) - 10)
        encoded = quote(name, safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _shortened(name: str, length: int) -> str:
    _, dot, extension = name.rpartition(".")
    end = (dot + extension)[:_MAX_EXTENSION] if dot else ""
    return name[: length - len(end)] + end


def _plain(name: str) -> str:
    """Return the name in ASCII: letters without accents, `_` for other characters, the extension kept."""
    letters = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    plain = _NOT_PLAIN.sub("_", letters)
    stem, dot, extension = plain.rpartition(".")
    if not _VISIBLE.search(stem if dot else plain):
        plain = "document" + (f".{extension}" if _VISIBLE.search(extension) and dot else "")
    return plain if len(plain) <= _MAX_PLAIN else _shortened(plain, _MAX_PLAIN)


async def attachment(storage: DocumentStorage, document: Record, headers: Mapping[str, str]) -> Response:
    """Return the response with a document's exact bytes, under its name (RFC 6266). Raises `Unavailable`."""
    chunks = await storage.open(document["object_key"])
    return StreamingResponse(
        chunks,
        media_type="application/octet-stream",
        headers=dict(headers)
        | {
            "Content-Length": str(document["size"]),
            "Content-Disposition": content_disposition(document["name"]),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )
