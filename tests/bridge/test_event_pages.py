"""A company's activity and mail on the pages, page by page."""

import html
import re

import pytest
from sqlalchemy import insert

from core.access.roles import Role
from core.models import outbox
from core.text.clock import now
from tests.register.arranging import number_of, register

pytestmark = pytest.mark.engines("sqlite")


def walked(visitor, path, pattern):
    """Return what a pattern finds on a page and on all pages after it."""
    seen = []
    while path:
        page = visitor.get(path)
        assert page.status_code == 200
        seen += re.findall(pattern, page.text)
        after = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = html.unescape(after[1]) if after else ""
    return seen


def test_the_activity_of_all_clients_is_paged_from_the_newest_to_the_oldest(company, member, stranger):
    numbers = [number_of(company.new_v1(name=f"Client {n}")) for n in range(52)]
    stranger.company.new_v1(name="Theirs")
    found = walked(member, "/bridge/activity", r'href="/bridge/clients/(\d+)">client')
    assert found == [str(each) for each in reversed(numbers)]
    page = member.get("/bridge/activity").text
    assert "by team@acme.example" in page
    assert "through /api/v1" in page
    assert member.get("/bridge/activity?before=x").status_code == 200
    assert "There are no older entries" in member.get("/bridge/activity?before=1").text


def test_mail_that_waits_and_mail_that_was_sent_are_apart_and_paged(company, member, stranger):
    def fill(connection, company_id):
        at = now()
        rows = [
            {
                "company_id": company_id,
                "recipient": f"{n}@x.example",
                "subject": f"<b>{n}</b>",
                "body": f"Dear {n},\n\n<i>",
                "created_at": at,
                "sent_at": at + n // 3 if n % 2 else 0,
                "last_error": "550 no such user" if n == 4 else "",
                "attempts": 1,
            }
            for n in range(110)
        ]
        connection.execute(insert(outbox), rows)

    register(company, fill)
    waiting = walked(member, "/bridge/mail", r"&lt;b&gt;(\d+)&lt;/b&gt;")
    sent = walked(member, "/bridge/mail?show=sent", r"&lt;b&gt;(\d+)&lt;/b&gt;")
    assert waiting == [str(n) for n in reversed(range(0, 110, 2))]
    assert sent == [str(n) for n in reversed(range(1, 110, 2))]
    page = member.get("/bridge/mail?before=20").text
    assert "550 no such user" in walked(member, "/bridge/mail", "550 no such user")
    mail_id = re.search(r'href="/bridge/mail/(\d+)"', member.get("/bridge/mail").text)[1]
    assert "Dear 108,\n\n&lt;i&gt;" in member.get(f"/bridge/mail/{mail_id}").text
    assert stranger.get(f"/bridge/mail/{mail_id}").status_code == 404
    assert "108" not in stranger.get("/bridge/mail").text
    assert page


def test_the_pages_of_a_company_without_events_say_so(signed_in_as):
    visitor = signed_in_as(Role.MEMBER)
    for path, words in {
        "/bridge/activity": "No changes have been recorded yet.",
        "/bridge/mail": "No mail is waiting.",
        "/bridge/mail?show=sent": "No mail was sent.",
        "/bridge/deliveries": "There are no messages yet.",
        "/bridge/webhooks": "There are no webhooks yet.",
        "/bridge/usage": "Nobody called /api in the last 30 days.",
    }.items():
        assert words in visitor.get(path).text, path
