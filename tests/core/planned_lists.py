"""The list operations of both dialects, with a value for each filter, and the searches that ask for them."""

from core.access import team
from core.clients import categories, client_contacts, client_documents, clients, gateway_tokens, groups, notes
from core.events import activity_list, caller_webhooks
from core.query import Search
from gateway.enabled_dialects import dialects
from gateway.settings import Settings
from schemas.queries import SortBy, SortColumn
from schemas.query_strings import parse_query


class _DocumentsOfOne:
    """The documents of the first client that has any, as a module of the core."""

    @staticmethod
    def page(connection, actor, asked):
        (first, *_) = client_documents.page(connection, actor, Search()).records
        return client_documents.page_of(connection, actor, first.record["client_id"], asked)


OF_DOCUMENTS = {"type": "txt,public", "filter": "a txt", "is_public": "false", "created_at": "1", "updated_at": "1"}

# By list operation: its module, and one value for every parameter that filters. A new filter must be added here.
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
DIALECTS = {dialect.name: dialect for dialect in dialects(Settings())}


def parameters(named):
    """Return the query parameters of a list operation, such as `v1 listClients`."""
    dialect, name = named.split()
    operations = [operation for path in DIALECTS[dialect].paths for operation in path.operations.values()]
    return next(operation.query for operation in operations if operation.name == name)


def queries(named):
    """Return a query string for each filter, sort and page of a list operation, each with the operation."""
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


def search_of(named, pairs):
    """Return the search of a query string with these names and values."""
    return parse_query(pairs, parameters(named), Search(), strict=True).search
