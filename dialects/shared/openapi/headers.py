"""Response headers that many operations share, as components of the document."""

from dialects.shared.conditions import ETAG_PATTERN
from schemas.types import Schema

COMPONENTS: dict[str, Schema] = {
    "X-Ignored-Query": {
        "description": "The query parameters that were ignored; beyond 1 KB only their number.",
        "schema": {"type": "string"},
    },
    "X-Ignored-Body": {
        "description": (
            "The keys of the body that were ignored, as forms write them: `contacts[0][foo]`; "
            "beyond 1 KB only their number."
        ),
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "description": "The id of this request in the log: that of the request's own header, if it is valid.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    },
    "X-RateLimit-Limit": {
        "description": "The number of requests per minute that the key may make, if it is limited.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "X-RateLimit-Remaining": {
        "description": "The number of requests that are left in this minute.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "X-RateLimit-Reset": {
        "description": "The beginning of the next minute, in seconds since 1970.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "ETag": {
        "description": (
            "The version of the record, the same in both APIs, followed by + and a digest of the body if a query "
            "parameter changed it. `If-Match` compares only the version."
        ),
        "required": True,
        "schema": {"type": "string", "pattern": ETAG_PATTERN},
    },
}


def header(name: str) -> Schema:
    """Return the reference to a shared header."""
    return {"$ref": f"#/components/headers/{name}"}
