"""Activities, changes, deliveries and mail are read by an index, and so are the rows that a purge removes."""

from contextlib import suppress

import pytest

from core.access import companies
from core.errors import PositionLost
from core.events import activities, change_log, mail_list, team_webhooks
from core.events.page_cursors import PageCursor
from core.models import clients as clients_table
from core.models import metadata
from tests.core.plans import reads_all, steps_of
from tests.register.arranging import number_of


@pytest.mark.parametrize("of_client", [False, True])
def test_activities_are_read_by_an_index(server, planned_company, of_client):
    with server.database.reading() as connection:
        company_id = companies.find(connection, planned_company.name)
        client_id = number_of({"id": planned_company.found["client"]}) if of_client else None
        steps = steps_of(connection, lambda: activities.list_all(connection, company_id, client_id))
    assert [step for step in steps if "activities" in step and reads_all(step)] == []


@pytest.mark.parametrize("after", [None, change_log.Position(1, 1)])
def test_changes_are_read_by_an_index(server, planned_company, after):
    with server.database.reading() as connection:
        company_id = companies.find(connection, planned_company.name)

        def read() -> None:
            with suppress(PositionLost):
                change_log.changes_after(connection, company_id, after, 100, with_hidden=False)
            change_log.newest(connection, company_id)
            change_log.survivor_of(connection, company_id, 1)

        steps = steps_of(connection, read)
    assert [step for step in steps if reads_all(step)] == []


PLACE = PageCursor(1, 1)
PAGED = {
    "what waits for a webhook": lambda connection, company: team_webhooks.waiting(connection, company, 1, 25),
    "what was sent to a webhook": lambda connection, company: team_webhooks.ended(connection, company, 1, PLACE, 25),
    "deliveries": lambda connection, company: team_webhooks.of_company(connection, company, 99, 50),
    "mail that waits": lambda connection, company: mail_list.waiting(connection, company, 99, 50),
    "mail that was sent": lambda connection, company: mail_list.sent(connection, company, PLACE, 50),
}


@pytest.mark.parametrize("named", PAGED)
def test_pages_of_events_are_read_in_the_order_of_an_index(server, planned_company, named):
    with server.database.reading() as connection:
        company_id = companies.find(connection, planned_company.name)
        steps = steps_of(connection, lambda: PAGED[named](connection, company_id))
    assert [step for step in steps if reads_all(step) or "B-TREE" in step or step.startswith("Sort")] == []


def test_purging_a_client_finds_all_its_rows_by_an_index():
    without = [
        f"{table.name}.{key.name}"
        for table in metadata.tables.values()
        for key in table.foreign_key_constraints
        if key.referred_table is clients_table and not _is_led_by(table, set(key.column_keys))
    ]
    assert without == []


def _is_led_by(table, columns):
    leads = [[column.name for column in index.columns] for index in table.indexes]
    leads.append([column.name for column in table.primary_key.columns])
    return any(set(each[: len(columns)]) == columns for each in leads)
