"""Response headers that many operations share, as components of the document."""

from dialects.shared.conditions import ETAG_PATTERN
from schemas.types import Schema

COMPONENTS: dict[str, Schema] = {
    "X-Ignored-Query": {
        "description": "The query parameters that meant nothing here; beyond 1 KB only how many more.",
        "schema": {"type": "string"},
    },
    "X-Ignored-Body": {
        "description": (
            "The keys of the body that meant nothing here, as forms write them: `contacts[0][foo]`; "
            "beyond 1 KB only how many more."
        ),
        "schema": {"type": "string"},
    },
    "X-Request-Id": {
        "description": "Names this request in the log: the caller's own, if it sent a plain one.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    },
    "X-RateLimit-Limit": {
        "description": "How many requests a minute the key may make, where that is limited.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "X-RateLimit-Remaining": {
        "description": "How many of them are left in this minute.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "X-RateLimit-Reset": {
        "description": "When the next minute begins, in seconds since 1970.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "ETag": {
        "description": (
            "The version of the record, the same in both APIs; behind a + a digest of the body, if a query "
            "parameter shaped it. `If-Match` compares the version alone."
        ),
        "required": True,
        "schema": {"type": "string", "pattern": ETAG_PATTERN},
    },
}


def header(name: str) -> Schema:
    """Return the reference to a shared header."""
    return {"$ref": f"#/components/headers/{name}"}
