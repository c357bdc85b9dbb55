"""Answers to bytes that are not a valid request, in the form of both dialects' errors."""

import secrets
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class Refusal:
    """A status and a message, after which the connection is closed: what follows on it cannot be trusted."""

    status: HTTPStatus
    message: str

    def answer(self, target: bytes, request_id: str) -> bytes:
        """Return the whole response to a request for this target, as far as that could be read."""
        # The dialect is known only if the first line could be read.
        errors = ', "errors": {}' if (target.lstrip(b"/") + b"/").startswith(b"api/v1/") else ""
        body = f'{{"message": "{self.message}"{errors}}}'
        lines = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "cache-control: no-store",
            f"x-request-id: {request_id}",
            "connection: close",
        )
        return "\r\n".join((*lines, "", body)).encode()


class Refused(Exception):
    """Bytes are not a request that can be served; `refusal` is the answer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


BAD_REQUEST = Refusal(HTTPStatus.BAD_REQUEST, "The request is not valid HTTP.")
NO_HOST = Refusal(HTTPStatus.BAD_REQUEST, "The request must have one Host header.")
NOT_IMPLEMENTED = Refusal(HTTPStatus.NOT_IMPLEMENTED, "The only supported transfer coding is chunked.")
UNKNOWN_VERSION = Refusal(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "Supported versions are HTTP/1.1 and HTTP/1.0.")
TOO_LARGE = Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are too large.")
TOO_SLOW = Refusal(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive.")


def new_request_id() -> str:
    """Return an id for a request that has none."""
    return secrets.token_hex(8)
