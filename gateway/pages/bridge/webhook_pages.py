"""The pages on which owners add, change, test and remove webhooks, and see their messages."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from core.access import used_forms
from core.access.roles import Permission
from core.access.used_forms import FormUsed
from core.events import deliveries, team_webhooks, webhooks
from core.events.page_cursors import PageCursor
from core.events.webhooks import MAX_URL, Event
from core.models.operating_records import WebhookRecord
from dialects.v1.webhook_types import TargetUrl
from gateway.enabled_dialects import targets
from gateway.pages.bridge.client_dialects import ClientDialect
from gateway.pages.bridge.forms import NAME, Fields, Form, one_of
from gateway.pages.bridge.member_pages import MemberPages, PageRequest
from gateway.pages.bridge.numbers import format_cursor, parse_cursor
from gateway.pages.bridge.page_endpoint import Routes, form_of
from gateway.pages.bridge.pages import Page, html
from gateway.settings import Settings

SIZE = 25
_TESTS_AT_ONCE = 2


class WebhookPages:
    """The pages of webhooks."""

    def __init__(self, member_pages: MemberPages, client_dialects: Sequence[ClientDialect], settings: Settings) -> None:
        self._member_pages = member_pages
        self._settings = settings
        self._prefixes: Mapping[str, str] = {
            client_dialect.dialect.name: client_dialect.dialect.prefix for client_dialect in client_dialects
        }
        self._url = TargetUrl(targets(settings))
        self._turns = asyncio.Semaphore(_TESTS_AT_ONCE)

    def routes(self) -> Routes:
        """Return every path with its methods."""
        pages, see, manage = self._member_pages, Permission.SEE_WEBHOOKS, Permission.MANAGE_WEBHOOKS
        return {
            "/bridge/webhooks": {"GET": pages.page(self.list, see)},
            "/bridge/webhooks/new": pages.form_page(self.ask, self.add, manage),
            "/bridge/webhooks/{id}": {"GET": pages.page(self.show, see)},
            "/bridge/webhooks/{id}/change": pages.form_page(self.ask_change, self.change, manage),
            "/bridge/webhooks/{id}/remove": pages.form_page(self.ask_removal, self.remove, manage),
            "/bridge/webhooks/{id}/state": {"POST": pages.action(self.set_state, manage)},
            "/bridge/webhooks/{id}/replay": {"POST": pages.action(self.replay, manage)},
            "/bridge/webhooks/{id}/test": {"POST": self.test},
        }

    def list(self, page_request: PageRequest) -> Page:
        """Return the page of every webhook, with its numbers of waiting and dead messages."""
        found = team_webhooks.list_all(page_request.connection, page_request.member.company_id)
        values = {"webhooks": found, "prefixes": self._prefixes, "done": page_request.query.get("done", "")}
        return Page("webhooks.html", values)

    def show(self, page_request: PageRequest) -> Page:
        """Return the page of one webhook, its waiting messages and the last ones sent."""
        connection, company_id, webhook_id = page_request.connection, page_request.member.company_id, page_request.id()
        webhook = team_webhooks.get(connection, company_id, webhook_id)
        place = parse_cursor(page_request.query.get("behind", ""))
        sent = team_webhooks.ended(connection, company_id, webhook_id, place, SIZE + 1)
        values: dict[str, Any] = {
            "waiting": team_webhooks.waiting(connection, company_id, webhook_id, SIZE),
            "next_try": team_webhooks.next_try(connection, webhook),
            "sent": sent[:SIZE],
            "behind": format_cursor(PageCursor(sent[SIZE - 1]["ended_at"], sent[SIZE - 1]["id"]))
            if len(sent) > SIZE
            else "",
            "done": page_request.query.get("done", ""),
            "outcome": None,
        }
        return self._page("webhook.html", webhook, **values)

    def ask(self, page_request: PageRequest) -> Page:
        """Return the form for a new webhook."""
        chosen = {"url": "", "dialect": list(self._prefixes)[-1], "events": ()}
        return self._form("webhook_new.html", page_request, chosen)

    def add(self, page_request: PageRequest) -> Page:
        """Add a webhook, and return the page with the secret for its signatures."""
        values = self._read(page_request.form)
        made: WebhookRecord = {}

        def subscribe() -> int:
            nonlocal made
            company = page_request.member.company_id
            made = team_webhooks.add(
                page_request.connection, company, values["url"], values["dialect"], _events(values)
            )
            return made["id"]

        name = page_request.form.get(NAME, "")
        try:
            used_forms.once(page_request.connection, page_request.member.user_id, name, subscribe)
        except FormUsed as used:
            known = team_webhooks.get(page_request.connection, page_request.member.company_id, used.made_id)
            return self._page("webhook_known.html", known, status=409)
        return self._page("webhook_made.html", made, status=201)

    def ask_change(self, page_request: PageRequest) -> Page:
        """Return the form for the address and events of a webhook."""
        webhook = team_webhooks.get(page_request.connection, page_request.member.company_id, page_request.id())
        chosen = {name: webhook[name] for name in ("id", "url", "dialect", "origin")}
        return self._form("webhook_change.html", page_request, chosen | {"events": webhook["events"].split(",")})

    def change(self, page_request: PageRequest) -> str:
        """Change the address, events or dialect; the secret stays the same."""
        company, webhook_id = page_request.member.company_id, page_request.id()
        known = team_webhooks.get(page_request.connection, company, webhook_id)
        values = self._read(page_request.form, known["url"])
        team_webhooks.change(page_request.connection, company, webhook_id, values)
        return f"/bridge/webhooks/{webhook_id}?done=changed"

    def ask_removal(self, page_request: PageRequest) -> Page:
        """Return the page that asks whether to remove a webhook."""
        webhook = team_webhooks.get(page_request.connection, page_request.member.company_id, page_request.id())
        return self._page("webhook_remove.html", webhook)

    def remove(self, page_request: PageRequest) -> str:
        """Remove a webhook and its waiting messages."""
        webhooks.remove(page_request.connection, page_request.member.company_id, page_request.id())
        return "/bridge/webhooks?done=removed"

    def set_state(self, page_request: PageRequest) -> str:
        """Disable or enable a webhook."""
        company, webhook_id = page_request.member.company_id, page_request.id()
        if page_request.form.get("enabled") == "yes":
            webhooks.enable(page_request.connection, company, webhook_id)
            return f"/bridge/webhooks/{webhook_id}?done=enabled"
        team_webhooks.disable(page_request.connection, company, webhook_id)
        return f"/bridge/webhooks/{webhook_id}?done=disabled"

    def replay(self, page_request: PageRequest) -> str:
        """Send dead messages again."""
        company, webhook_id = page_request.member.company_id, page_request.id()
        team_webhooks.get(page_request.connection, company, webhook_id)
        deliveries.replay(page_request.connection, company, only_dead=True, webhook_id=webhook_id)
        return f"/bridge/webhooks/{webhook_id}?done=replayed"

    async def test(self, request: Request) -> Response:
        """Send a test message, and show the webhook with the outcome."""
        # The HTTP client is imported at the first message, because that takes a large part of a start.
        from gateway.background.webhooks.testing import send_test

        pages, manage = self._member_pages, Permission.MANAGE_WEBHOOKS
        await form_of(request, self._settings.public_url)
        webhook = await pages.read(request, _secret_page, manage)
        async with self._turns:
            outcome = await send_test(webhook, self._settings)

        def shown(page_request: PageRequest) -> Page:
            values = {**self.show(page_request).values, "outcome": outcome, "member": page_request.member}
            return Page("webhook.html", values)

        return html(await pages.read(request, shown, manage))

    def _read(self, form: Form, known_url: str = "") -> dict[str, str]:
        fields = Fields(form)
        fields.require("url")
        # An operator's address may lead where a team user's may not; it stays valid as long as it is not changed.
        url = fields.read("url", lambda text: known_url if text.strip() == known_url else self._url.parse(text), "")
        fields.require("dialect")
        dialect = fields.read("dialect", one_of({name: name for name in self._prefixes}), "")
        fields.check()
        return {"url": url, "dialect": dialect, "events": ",".join(each for each in Event if each.value in form)}

    def _form(self, template: str, page_request: PageRequest, chosen: Mapping[str, Any]) -> Page:
        form = page_request.shown_form
        ticked = [each for each in Event if each.value in (form.sent if form.sent else chosen["events"])]
        values = {"form": form, "chosen": chosen, "prefixes": self._prefixes, "events": list(Event), "ticked": ticked}
        return Page(template, values | {"max_url": MAX_URL})

    def _page(self, template: str, webhook: WebhookRecord, status: int = 200, **more: Any) -> Page:
        return Page(template, {"webhook": webhook, "prefixes": self._prefixes} | more, status)


def _secret_page(page_request: PageRequest) -> WebhookRecord:
    company, webhook_id = page_request.member.company_id, page_request.id()
    team_webhooks.get(page_request.connection, company, webhook_id)
    return webhooks.get(page_request.connection, company, webhook_id)


def _events(values: Mapping[str, str]) -> list[Event]:
    return [Event(each) for each in values["events"].split(",") if each]
