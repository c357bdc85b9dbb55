"""A dialect as data: its prefix, its paths, its authentication, and its error messages."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response

from core.access.keys import DEFAULT_EDITION
from core.errors import KeyInUse, MergedAway, TooMany, TooManyRequests, Unavailable
from core.query import ANY, Search, State
from core.view import View
from dialects.shared.deprecation import Deprecation
from dialects.shared.operation import Path
from schemas.errors import Invalid, MethodNotAllowed, UnsupportedCoding
from schemas.fields import FieldMap
from schemas.types import Schema

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refusal:
    """The status and message for one kind of error. Without a message, the error's own text is used.

    In the message `{noun}` (`{Noun}` at the beginning of a sentence) is the kind of record, `{reason}` is the error's
    own text, and `{survivor}` is the id of the client into which another was merged.
    """

    status: int
    message: str = ""
    headers: Mapping[str, str] | None = None

    def message_for(self, error: Exception) -> str:
        """Return the message for this error."""
        noun, survivor = getattr(error, "noun", "record"), getattr(error, "survivor", "")
        return self.message.format(noun=noun, Noun=noun.capitalize(), reason=error, survivor=survivor) or str(error)


@dataclass(frozen=True)
class Link:
    """An OpenAPI link from an operation's answer to another operation, whose path `parameters` and `body` it fills."""

    source: str
    target: str
    parameters: Mapping[str, str]
    body: Any = None
    name: str = ""


@dataclass(frozen=True)
class Reference:
    """The texts and examples of a dialect's OpenAPI document that no table contains.

    `examples` are by operation name: `request`, `response`; `id_examples` are by the name in the path or by kind of id.
    `details` extend an operation's one-line description. `tags` describe the paths that begin with a word.
    """

    title: str
    description: str
    security_schemes: Mapping[str, Schema]
    key_scheme: str
    password_scheme: str
    id_schema: Schema
    id_examples: Mapping[str, Any]
    error_schema: Callable[[int], Schema]
    tables: Sequence[FieldMap]
    details: Mapping[str, str]
    examples: Mapping[str, Mapping[str, Any]]
    links: Sequence[Link]
    tags: Mapping[str, str]


class JSONAnswer(Response):
    """A JSON response rendered by orjson; header names are sent as they are given."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        # Like Starlette's own, without checking whether length and type are among the headers.
        self.status_code = status_code
        self.background = None
        self.body = orjson.dumps(content)
        self.raw_headers = [(b"content-length", b"%d" % len(self.body)), (b"content-type", b"application/json")]
        for name, value in (headers or {}).items():
            self.raw_headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))


@dataclass(frozen=True)
class Dialect:
    """The definition of one HTTP API of the register.

    `read_key`, `password_of` and `id_of` parse credentials and ids, `shown_id` is the inverse of `id_of`. `refusals`
    map errors to statuses and messages, by class. `view` is the view of clients in the default edition, None if no
    renderings are stored.
    """

    name: str
    prefix: str
    paths: Sequence[Path]
    read_key: Callable[[Headers], str]
    password_of: Callable[[Headers], str]
    id_of: Callable[[str], int | None]
    default_search: Callable[[], Search]
    refusals: Mapping[type[Exception], Refusal]
    error_body: Callable[[int, str, dict[str, list[str]]], dict[str, Any]]
    reference: "Reference | None" = None
    view: View | None = None
    edition_views: Sequence[View] = ()
    deprecation: Deprecation | None = None
    shown_id: Callable[[int], Any] = int

    @property
    def documented(self) -> "Reference":
        """The reference of a dialect that has one."""
        assert self.reference is not None
        return self.reference

    @property
    def states(self) -> frozenset[State]:
        """The states of the clients that the dialect shows."""
        return ANY if self.view is None else self.view.states

    @property
    def views(self) -> list[View]:
        """All views whose renderings the core stores."""
        return [*([self.view] if self.view else ()), *self.edition_views]

    def refuse(self, error: Exception) -> Response:
        """Return the answer to an error, by the dialect's entry for its class or the nearest base class."""
        refusal = next(self.refusals[kind] for kind in type(error).__mro__ if kind in self.refusals)
        if refusal.status == 500:
            log.error("unhandled error in %s", self.name, exc_info=error)
        if isinstance(error, Unavailable):
            cause = str(error.__cause__ or "the cause is unknown").splitlines()[:1]  # further lines may contain values
            log.warning("%s answers %d: %s (%s)", self.name, refusal.status, error, *cause)
        errors = error.errors() if isinstance(error, Invalid) else {}
        headers = dict(refusal.headers or {})
        if isinstance(error, MethodNotAllowed):
            headers["Allow"] = error.allowed
        if isinstance(error, UnsupportedCoding):
            headers["Accept-Encoding"] = error.accepted
        if isinstance(error, TooMany | KeyInUse):
            headers["Retry-After"] = str(error.seconds)
        if isinstance(error, TooManyRequests):
            headers["X-RateLimit-Reset"] = str(error.ends_at)
        content = self.error_body(refusal.status, refusal.message_for(error), errors)
        if isinstance(error, MergedAway) and error.edition != DEFAULT_EDITION:
            content["merged_into"] = error.survivor
            headers["Link"] = f'<{self.prefix}/clients/{error.survivor}>; rel="canonical"'
        return JSONAnswer(content, refusal.status, headers)
