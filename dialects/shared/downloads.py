"""A document's bytes as they leave the gateway: an attachment that no browser renders."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from core.query import Record
from core.storage import DocumentStorage


async def attachment(storage: DocumentStorage, document: Record, headers: Mapping[str, str]) -> Response:
    """The very bytes, under the document's name (RFC 6266). Raises `Unavailable`."""
    chunks = await storage.open(document["object_key"])
    name = quote(document["name"], safe="")
    return StreamingResponse(
        chunks,
        media_type="application/octet-stream",
        headers=dict(headers)
        | {
            "Content-Length": str(document["size"]),
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )
