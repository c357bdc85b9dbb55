"""Keys and usage: who calls what, as a table and as a plot whose columns are as high as the numbers."""

import re

import pytest

from core.access import keys, usage
from core.access.usage import DAY, Tally, day_of
from core.text.clock import now
from gateway.pages.bridge.plot import HEIGHT, plot
from tests.bridge.test_pages import Tags
from tests.register.arranging import register

DIALECTS = {"api": "/api", "v1": "/api/v1"}


def rows(*calls):
    """Return rows of usage for calls given as (days back, dialect, number)."""
    today = day_of(now())
    return [{"day": today - back * DAY, "dialect": name, "calls": number} for back, name, number in calls]


def test_columns_of_the_chart_are_stacked_and_as_high_as_their_numbers():
    drawn = plot(rows((0, "api", 30), (0, "v1", 60), (29, "v1", 90), (30, "api", 999)), DIALECTS, now(), 30)
    first, api, v1 = drawn.bars
    assert (first.dialect, api.dialect, v1.dialect) == ("v1", "api", "v1")
    assert first.x < api.x == v1.x < 960 - api.width
    assert round(v1.height / api.height, 1) == 2.0
    assert v1.y + v1.height == pytest.approx(api.y, abs=0.02)
    assert api.y + api.height == drawn.baseline
    assert first.height == pytest.approx(api.height + v1.height, abs=0.02)
    assert [label for _y, label in drawn.levels] == ["30", "60", "90", "120"]
    assert v1.words.endswith(": 60 through /api/v1")
    assert len(drawn.days) == 5


@pytest.mark.parametrize("highest", [0, 1, 4, 5, 32, 33, 999, 1_000_001, 10**12])
def test_nothing_is_drawn_outside_the_chart(highest):
    drawn = plot(rows((3, "api", highest)), DIALECTS, now(), 30)
    assert all(bar.y > 0 and bar.y + bar.height <= HEIGHT for bar in drawn.bars)
    labels = [int(label.replace(",", "")) for _y, label in drawn.levels]
    assert highest <= labels[-1] <= max(4, 2 * highest)
    assert len(set(labels)) == 4


def test_the_page_shows_keys_calls_and_routes(member, company):
    def arrange(connection, company_id):
        known = keys.list_all(connection, company_id)[0]
        user = keys.authenticate(connection, company.key).user_id
        keys.issue(connection, company_id, user, "<b>shop</b>")
        keys.revoke(connection, keys.list_all(connection, company_id)[-1]["id"])
        today = day_of(now())
        usage.add(
            connection,
            [Tally(company_id, today, known["id"], "api", "GET", "/api/clients/{id}", 1234, 5, today, today + 1)],
        )

    register(company, arrange)
    page = member.get("/bridge/keys").text
    for shown in ("1,234", "GET /api/clients/{id}", "&lt;b&gt;shop&lt;/b&gt;", "revoked", ">valid<"):
        assert shown in page, shown
    assert [attrs["class"] for attrs in Tags(page).of("rect")] == ["bar api"]
    assert re.search(r"<title>[^<]*: 1,234 through /api</title>", page)


def test_a_page_without_calls_says_so(member):
    page = member.get("/bridge/keys").text
    assert "There were no calls" in page
    assert "<svg" not in page


def test_calls_of_another_company_are_not_counted(stranger, company):
    company.api.get("/clients")
    register(
        company,
        lambda connection, company_id: usage.add(
            connection,
            [Tally(company_id, day_of(now()), keys.list_all(connection, company_id)[0]["id"], *"aGr", 7, 7, 1, 1)],
        ),
    )
    assert "There were no calls" in stranger.get("/bridge/keys").text
