"""The pages of a company's events: activities, deliveries of webhooks, and mail."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

from core.access.roles import Permission
from core.events import activities, mail_list, team_webhooks
from core.events.page_cursors import PageCursor
from gateway.pages.bridge.client_dialects import ClientDialect
from gateway.pages.bridge.json_lines import lines
from gateway.pages.bridge.member_pages import MemberPages, PageRequest
from gateway.pages.bridge.numbers import format_cursor, number_or_none, parse_cursor
from gateway.pages.bridge.page_endpoint import Routes
from gateway.pages.bridge.pages import Page
from gateway.pages.changes import changes

SIZE = 50


class EventPages:
    """The pages of events."""

    def __init__(self, member_pages: MemberPages, client_dialects: Sequence[ClientDialect]) -> None:
        self._member_pages = member_pages
        self._prefixes: Mapping[str, str] = {
            client_dialect.dialect.name: client_dialect.dialect.prefix for client_dialect in client_dialects
        }

    def routes(self) -> Routes:
        """Return every path with its methods."""
        page, see = self._member_pages.page, Permission.SEE_WEBHOOKS
        return {
            "/bridge/activity": {"GET": page(self.activity)},
            "/bridge/deliveries": {"GET": page(self.deliveries, see)},
            "/bridge/deliveries/{id}": {"GET": page(self.delivery, see)},
            "/bridge/mail": {"GET": page(self.mail, see)},
            "/bridge/mail/{id}": {"GET": page(self.one_mail, see)},
        }

    def activity(self, page_request: PageRequest) -> Page:
        """Return the page of activities of all clients, newest first."""
        company, before = page_request.member.company_id, number_or_none(page_request.query.get("before", ""))
        done = activities.list_all(page_request.connection, company, before_id=before, size=SIZE + 1)
        values = {
            "activities": [{**each, "changes": changes(each)} for each in done[:SIZE]],
            "prefixes": self._prefixes,
            "older": f"before={done[SIZE - 1]['id']}" if len(done) > SIZE else "",
            "is_first": before is None,
        }
        return Page("activity.html", values)

    def deliveries(self, page_request: PageRequest) -> Page:
        """Return the page of messages to all webhooks, newest first."""
        company, before = page_request.member.company_id, number_or_none(page_request.query.get("before", ""))
        found = team_webhooks.of_company(page_request.connection, company, before, SIZE + 1)
        values = {
            "deliveries": found[:SIZE],
            "urls": {each["id"]: each["url"] for each in team_webhooks.list_all(page_request.connection, company)},
            "older": f"before={found[SIZE - 1]['id']}" if len(found) > SIZE else "",
            "is_first": before is None,
        }
        return Page("deliveries.html", values)

    def delivery(self, page_request: PageRequest) -> Page:
        """Return the page of one message with its text."""
        found = team_webhooks.delivery(page_request.connection, page_request.member.company_id, page_request.id())
        tree: Any = None
        with suppress(orjson.JSONDecodeError):
            tree = orjson.loads(found["payload"])
        return Page("delivery.html", {"delivery": found, "lines": lines(tree, {}) if found["payload"] else []})

    def mail(self, page_request: PageRequest) -> Page:
        """Return the page of waiting mail, or of sent mail, newest first."""
        query, company = page_request.query, page_request.member.company_id
        if query.get("show") == "sent":
            found = mail_list.sent(page_request.connection, company, parse_cursor(query.get("behind", "")), SIZE + 1)
            last = found[SIZE - 1] if len(found) > SIZE else None
            older = f"show=sent&behind={format_cursor(PageCursor(last['sent_at'], last['id']))}" if last else ""
        else:
            before = number_or_none(query.get("before", ""))
            found = mail_list.waiting(page_request.connection, company, before, SIZE + 1)
            older = f"before={found[SIZE - 1]['id']}" if len(found) > SIZE else ""
        is_first = not {"behind", "before"} & set(query)
        values = {"mails": found[:SIZE], "is_sent": query.get("show") == "sent", "older": older, "is_first": is_first}
        return Page("mail.html", values)

    def one_mail(self, page_request: PageRequest) -> Page:
        """Return the page of one mail with its text."""
        found = mail_list.get(page_request.connection, page_request.member.company_id, page_request.id())
        return Page("one_mail.html", {"mail": found})
