"""Every list query of both dialects uses an index, as the engines themselves report by EXPLAIN."""

import pytest

from core.access import companies
from core.access.keys import Actor
from core.clients import clients
from core.models.register import SET_ONLY
from schemas.queries import SortBy, SortColumn
from tests.core.planned_lists import DIALECTS, LISTS, PAGING, parameters, queries, search_of
from tests.core.plans import postgresql_plans, reads_all, steps_of


def test_every_filter_of_every_list_has_its_plan_tested():
    lists = [
        (f"{dialect.name} {operation.name}", operation)
        for dialect in DIALECTS.values()
        for path in dialect.paths
        for operation in path.operations.values()
        if operation.name.startswith("list")
    ]
    for named, operation in lists:
        names = {each.name for each in operation.query if not isinstance(each, SortBy | SortColumn)}
        assert names - PAGING == set(LISTS[named][1])


@pytest.mark.parametrize(("named", "query"), [each for named in LISTS for each in queries(named)])
def test_every_list_query_uses_an_index(server, planned_company, named, query):
    pairs = [tuple(pair.split("=", 1)) for pair in query.format(**planned_company.found).split("&") if pair]
    search = search_of(named, pairs)
    pages = []
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, planned_company.name), 0, 0)
        steps = steps_of(connection, lambda: pages.append(LISTS[named][0].page(connection, actor, search)))
    assert pages[0].records or "=2" in query
    assert [step for step in steps if reads_all(step)] == []


OWN_INDEX = {name: f"ix_clients_{name}" for name in SET_ONLY} | {
    **{f"custom_value{n}": "client_search_grams VIRTUAL TABLE INDEX" for n in range(1, 5)},
    "group": "ix_clients_category",
    "id_number": "uq_clients_id_number",
}


@pytest.mark.engines("sqlite")  # PostgreSQL reads few rows by any index of the company
@pytest.mark.parametrize("name", OWN_INDEX)
def test_a_filter_for_one_value_reads_no_client_with_another(server, planned_company, name):
    query = [(name, LISTS["v1 listClients"][1][name].format(**planned_company.found))]
    search = search_of("v1 listClients", query)
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, planned_company.name), 0, 0)
        steps = steps_of(connection, lambda: clients.page(connection, actor, search))
    reads = [step for step in steps if OWN_INDEX[name].removeprefix("client_search_grams ") in step]
    assert len(reads) == 2, steps  # the count and the page


# Columns without an index, by list that can be long: sorting by one reads all rows of the company. An index for each
# would slow down every write, and they are rarely used. A new sortable column needs an index or an entry here.
SORTED_IN_MEMORY = {
    "api listClients": "client_status",
    "api listContacts": "first_name last_name",
    "api listNotes": "note_title",
    "v1 listClients": (
        "address1 address2 archived_at assigned_user_id city contact_email contacts country_id"
        " credit_balance custom_value1 custom_value2"
        " custom_value3 custom_value4 id_number industry_id paid_to_date phone postal_code shipping_address1"
        " shipping_address2 shipping_city shipping_country_id shipping_postal_code shipping_state size_id state"
        " user_id vat_number website"
    ),
    "v1 listDocuments": "created_at name size type updated_at",
    "v1 listClientGatewayTokens": "company_gateway_id created_at gateway_type_id updated_at",
}
SHORT_LISTS = {
    "api listCategories",
    "api listTeamMembers",
    "v1 listActivities",
    "v1 listUsers",
    "v1 listGroupSettings",
    "v1 listClientDocuments",
    "v1 listWebhooks",
}


@pytest.mark.engines("sqlite")  # PostgreSQL sorts few rows in memory, whatever indexes it has
@pytest.mark.parametrize("named", sorted(LISTS.keys() - SHORT_LISTS))
def test_every_sort_column_has_an_index_or_is_listed_as_sorted_in_memory(server, planned_company, named):
    columns = [name for each in parameters(named) if isinstance(each, SortBy | SortColumn) for name in each.columns]
    in_memory = [column for column in columns if _sorts_in_memory(server, planned_company, named, column)]
    assert sorted(in_memory) == SORTED_IN_MEMORY[named].split()


def _sorts_in_memory(server, planned_company, named, column):
    query = [("sort", column)] if named.startswith("api ") else [("sort", f"{column}|asc")]
    search = search_of(named, query)
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, planned_company.name), 0, 0)
        steps = steps_of(connection, lambda: LISTS[named][0].page(connection, actor, search))
    return any("B-TREE FOR" in step and "ORDER BY" in step for step in steps)


@pytest.mark.engines("postgresql")
def test_the_value_of_a_filter_decides_its_plan(server, planned_company):
    pairs = [("filter", "acme"), ("phone", "+44")]
    search = search_of("v1 listClients", pairs)
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, planned_company.name), 0, 0)
        for _ in range(10):  # PostgreSQL keeps a plan for all values after five
            clients.page(connection, actor, search)
        kept = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
    conditions = [each.partition("WHERE")[2].partition("ORDER BY")[0] for each in kept]
    assert [each for each in conditions if "phone" in each or "LIKE" in each] == []


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize(
    ("query", "reads_clients"),
    [([], False), ([("status", "active,archived,deleted")], False), ([("status", "active")], True)],
)
def test_matches_of_a_text_are_counted_without_reading_clients(server, planned_company, query, reads_clients):
    search = search_of("v1 listClients", [("filter", "acme"), *query])
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, planned_company.name), 0, 0)
        of_count, *_ = postgresql_plans(connection, lambda: clients.page(connection, actor, search))
    assert any(each.endswith(" clients") for each in of_count) is reads_clients
