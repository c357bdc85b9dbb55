"""The status and message of every error in /api/v1, of the register and of the form of requests.

Source: the contract, section 2. In every error answer `errors` is an object.
"""

from collections.abc import Mapping
from typing import Any

from core.errors import (
    Conflict,
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
    TooManyGuesses,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    WrongPassword,
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
    UnknownInclude,
    UnknownPath,
    UnsupportedCoding,
    UnsupportedMediaType,
    VersionExcluded,
)

UNKNOWN_PATH = "Not found: this register serves clients and what belongs to them; nothing else is offered"

REFUSALS: Mapping[type[Exception], Refusal] = {
    Unauthenticated: Refusal(403, "Invalid token"),
    KeyMisplaced: Refusal(403, "Invalid token: {reason}"),
    KeyRefused: Refusal(403, "{reason}"),
    WrongPassword: Refusal(412, "Invalid Password"),
    TooManyGuesses: Refusal(429, "Too many wrong passwords; try again later"),
    TooManyRequests: Refusal(429, "Too many requests; try again later"),
    NotFound: Refusal(404, "Record not found"),
    MergedAway: Refusal(404, "Record not found: it was merged into {survivor}"),
    UnknownPath: Refusal(404, UNKNOWN_PATH),
    SimilarPathExists: Refusal(404, f"{UNKNOWN_PATH}; did you mean {{reason}}?"),
    MethodNotAllowed: Refusal(405, "Method not supported for this route"),
    Conflict: Refusal(409),
    KeyInUse: Refusal(409, "A request with this Idempotency-Key is still being answered"),
    RecordDeleted: Refusal(400, "Record is deleted and cannot be edited. Restore the record to enable editing"),
    MergeRefused: Refusal(400, "Invalid merge: the client to be merged must exist and differ from the receiving one"),
    UnknownInclude: Refusal(400),
    PositionLost: Refusal(410, POSITION_LOST),
    MalformedBody: Refusal(400),
    BodyTooLarge: Refusal(413, "The request body is too large"),
    BodyTooSlow: Refusal(408, "The request took too long to arrive", {"Connection": "close"}),
    UnsupportedMediaType: Refusal(
        415, "The request body must be JSON, application/x-www-form-urlencoded or multipart/form-data"
    ),
    UnsupportedCoding: Refusal(415, "The Content-Encoding of the request body must be gzip, deflate or none"),
    PreconditionFailed: Refusal(412, "The {noun} has been changed since it was read"),
    VersionExcluded: Refusal(412, "The {noun} is in a version that the If-None-Match header excludes"),
    NothingToMatch: Refusal(412, "There is no record here whose version If-Match could name"),
    Invalid: Refusal(422, "The given data was invalid."),
    Unavailable: Refusal(503, "The service is temporarily unavailable", {"Retry-After": "1"}),
    OutOfSpace: Refusal(507, "There is no space left to store this", {"Retry-After": "60"}),
    RequestError: Refusal(400),
    RegisterError: Refusal(500, "Server error"),
    Exception: Refusal(500, "Server error"),
}


def error_body(_status: int, message: str, errors: dict[str, list[str]]) -> dict[str, Any]:
    """Return the body of an error, which always has `errors`."""
    return {"message": message, "errors": errors}
