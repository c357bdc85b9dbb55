"""A cursor of the change feed is valid as long as its changes are kept, and refused afterwards."""

from typing import Any

import pytest

from core.events import change_log
from core.text.clock import SECOND
from tests.drivers import Company, new_company
from tests.register.arranging import eventually, number_of, register
from tests.register.changes import DIALECTS, changes_after, feed, http_of, latest
from tests.server import serving


def test_a_cursor_is_valid_after_a_restart(engine, new_register, folder):
    url = new_register(engine)
    with serving(url, folder) as server:
        company = new_company(server)
        company.new_v1(name="Before")
        after = latest(company)
    with serving(url, folder) as server:
        again = Company(server, company.key, company.name)
        made = again.new_v1(name="After")
        assert changes_after(again, after=after) == [("created", number_of(made))]
        again.close()
    company.close()


def test_cursors_of_a_history_that_was_rolled_back_are_refused(company):
    """A restored backup reuses ids, so cursors of readers that have seen other changes under them must be refused."""
    company.new_v1(name="Kept")
    kept = latest(company)
    company.new_v1(name="Lost")
    lost = latest(company)
    table = change_log.changes

    def restore_and_go_on(connection, company_id):
        mine = table.c.company_id == company_id
        newest = change_log.newest(connection, company_id)
        connection.execute(table.update().where(mine, table.c.id == newest.id).values(created_at=newest.at + 1))

    register(company, restore_and_go_on)
    assert len(changes_after(company, after=kept)) == 1
    assert company.v1.get("/changes", params={"after": lost}).status_code == 410


@pytest.fixture
def alone(engine, new_register, folder):
    """A company on a separate server, because the oldest changes of all companies are removed first."""
    with serving(new_register(engine), folder) as server:
        made = new_company(server)
        yield made
        made.close()


class Aged:
    """A company whose changes can be made old."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def removed(self, kept_seconds: float = 3600) -> None:
        """Remove older changes of all companies, as the housekeeper does."""

        def unit(connection: Any) -> None:
            while change_log.is_any_older(connection, int(kept_seconds * SECOND)):
                change_log.delete_older(connection, int(kept_seconds * SECOND))

        self.company.server.database.write_now(unit)

    def age(self, days: int) -> None:
        """Make all present changes so many days older. Cursors that are read afterwards have the earlier time."""
        table = change_log.changes

        def unit(connection: Any, company_id: int) -> None:
            aged = table.c.created_at - days * 24 * 3600 * SECOND
            connection.execute(table.update().where(table.c.company_id == company_id).values(created_at=aged))

        register(self.company, unit)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cursor_that_is_too_old_is_refused_and_any_other_misses_nothing(alone, dialect):
    company, aged = alone, Aged(alone)
    beginning = latest(company)
    for name in ("One", "Two", "Three"):
        company.new_v1(name=name)
    aged.age(days=2)
    first, *_, last = (each["cursor"] for each in feed(company, dialect)["data"])
    made = company.new_v1(name="Four")
    aged.removed()
    http = http_of(company, dialect)
    for cursor in (beginning, first):
        answer = http.get("/changes", params={"after": cursor})
        assert answer.status_code == 410
        assert "read all clients again" in answer.json()["message"]
    assert changes_after(company, dialect, last) == [("created", number_of(made))]
    assert changes_after(company, dialect) == [("created", number_of(made))]


def test_a_current_cursor_stays_valid_when_old_changes_are_deleted(alone):
    company, aged = alone, Aged(alone)
    company.new_v1(name="One")
    aged.age(days=2)
    last = feed(company)["meta"]["next_cursor"]
    aged.removed()
    assert feed(company, after=last) == {"data": [], "meta": {"next_cursor": last, "has_more": False}}
    assert latest(company) == last
    made = company.new_v1(name="Two")
    assert changes_after(company, after=last) == changes_after(company) == [("created", number_of(made))]


def test_the_housekeeper_removes_changes_older_than_the_setting(engine, new_register, folder):
    with serving(new_register(engine), folder, changes_keep_days=1) as server:
        company = new_company(server)
        company.new_v1(name="One")
        Aged(company).age(days=2)
        made = company.new_v1(name="Two")
        assert eventually(lambda: changes_after(company) == [("created", number_of(made))])
        company.close()
