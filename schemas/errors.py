"""Errors in the form of a request, and the messages for broken rules (Laravel's English)."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import Problem
from schemas.echo import cut


class RequestError(Exception):
    """The base class of errors in the form of a request."""


class MalformedBody(RequestError):
    """The body does not have the syntax of its content type."""


class UnsupportedMediaType(RequestError):
    """The body's content type is not JSON, urlencoded or multipart."""


class UnsupportedCoding(UnsupportedMediaType):
    """The body's content coding is none of `accepted` (RFC 9110, section 15.5.16)."""

    def __init__(self, accepted: Iterable[str]) -> None:
        super().__init__()
        self.accepted = ", ".join(accepted)


class BodyTooLarge(RequestError):
    """The body, or one part of it, exceeds the limit."""


class BodyTooSlow(RequestError):
    """No more of the body arrived for too long."""


class UnknownPath(RequestError):
    """There is no resource at this path."""


class SimilarPathExists(UnknownPath):
    """There is no resource at this path, but there is one at a similar path, which the text names."""


class MethodNotAllowed(RequestError):
    """The resource does not have this method; `allowed` are those that it has."""

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__()
        self.allowed = ", ".join(allowed)


class PreconditionFailed(RequestError):
    """The record is not in the version that the request's `If-Match` names (RFC 9110, section 13.1.1)."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"{noun} has been changed")
        self.noun = noun


class VersionExcluded(PreconditionFailed):
    """The record is in a version that a write's `If-None-Match` excludes (RFC 9110, section 13.1.2)."""


class NothingToMatch(PreconditionFailed):
    """A write has an `If-Match`, but no record whose version it could name."""


class MalformedHeader(RequestError):
    """A request header has the wrong form."""


class UnknownInclude(RequestError):
    """The request includes a relation that does not exist."""

    def __init__(self, relation: str) -> None:
        super().__init__(f"Relation `{cut(relation)}` is not a valid include.")


class Invalid(RequestError):
    """Values of the request break rules; the problems' attributes are the client's own keys."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)

    def errors(self) -> dict[str, list[str]]:
        """Return the problems as messages, by key."""
        found: dict[str, list[str]] = {}
        for problem in self.problems:
            found.setdefault(problem.attribute, []).append(in_words(problem))
        return found


class BrokenRule(ValueError):
    """A type refuses a value: the rule's name (a key of `MESSAGES`) and its parameters."""

    def __init__(self, rule: str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.params = params or {}


MESSAGES: Mapping[str, str] = {
    "idempotency_key": "This {name} was already used for another request.",
    "required": "The {name} field is required.",
    "taken": "The {name} has already been taken.",
    "category_taken": "A category with this name already exists.",
    "exists": "The selected {name} is invalid.",
    "in": "The selected {name} is invalid.",
    "distinct": "The {name} field has a duplicate value.",
    "string": "The {name} field must be a string.",
    "integer": "The {name} field must be an integer.",
    "number": "The {name} field must be a number.",
    "boolean": "The {name} field must be true or false.",
    "array": "The {name} field must be an array.",
    "email": "The {name} field must be a valid email address.",
    "url": "The {name} must be http:// or https://, with a host, without a user or password, spaces or a fragment.",
    "private_url": "The {name} must not lead to this machine or into a private network.",
    "webhook_event": ("The selected {name} is invalid: the events of this register are {events}."),
    "webhooks": "The {name} cannot be accepted: there are already {max} webhooks, which is the maximum.",
    "header_name": "The {name} field has a header that cannot be set: {header}.",
    "header_value": "The {name} field has an invalid value for the header {header}.",
    "date": "The {name} field must be a Unix timestamp or an ISO 8601 date.",
    "future": (
        "The {name} field must be a Unix timestamp in seconds (not milliseconds) or an ISO 8601 date, "
        "and not in the future."
    ),
    "min": "The {name} field must be at least {min} characters.",
    "max": "The {name} field must not be greater than {max} characters.",
    "max_items": "The {name} field must not have more than {max} items.",
    "min_value": "The {name} field must be at least {min}.",
    "max_value": "The {name} field must not be greater than {max}.",
    "characters": "The {name} field contains characters that cannot be stored.",
    "masked": "The {name} is set and cannot be read.",
    "scalar": "The {name} field must be a string, a number or a boolean.",
    "comparison": "The {name} field must be an operator (lt, lte, gt, gte, eq) and a number, as in lt:10.",
    "range": "The {name} field must be two numbers, as in 10:20.",
    "cursor": "The {name} field must be a cursor from an earlier answer, or the word latest.",
    "sort": "The {name} field must be a sortable column and a direction, as in name|ASC.",
    "unknown_parameter": "The {name} query parameter is not known.",
    "unknown_parameters": "{count} more query parameters are not known.",
    "unknown_field": "The {name} field is not known.",
    "unknown_fields": "{count} more fields are not known.",
    "password": (
        "The {name} field must be at least 7 characters and contain a lower case letter, "
        "an upper case letter and a number."
    ),
}


def in_words(problem: Problem) -> str:
    """Return the message of a problem. It names the field as Laravel does: by its key, with spaces for underscores."""
    return MESSAGES[problem.rule].format(name=problem.attribute.replace("_", " "), **problem.params)
