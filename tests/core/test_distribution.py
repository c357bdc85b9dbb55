"""The distribution of tables, and that every statement on a company's rows names the company."""

import pytest

from core.database import distribution
from core.models import metadata
from tests.company_statements import unnamed


def test_every_table_is_distributed_local_or_a_reference():
    places = [*distribution.ON_ALL_NODES, *distribution.ON_COORDINATOR, *(t.name for t in distribution.by_company())]
    assert sorted(places) == sorted(metadata.tables)


@pytest.mark.parametrize("table", distribution.by_company(), ids=lambda table: table.name)
def test_the_company_leads_every_key_of_its_rows(table):
    assert "company_id" in table.columns
    assert all(columns[0] == "company_id" for columns in distribution.keys_of(table).values())
    assert all("company_id" in index.columns for index in table.indexes if index.unique)
    for key in distribution.foreign_keys_of(table):
        if key.target not in distribution.ON_ALL_NODES:
            assert (key.columns[0], key.referred[0]) == ("company_id", "company_id"), key


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT clients.id FROM clients WHERE clients.company_id = $1 AND clients.id = $2", []),
        ("SELECT clients.company_id FROM clients WHERE clients.id = $1", ["clients"]),
        ("UPDATE clients SET name = $1 WHERE clients.id = $2", ["clients"]),
        ("DELETE FROM contacts WHERE contacts.company_id = $1 AND contacts.id IN ($2)", []),
        ("INSERT INTO notes (company_id, title) VALUES ($1, $2)", []),
        (
            "SELECT c.id FROM clients AS c JOIN contacts ON contacts.client_id = c.id WHERE c.company_id = $1",
            ["contacts"],
        ),
        ("SELECT id FROM tokens WHERE digest = $1", []),
    ],
)
def test_a_statement_without_a_company_is_refused(statement, tables):
    """The fixture `server` refuses such statements while the tests run."""
    assert unnamed(statement) == tables
