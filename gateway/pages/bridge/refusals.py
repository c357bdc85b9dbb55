"""Errors on the pages, in words for people; like a dialect's `errors.py`, by class of error."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from core.access.roles import NotPermitted
from core.errors import (
    AccessClosed,
    LastOwner,
    NotFound,
    RecordDeleted,
    Rejected,
    TooMany,
    Unauthenticated,
    Unavailable,
    UserDisabled,
)
from core.events.webhooks import CreatedByIntegration
from gateway.pages.bridge.forms import FormRefused, errors_of
from gateway.pages.bridge.pages import Page
from schemas.errors import BodyTooLarge, BodyTooSlow, MethodNotAllowed, RequestError, UnknownPath

log = logging.getLogger(__name__)


class ForeignForm(RequestError):
    """A form was sent by a page of another origin."""


class NoFile(RequestError):
    """An upload has no file."""


@dataclass(frozen=True)
class Refusal:
    """The status, a headline and advice."""

    status: int
    title: str
    words: str
    headers: Mapping[str, str] | None = None


class Unsent:
    """A form that can be sent again: its target, and its fields except passwords."""

    def __init__(self, path: str, form: Mapping[str, str]) -> None:
        self.path = path
        self.fields = {name: text for name, text in form.items() if "password" not in name.lower()}


_NOTHING = Refusal(
    404, "There is nothing here", "What you look for was removed, or the address has a slip of the pen in it."
)
_FAULT = Refusal(
    500, "Something went wrong", "It is not your doing, and it is noted. Trying again in a moment may help."
)
REFUSALS: Mapping[type[Exception], Refusal] = {
    Unauthenticated: Refusal(401, "Your session has ended", "Nothing was changed. Sign in again to go on."),
    NotPermitted: Refusal(403, "Your role does not allow that", "Nothing was changed."),
    NotFound: _NOTHING,
    UnknownPath: _NOTHING,
    ForeignForm: Refusal(
        403, "This form came from elsewhere", "Nothing was changed. Open the page here and send the form again."
    ),
    Rejected: Refusal(422, "That does not fit", "Nothing was changed."),
    FormRefused: Refusal(422, "That does not fit", "Nothing was changed."),
    LastOwner: Refusal(409, "The last owner stays one", "Nothing was changed. Make somebody else an owner first."),
    CreatedByIntegration: Refusal(
        409, "It is an integration's", "Nothing was changed. An integration made it, which alone changes it."
    ),
    UserDisabled: Refusal(409, "This team user is disabled", "Nothing was changed. Whoever is disabled has no key."),
    RecordDeleted: Refusal(409, "The client is deleted", "Nothing was changed. Restore the client first."),
    NoFile: Refusal(422, "No file was chosen", "Nothing was changed. Go back and choose one or several files."),
    MethodNotAllowed: Refusal(405, "That cannot be done here", "Nothing was changed."),
    BodyTooLarge: Refusal(
        413, "That was too much", "What was sent is larger than this form may be. Nothing was changed."
    ),
    BodyTooSlow: Refusal(408, "That took too long", "The form did not arrive. Nothing was changed."),
    RequestError: Refusal(400, "That was not understood", "What was sent is no form of these pages."),
    TooMany: Refusal(429, "Too many tries", "Wait a moment, then try again."),
    Unavailable: Refusal(
        503, "Back in a moment", "The register cannot answer right now. Try again shortly.", {"Retry-After": "2"}
    ),
    Exception: _FAULT,
}


_NO_LINK = Refusal(
    404,
    "This link leads nowhere",
    "It may have been withdrawn, or lost a letter on its way. Ask the company that sent it to you for a new one.",
)
OF_CONTACTS: Mapping[type[Exception], Refusal] = {
    **REFUSALS,
    NotFound: _NO_LINK,
    UnknownPath: _NO_LINK,
    AccessClosed: Refusal(
        403, "This page is closed for you", "The company that sent you the link can open it again. Please ask there."
    ),
}


def refused(
    error: Exception, refusals: Mapping[type[Exception], Refusal] = REFUSALS, unsent: Unsent | None = None
) -> Page:
    """Return the page that describes an error, with the form that can be sent again, if any."""
    refusal = next(refusals[kind] for kind in type(error).__mro__ if kind in refusals)
    if refusal is _FAULT:
        log.error("unhandled error in the bridge page", exc_info=error)
    if isinstance(error, Unavailable):
        log.warning("the bridge page answers 503: %s", error)
    headers = dict(refusal.headers or {})
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allowed
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.seconds)
    way = ("/bridge/login", "Sign in") if isinstance(error, Unauthenticated) else ("/bridge", "To the register")
    words = _words(error) or refusal.words
    shown_way = way if refusals is REFUSALS else None
    values = {"title": refusal.title, "words": words, "way": shown_way, "unsent": unsent}
    return Page("refused.html", values, refusal.status, headers)


def _words(error: Exception) -> str:
    """Return the message of the error itself."""
    if isinstance(error, NotPermitted):
        return _roles_in_words(error)
    if isinstance(error, FormRefused | Rejected):
        return f"{' '.join(errors_of(error).values())} Nothing was changed."
    return ""


def _roles_in_words(error: NotPermitted) -> str:
    """Return who may do it. Owners have every permission."""
    allowed = " or ".join(each.with_article for each in error.allowed)
    words = f"{allowed[:1].upper()}{allowed[1:]} may {error.permission}, and you are {error.role.with_article}."
    return f"{words} Nothing was changed. An owner can give you another role."
