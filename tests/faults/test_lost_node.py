"""A server that reports the node of one company as lost, as a coordinator of Citus does.

`tests/scale/test_citus_node_loss.py` loses real nodes, if there are any.
"""

from contextlib import closing
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from core.access import companies
from dialects.shared import lost_companies
from tests.drivers import Company, new_company
from tests.faults.outages import is_outage, read_through_each, statuses, write_through_each
from tests.server import Server, serving

LOST = """
CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'connection to the remote node failed' USING ERRCODE = 'connection_failure'; END $$;
CREATE TRIGGER lost BEFORE INSERT ON clients FOR EACH ROW WHEN (NEW.company_id = {}) EXECUTE FUNCTION lost()
"""


def lose(server: Server, company: Company) -> None:
    """Have every create of a client of this company fail as on a lost node."""
    with server.database.writing() as connection:
        connection.execute(text(LOST.format(companies.find(connection, company.name))))


@pytest.mark.engines("postgresql")
def test_only_the_company_of_a_lost_node_gets_an_error_and_at_once(engine, new_register, tmp_path, monkeypatch):
    clock = 0.0  # it goes on when the test says so, however long the requests take
    monkeypatch.setattr(lost_companies, "time", SimpleNamespace(monotonic=lambda: clock))
    with (
        serving(new_register(engine), tmp_path) as server,
        closing(new_company(server)) as company,
        closing(new_company(server)) as other,
    ):
        assert statuses(write_through_each(company) + read_through_each(company)) == [201, 200, 200, 200]
        lose(server, company)
        assert [is_outage(each) for each in write_through_each(company)] == [True, True]
        assert [is_outage(each) for each in read_through_each(company)] == [True, True]  # without a look at the node
        assert statuses(write_through_each(other) + read_through_each(other)) == [201, 200, 200, 200]
        with server.database.writing() as connection:
            connection.execute(text("DROP TRIGGER lost ON clients"))
        clock += lost_companies._PAUSE_SECONDS
        assert statuses(read_through_each(company)) == [200, 200]
        assert statuses(write_through_each(company)) == [201, 200]
