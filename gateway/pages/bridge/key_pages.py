"""The pages on which owners create, rename, rotate and revoke keys.

A secret is shown on the page that answers the form, and nowhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.access import company_keys, usage, used_forms, users
from core.access.keys import EDITIONS, Replaced
from core.access.roles import Permission
from core.access.scopes import KeyLimits, Scope
from core.access.usage import DAY
from core.access.used_forms import FormUsed
from core.errors import NotFound
from core.text.clock import now
from gateway.pages.bridge.client_dialects import ClientDialect
from gateway.pages.bridge.forms import NAME, Fields, FormRefused, one_of
from gateway.pages.bridge.keys import DAYS
from gateway.pages.bridge.member_pages import MemberPages, PageRequest
from gateway.pages.bridge.page_endpoint import Routes
from gateway.pages.bridge.pages import Page
from gateway.server.addresses import networks
from schemas.spans import duration, future
from schemas.types import TrimmedText

OVERLAP = "7d"
SCOPES: Mapping[Scope, str] = {
    Scope.READ: "read everything",
    Scope.APPEND: "also create, but not change or remove",
    Scope.WRITE: "also change and remove, but not remove clients for good",
    Scope.ALL: "also remove clients for good: purge, merge, and DELETE in /api",
}
_BOTH = "both"
_NO_LIMITS = {"scope": Scope.ALL.value, "dialect": _BOTH, "edition": EDITIONS[0]}


class KeyPages:
    """The pages of single keys."""

    def __init__(self, member_pages: MemberPages, client_dialects: Sequence[ClientDialect]) -> None:
        self._member_pages = member_pages
        self._prefixes: Mapping[str, str] = {
            client_dialect.dialect.name: client_dialect.dialect.prefix for client_dialect in client_dialects
        }

    def routes(self) -> Routes:
        """Return every path with its methods."""
        form_page, manage = self._member_pages.form_page, Permission.MANAGE_KEYS
        return {
            "/bridge/keys/new": form_page(self.ask, self.make, manage),
            "/bridge/keys/{id}": {"GET": self._member_pages.page(self.show, Permission.SEE_KEYS)},
            "/bridge/keys/{id}/name": form_page(self.ask_name, self.rename, manage),
            "/bridge/keys/{id}/rotate": form_page(self.ask_rotation, self.rotate, manage),
            "/bridge/keys/{id}/revoke": form_page(self.ask_revocation, self.revoke, manage),
        }

    def show(self, page_request: PageRequest) -> Page:
        """Return the page of one key, with its limits and recent calls."""
        return self._page("key.html", page_request, page_request.id())

    def ask(self, page_request: PageRequest) -> Page:
        """Return the form for a new key."""
        values = {
            "form": page_request.shown_form,
            "people": {email: email for email in _people(page_request)},
            "scopes": SCOPES,
            "dialects": {_BOTH: "both"} | dict(self._prefixes),
            "editions": EDITIONS,
            "chosen": _NO_LIMITS | {"email": page_request.member.email},
        }
        return Page("key_new.html", values)

    def make(self, page_request: PageRequest) -> Page:
        """Create a key and return the page with its secret."""
        fields, secret = Fields(page_request.form), ""
        fields.require("email")
        user_id = fields.read("email", one_of(_people(page_request)), 0)
        name = fields.read("name", TrimmedText().parse, "")
        edition = fields.read("edition", one_of({each: each for each in EDITIONS}), EDITIONS[0])
        limits = self._limits(fields)
        fields.check()

        def issue() -> int:
            nonlocal secret
            connection, company = page_request.connection, page_request.member.company_id
            key_id, secret = company_keys.create(connection, company, user_id, name, edition, limits)
            return key_id

        try:
            sent = page_request.form.get(NAME, "")
            key_id = used_forms.once(page_request.connection, page_request.member.user_id, sent, issue)
        except FormUsed as used:
            return self._page("key_known.html", page_request, used.made_id, status=409)
        return self._page("key_made.html", page_request, key_id, secret=secret, old=None, status=201)

    def _limits(self, fields: Fields) -> KeyLimits:
        scopes = {scope.value: scope for scope in Scope}
        dialects = {_BOTH: ""} | {name: name for name in self._prefixes}
        return KeyLimits(
            fields.read("scope", one_of(scopes), Scope.ALL),
            fields.read("dialect", one_of(dialects), ""),
            fields.read("from", _networks, ""),
            fields.read("expires", future, 0),
        )

    def ask_name(self, page_request: PageRequest) -> Page:
        """Return the form for a new name."""
        return self._page("key_name.html", page_request, page_request.id(), form=page_request.shown_form)

    def rename(self, page_request: PageRequest) -> str:
        """Rename a key and return the path of its page."""
        fields, key_id = Fields(page_request.form), page_request.id()
        fields.require("name")
        name = fields.read("name", TrimmedText().parse, "")
        fields.check()
        company_keys.rename(page_request.connection, page_request.member.company_id, key_id, name)
        return f"/bridge/keys/{key_id}?done=renamed"

    def ask_rotation(self, page_request: PageRequest) -> Page:
        """Return the form for a rotation, with what still uses the key."""
        shown = page_request.shown_form
        return self._page("key_rotate.html", page_request, page_request.id(), form=shown, overlap=OVERLAP)

    def rotate(self, page_request: PageRequest) -> Page:
        """Replace a key, which stays valid for the overlap, and return the page with the new secret."""
        fields, key_id = Fields(page_request.form), page_request.id()
        overlap = fields.read("overlap", duration, duration(OVERLAP))
        fields.check()
        connection, company = page_request.connection, page_request.member.company_id
        company_keys.get(connection, company, key_id)
        try:
            rotation = company_keys.rotate(connection, company, key_id, overlap)
        except Replaced as replaced:
            return self._page("key_known.html", page_request, replaced.by, status=409)
        except NotFound:
            raise FormRefused({"overlap": "This key is no longer valid, so it cannot be replaced."}) from None
        old = company_keys.get(connection, company, key_id)
        return self._page("key_made.html", page_request, old["replaced_by"], secret=rotation.key, old=old, status=201)

    def ask_revocation(self, page_request: PageRequest) -> Page:
        """Return the page that asks whether to revoke a key."""
        return self._page("key_revoke.html", page_request, page_request.id())

    def revoke(self, page_request: PageRequest) -> str:
        """Revoke a key from its next request on."""
        key_id = page_request.id()
        company_keys.revoke(page_request.connection, page_request.member.company_id, key_id)
        return f"/bridge/keys/{key_id}?done=revoked"

    def _page(self, template: str, page_request: PageRequest, key_id: int, status: int = 200, **more: Any) -> Page:
        company, at = page_request.member.company_id, now()
        calls = usage.list_all(page_request.connection, company, at - (DAYS - 1) * DAY)
        values = {
            "key": company_keys.get(page_request.connection, company, key_id),
            "calls": [each for each in calls if each["token_id"] == key_id],
            "scopes": SCOPES,
            "prefixes": self._prefixes,
            "number_of_days": DAYS,
            "at": at,
            "done": page_request.query.get("done", ""),
        }
        return Page(template, values | more, status)


def _people(page_request: PageRequest) -> dict[str, int]:
    """Return the ids of the team users who may have a key, by their emails."""
    team = users.team(page_request.connection, page_request.member.company_id)
    return {each["email"]: each["id"] for each in team if not each["disabled_at"]}


def _networks(text: str) -> str:
    try:
        return ",".join(dict.fromkeys(networks(text)))
    except ValueError as error:
        raise ValueError(f"It {error}.") from error
