"""Every list query of both dialects goes through an index: asked of the engines themselves, by EXPLAIN."""

import json
from contextlib import suppress

import pytest

from core.access import companies, team
from core.access.keys import Actor
from core.clients import categories, client_contacts, client_documents, clients, gateway_tokens, groups, notes
from core.errors import PositionLost
from core.events import activities, activity_list, caller_webhooks, change_log, mail_list, team_webhooks
from core.events.page_cursors import PageCursor
from core.models import clients as clients_table
from core.models import metadata
from core.models.register import SET_ONLY
from core.query import Search
from gateway.enabled_dialects import dialects
from gateway.settings import Settings
from schemas.queries import SortBy, SortColumn
from schemas.query_strings import parse_query
from tests.drivers import new_company
from tests.register.arranging import number_of


class _DocumentsOfOne:
    """The documents of the first client that has any, as a noun."""

    @staticmethod
    def page(connection, actor, asked):
        (first, *_) = client_documents.page(connection, actor, Search()).records
        return client_documents.page_of(connection, actor, first.record["client_id"], asked)


OF_DOCUMENTS = {"type": "txt,public", "filter": "a txt", "is_public": "false", "created_at": "1", "updated_at": "1"}

# By list operation: its noun, and one value for every parameter that filters; a new filter must be added here.
LISTS = {
    "api listClients": (
        clients,
        {
            "status": "active",
            "category_id": "{category}",
            "client_id": "{client_number}",
            "search": "acme",
            "tag": "big",
        },
    ),
    "api listCategories": (categories, {"type": "client", "visibility": "everyone", "search": "trade"}),
    "api listContacts": (
        client_contacts,
        {"status": "active", "client_id": "{client_number}", "account_owner": "yes", "search": "b.exam"},
    ),
    "v1 listClients": (
        clients,
        {
            "balance": "lt:10",
            "between_balance": "0:20",
            "classification": "company",
            "client_id": "{client}",
            "created_at": "1",
            "updated_at": "1",
            "email": "a@b.example",
            "filter": "acme b.exam",
            "id_number": "x",
            "name": "acme",
            "number": "0001",
            "tag": "vip",
            "group": "{group}",
            "group_settings_id": "{group}",
            "assigned_user_id": "{user}",
            "country_id": "840",
            "industry_id": "1",
            "size_id": "2",
            "vat_number": "GB1",
            "phone": "+44",
            **{f"custom_value{n}": "red" for n in range(1, 5)},
            "with_trashed": "true",
            "filter_deleted_clients": "true",
            "without_deleted_clients": "true",
            "is_deleted": "true",
            "status": "archived",
        },
    ),
    "v1 listGroupSettings": (
        groups,
        {
            "created_at": "1",
            "updated_at": "1",
            "filter": "trade",
            "name": "trade",
            "is_deleted": "false",
            "with_trashed": "true",
            "status": "active",
        },
    ),
}
LISTS |= {
    "api listNotes": (
        notes,
        {"resource_type": "client", "resource_id": "{client_number}", "visibility": "public", "search": "call"},
    ),
    "v1 listActivities": (activity_list, {"created_at": "1", "updated_at": "1", "client_id": "{client}"}),
    "v1 listUsers": (team, {"created_at": "1", "updated_at": "1", "filter": "a"}),
    "api listTeamMembers": (team, {"status": "active", "role_id": "1", "search": "a"}),
    "v1 listDocuments": (client_documents, OF_DOCUMENTS | {"client_id": "{client}"}),
    "v1 listClientDocuments": (_DocumentsOfOne, OF_DOCUMENTS),
    "v1 listClientGatewayTokens": (
        gateway_tokens,
        {
            "client_id": "{client}",
            "company_gateway_id": "eu",
            "is_default": "true",
            "created_at": "1",
            "updated_at": "1",
        },
    ),
}
LISTS["v1 listWebhooks"] = (
    caller_webhooks,
    {
        "created_at": "1",
        "updated_at": "1",
        "filter": "n8n hook",
        "event_id": "10",
        "target_url": "https://n8n.example/hook",
        "is_deleted": "false",
        "with_trashed": "true",
        "status": "active",
    },
)
SHORT = {"api listClients": ["search=a"], "v1 listClients": ["filter=a", "name=a", "filter=acme b", "filter=a b"]}
DIALECTS = {dialect.name: dialect for dialect in dialects(Settings())}
PAGING = {"page", "limit", "per_page", "order", "include"}


def parameters(named):
    dialect, name = named.split()
    operations = [operation for path in DIALECTS[dialect].paths for operation in path.operations.values()]
    return next(operation.query for operation in operations if operation.name == name)


def queries(named):
    dialect = named.split()[0]
    filters = [f"{name}={value}" for name, value in LISTS[named][1].items()]
    sorts = [
        f"sort={column}{direction}"
        for each in parameters(named)
        if isinstance(each, SortBy | SortColumn)
        for column in each.columns
        for direction in (("|asc", "|desc") if dialect == "v1" else ("&order=asc", "&order=desc"))
    ]
    pages = ["page=2", "limit=2" if dialect == "api" else "per_page=2"]
    sorted_filters = [f"{each}&{sort}" for each in filters for sort in sorts[:1]]
    return [(named, query) for query in ["", *filters, *sorts, *pages, *sorted_filters, *SHORT.get(named, ())]]


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


@pytest.fixture(scope="module")
def company(server):
    """A company in which every query finds a client, so that none is answered by its count alone."""
    made = new_company(server)
    values = {f"custom_value{n}": "red" for n in range(1, 5)} | {"country_id": "840", "industry_id": 1, "size_id": 2}
    values |= {"name": "Acme", "id_number": "x", "vat_number": "GB1", "phone": "+44"}
    group = made.v1.post("/group_settings", json={"name": "Wholesale"}).json()["data"]["id"]
    first = made.new_v1(**values, classification="company", tags=["vip"], contacts=[{"email": "a@b.example"}])
    archived, deleted = made.new_v1(), made.new_v1()
    made.v1.post("/clients/bulk", json={"action": "archive", "ids": [archived["id"]]})
    made.v1.post("/clients/bulk", json={"action": "delete", "ids": [deleted["id"]]})
    made.v1.put(f"/clients/{first['id']}/upload", files={"file": ("a.txt", b"a")})
    made.v1.put(f"/clients/{first['id']}", json={"assigned_user_id": first["user_id"]})
    made.api.put(f"/clients/{number_of(first)}/tags", json={"tags": ["big", "vip"]})
    made.new_v1(group_settings_id=group)
    token = {"client_id": first["id"], "company_gateway_id": "eu", "is_default": True}
    made.v1.post("/client_gateway_tokens", json=token)
    made.api.post("/categories", json={"category_name": "Trade"})
    note = {"note_title": "Call", "note_description": "Soon", "noteresource_id": number_of(first)}
    made.api.post("/notes", json=note)
    hooks = [
        made.v1.post("/webhooks", json={"event_id": 10, "target_url": "https://n8n.example/hook"}).json()["data"]["id"]
        for _ in range(3)
    ]
    made.v1.post("/webhooks/bulk", json={"action": "archive", "ids": hooks[1:2]})
    made.v1.delete(f"/webhooks/{hooks[2]}")
    made.found = {
        "client": first["id"],
        "group": group,
        "user": first["user_id"],
        "client_number": number_of(first),
        "category": made.legacy_view(number_of(first))["category"]["id"],
    }
    yield made
    made.close()


@pytest.mark.parametrize(("named", "query"), [each for named in LISTS for each in queries(named)])
def test_every_list_query_uses_an_index(server, company, named, query):
    pairs = [tuple(pair.split("=", 1)) for pair in query.format(**company.found).split("&") if pair]
    search = parse_query(pairs, parameters(named), Search(), strict=True).search
    plans = _sqlite_plans if server.database.is_sqlite else _postgresql_plans
    pages = []
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, company.name), 0, 0)
        steps = plans(connection, lambda: pages.append(LISTS[named][0].page(connection, actor, search)))
    assert pages[0].records or "=2" in query
    assert [step for step in steps if _reads_all(step)] == []


OWN_INDEX = {name: f"ix_clients_{name}" for name in SET_ONLY} | {
    **{f"custom_value{n}": "client_search_grams VIRTUAL TABLE INDEX" for n in range(1, 5)},
    "group": "ix_clients_category",
    "id_number": "uq_clients_id_number",
}


@pytest.mark.engines("sqlite")  # PostgreSQL reads few rows by any index of the company
@pytest.mark.parametrize("name", OWN_INDEX)
def test_a_filter_for_one_value_reads_no_client_with_another(server, company, name):
    query = [(name, LISTS["v1 listClients"][1][name].format(**company.found))]
    search = parse_query(query, parameters("v1 listClients"), Search(), strict=True).search
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, company.name), 0, 0)
        steps = _sqlite_plans(connection, lambda: clients.page(connection, actor, search))
    reads = [step for step in steps if OWN_INDEX[name].removeprefix("client_search_grams ") in step]
    assert len(reads) == 2, steps  # the count and the page


# Columns without an index, by list that can be long: to sort by one, all rows of the company are read. An index of each
# would cost every write, and few ask for them. A new sortable column gets an index, or a place here in review.
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
def test_every_sort_column_has_an_index_or_is_listed_as_sorted_in_memory(server, company, named):
    columns = [name for each in parameters(named) if isinstance(each, SortBy | SortColumn) for name in each.columns]
    in_memory = [column for column in columns if _sorts_in_memory(server, company, named, column)]
    assert sorted(in_memory) == SORTED_IN_MEMORY[named].split()


def _sorts_in_memory(server, company, named, column):
    query = [("sort", column)] if named.startswith("api ") else [("sort", f"{column}|asc")]
    search = parse_query(query, parameters(named), Search(), strict=True).search
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, company.name), 0, 0)
        steps = _sqlite_plans(connection, lambda: LISTS[named][0].page(connection, actor, search))
    return any("B-TREE FOR" in step and "ORDER BY" in step for step in steps)


@pytest.mark.parametrize("of_client", [False, True])
def test_activities_are_read_by_an_index(server, company, of_client):
    plans = _sqlite_plans if server.database.is_sqlite else _postgresql_plans
    with server.database.reading() as connection:
        company_id = companies.find(connection, company.name)
        client_id = number_of({"id": company.found["client"]}) if of_client else None
        steps = plans(connection, lambda: activities.list_all(connection, company_id, client_id))
    assert [step for step in steps if "activities" in step and _reads_all(step)] == []


@pytest.mark.parametrize("after", [None, change_log.Position(1, 1)])
def test_changes_are_read_by_an_index(server, company, after):
    plans = _sqlite_plans if server.database.is_sqlite else _postgresql_plans
    with server.database.reading() as connection:
        company_id = companies.find(connection, company.name)

        def read() -> None:
            with suppress(PositionLost):
                change_log.changes_after(connection, company_id, after, 100, with_hidden=False)
            change_log.newest(connection, company_id)
            change_log.survivor_of(connection, company_id, 1)

        steps = plans(connection, read)
    assert [step for step in steps if _reads_all(step)] == []


@pytest.mark.engines("postgresql")
def test_what_a_filter_asks_for_decides_its_plan(server, company):
    pairs = [("filter", "acme"), ("phone", "+44")]
    search = parse_query(pairs, parameters("v1 listClients"), Search(), strict=True).search
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, company.name), 0, 0)
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
def test_hits_of_a_text_are_counted_without_a_look_at_clients(server, company, query, reads_clients):
    search = parse_query([("filter", "acme"), *query], parameters("v1 listClients"), Search(), strict=True).search
    with server.database.reading() as connection:
        actor = Actor(companies.find(connection, company.name), 0, 0)
        of_count, *_ = _postgresql_plan_of_each(connection, lambda: clients.page(connection, actor, search))
    assert any(each.endswith(" clients") for each in of_count) is reads_clients


PLACE = PageCursor(1, 1)
PAGED = {
    "what waits for a webhook": lambda connection, company: team_webhooks.waiting(connection, company, 1, 25),
    "what was sent to a webhook": lambda connection, company: team_webhooks.ended(connection, company, 1, PLACE, 25),
    "deliveries": lambda connection, company: team_webhooks.of_company(connection, company, 99, 50),
    "mail that waits": lambda connection, company: mail_list.waiting(connection, company, 99, 50),
    "mail that was sent": lambda connection, company: mail_list.sent(connection, company, PLACE, 50),
}


@pytest.mark.parametrize("named", PAGED)
def test_pages_of_events_are_read_in_the_order_of_an_index(server, company, named):
    plans = _sqlite_plans if server.database.is_sqlite else _postgresql_plans
    with server.database.reading() as connection:
        company_id = companies.find(connection, company.name)
        steps = plans(connection, lambda: PAGED[named](connection, company_id))
    assert [step for step in steps if _reads_all(step) or "B-TREE" in step or step.startswith("Sort")] == []


def _reads_all(step):
    # `SCAN x VIRTUAL TABLE INDEX` is how SQLite says that the full-text index is asked.
    return "Seq Scan" in step or (step.startswith("SCAN ") and "INDEX" not in step and "json_each" not in step)


def _sqlite_plans(connection, act):
    statements = []
    driver = connection.connection.driver_connection
    driver.set_trace_callback(statements.append)
    act()
    driver.set_trace_callback(None)
    # FTS5 reads its configuration anew when another connection has written.
    asked = [each for each in statements if each.startswith("SELECT") and "client_search_grams_config" not in each]
    assert asked
    return [row[3] for each in asked for row in driver.execute(f"EXPLAIN QUERY PLAN {each}").fetchall()]


def _postgresql_plans(connection, act):
    return [step for plan in _postgresql_plan_of_each(connection, act) for step in plan]


def _postgresql_plan_of_each(connection, act):
    driver = connection.connection.driver_connection
    notices = []
    driver.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    for setting in (
        "LOAD 'auto_explain'",
        "SET LOCAL auto_explain.log_min_duration = 0",
        "SET LOCAL auto_explain.log_format = 'json'",
        "SET LOCAL client_min_messages = 'log'",
        "SET LOCAL enable_seqscan = off",  # a small table would be read whole, whatever indexes it has
        "DISCARD PLANS",  # those that were made before that, and are kept for statements that came often
    ):
        connection.exec_driver_sql(setting)
    act()
    driver.execute("SELECT 1")  # a plan arrives with the answer after its own
    plans = [json.loads(notice.partition("plan:")[2]) for notice in notices if "plan:" in notice]
    assert plans, notices
    return [list(_nodes(plan["Plan"])) for plan in plans]


def _nodes(node):
    yield f"{node['Node Type']} {node.get('Relation Name', '')}"
    for child in node.get("Plans", []):
        yield from _nodes(child)


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
