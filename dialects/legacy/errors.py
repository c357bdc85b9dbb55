"""The status and message of every error in /api, of the register and of the form of requests.

Source: the document's "Errors" and "Getting started" (contract, section 1).
"""

from collections.abc import Mapping
from typing import Any

from core.errors import (
    CategoryInUse,
    Conflict,
    DefaultCategory,
    IsAccountOwner,
    KeyInUse,
    KeyMisplaced,
    KeyRefused,
    MergedAway,
    MergeRefused,
    NotFound,
    OutOfSpace,
    PositionLost,
    RecordDeleted,
    RegisterError,
    ScopeMissing,
    TooManyGuesses,
    TooManyRequests,
    UnattachedContact,
    Unauthenticated,
    Unavailable,
)
from dialects.shared.changes import POSITION_LOST
from dialects.shared.dialect import Refusal
from schemas.errors import (
    BodyTooLarge,
    BodyTooSlow,
    Invalid,
    MalformedBody,
    MethodNotAllowed,
    NothingToMatch,
    PreconditionFailed,
    RequestError,
    SimilarPathExists,
    UnknownPath,
    UnsupportedCoding,
    UnsupportedMediaType,
    VersionExcluded,
)

UNKNOWN_PATH = "Not found. This register serves clients and what belongs to them; nothing else is offered."

REFUSALS: Mapping[type[Exception], Refusal] = {
    Unauthenticated: Refusal(401, "Unauthorized. A valid API key is required.", {"WWW-Authenticate": "Bearer"}),
    KeyMisplaced: Refusal(401, "Unauthorized. A valid API key is required. {reason}.", {"WWW-Authenticate": "Bearer"}),
    KeyRefused: Refusal(401, "Unauthorized. {reason}.", {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
    ScopeMissing: Refusal(401, "Unauthorized. {reason}.", {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}),
    TooManyGuesses: Refusal(429, "Too many wrong passwords; try again later."),
    TooManyRequests: Refusal(429, "Too many requests; try again later."),
    NotFound: Refusal(404, "{Noun} not found."),
    MergedAway: Refusal(404, "{Noun} not found. It was merged into client {survivor}."),
    UnknownPath: Refusal(404, UNKNOWN_PATH),
    SimilarPathExists: Refusal(404, f"{UNKNOWN_PATH} Did you mean {{reason}}?"),
    MethodNotAllowed: Refusal(405, "This method is not supported for this resource."),
    Conflict: Refusal(409),
    DefaultCategory: Refusal(409, "The default category cannot be deleted."),
    CategoryInUse: Refusal(409, "The category still has clients, deleted ones included. Migrate them first."),
    UnattachedContact: Refusal(409, "The contact does not belong to a client."),
    IsAccountOwner: Refusal(409, "The account owner cannot be deleted. Make another contact the account owner first."),
    KeyInUse: Refusal(409, "A request with this Idempotency-Key is still being answered."),
    RecordDeleted: Refusal(409, "The client is deleted."),
    MergeRefused: Refusal(409, "The clients cannot be merged."),
    PositionLost: Refusal(410, f"{POSITION_LOST}."),
    MalformedBody: Refusal(400),
    BodyTooLarge: Refusal(413, "The request body is too large."),
    BodyTooSlow: Refusal(408, "The request took too long to arrive.", {"Connection": "close"}),
    UnsupportedMediaType: Refusal(
        415, "The request body must be JSON, application/x-www-form-urlencoded or multipart/form-data."
    ),
    UnsupportedCoding: Refusal(415, "The Content-Encoding of the request body must be gzip, deflate or none."),
    PreconditionFailed: Refusal(412, "The {noun} has been changed since it was read."),
    VersionExcluded: Refusal(412, "The {noun} is in a version that the If-None-Match header excludes."),
    NothingToMatch: Refusal(412, "There is no record here whose version If-Match could name."),
    Invalid: Refusal(422, "The given data was invalid."),
    Unavailable: Refusal(503, "The service is temporarily unavailable.", {"Retry-After": "1"}),
    OutOfSpace: Refusal(507, "There is no space left to store this.", {"Retry-After": "60"}),
    RequestError: Refusal(400),
    RegisterError: Refusal(500, "Server error."),
    Exception: Refusal(500, "Server error."),
}


def error_body(status: int, message: str, errors: dict[str, list[str]]) -> dict[str, Any]:
    """Return the body of an error; only a 422 has `errors` in addition to the message."""
    return {"message": message} | ({"errors": errors} if status == 422 else {})
