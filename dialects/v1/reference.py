"""What /api/v1's OpenAPI document says beyond its tables: introduction, error shapes, examples and links."""

from typing import Any

from dialects.shared.dialect import Link, Reference
from dialects.shared.document import FIELD_ERRORS, error_envelope
from schemas.fields import FieldMap
from schemas.types import HashedId, Schema

DESCRIPTION = """The newer dialect of the client register.

Every request carries `X-API-TOKEN`; purge and merge also ask for the team user's password in `X-API-PASSWORD` (or
base64-encoded in `X-API-PASSWORD-BASE64`). Ids are hashed. A success is `{"data"}`, a list adds `meta.pagination`; an
error is `{"message", "errors"}`. Bodies may be JSON, urlencoded or multipart, on POST and PUT; `_method` in a form
overrides POST. An unknown query parameter is ignored and named in `X-Ignored-Query`; with `Prefer: handling=strict`
it is a 422. What is written here shows at once in /api, and the other way round.
"""

CONTACT: dict[str, Any] = {
    "id": "YQdJqg9bOG",
    "first_name": "Jewell",
    "last_name": "McClure",
    "email": "user@example.com",
    "created_at": 1631673918,
    "updated_at": 1631673918,
    "archived_at": 0,
    "is_primary": True,
    "is_locked": False,
    "phone": "276-345-6722",
    "custom_value1": "",
    "custom_value2": "",
    "custom_value3": "",
    "custom_value4": "",
    "contact_key": "d78CHQD80ePJbEn7tYX1fsRn5hXr7XiWQqjJYT9Q",
    "send_email": True,
    "last_login": 0,
    "password": "**********",
    "link": "http://ninja.test:8000/client/key_login/d78CHQD80ePJbEn7tYX1fsRn5hXr7XiWQqjJYT9Q",
}

CLIENT: dict[str, Any] = {
    "id": "OpnelpJeKB",
    "user_id": "q9wdL84djP",
    "assigned_user_id": "",
    "name": "O'Reilly-Metz",
    "website": "http://www.okeefe.com/aut-nostrum-omnis-explicabo-nostrum.html",
    "private_notes": "Pays late in August.",
    "balance": 10735.05,
    "group_settings_id": "",
    "paid_to_date": 0,
    "credit_balance": 0,
    "last_login": 0,
    "size_id": "",
    "public_notes": "",
    "client_hash": "VOYXVqOLrT1pc4FdKCg8AXVIeumby5IfKvkQ1eAB",
    "address1": "83865",
    "address2": "28362 Carlotta Junctions Apt. 508",
    "phone": "",
    "city": "South Sibylstad",
    "state": "New York",
    "postal_code": "52557-0628",
    "country_id": "288",
    "industry_id": "",
    "custom_value1": "",
    "custom_value2": "",
    "custom_value3": "",
    "custom_value4": "",
    "shipping_address1": "9999",
    "shipping_address2": "6540 Kari Meadows Apt. 411",
    "shipping_city": "East Jordy",
    "shipping_state": "Illinois",
    "shipping_postal_code": "39913-0552",
    "shipping_country_id": "4",
    "settings": {"entity": "App\\Models\\Client", "industry_id": "", "size_id": "", "currency_id": "1"},
    "is_deleted": False,
    "vat_number": "929146739",
    "id_number": "",
    "updated_at": 1631673918,
    "archived_at": 0,
    "created_at": 1631673918,
    "display_name": "O'Reilly-Metz",
    "number": "0001",
    "contacts": [CONTACT],
    "documents": [],
    "gateway_tokens": [],
}

DOCUMENT: dict[str, Any] = {
    "id": "Wpmbk5ezJn",
    "user_id": "q9wdL84djP",
    "assigned_user_id": "",
    "project_id": "",
    "vendor_id": "",
    "url": "http://ninja.test/api/v1/documents/Wpmbk5ezJn/download",
    "preview": "",
    "name": "document.pdf",
    "type": "pdf",
    "disk": "public",
    "hash": "niqbMIupZI0p1wS1ZwsEqJSMac8plimEXAr0TuIR.pdf",
    "size": 40078,
    "width": 0,
    "height": 0,
    "is_default": False,
    "updated_at": 1631681485,
    "archived_at": 0,
    "created_at": 1631681485,
    "is_deleted": False,
}

GROUP: dict[str, Any] = {
    "id": "k8mep2bMyJ",
    "name": "Wholesale",
    "settings": {"currency_id": "1", "payment_terms": "30"},
    "created_at": 1631673918,
    "updated_at": 1631673918,
    "archived_at": 0,
    "is_deleted": False,
}


def _listed(one: dict[str, Any]) -> dict[str, Any]:
    pagination = {"total": 1, "count": 1, "per_page": 20, "current_page": 1, "total_pages": 1, "links": []}
    return {"data": [one], "meta": {"pagination": pagination}}


LIST = _listed(CLIENT)

TAGS = {
    "clients": "The client register.",
    "documents": "Files attached to clients.",
    "group_settings": "Groups of clients: what /api calls categories, without the default one.",
}

DETAILS = {
    "listClients": "Clients that are not deleted, oldest first, unless the parameters ask otherwise.",
    "createClient": (
        "Everything is optional; without contacts one blank contact is made, without a number the next one is given."
    ),
    "updateClient": (
        "Changes what is sent. The contacts array, when sent, is the whole truth: an item with an id keeps its "
        "identity, one without is new, one left out is removed."
    ),
    "deleteClient": "Hides the client from lists and from /api. It stays readable by id and can be restored.",
    "uploadClientDocuments": "Files go in `documents[]`, one or several, or in `file`. PHP clients POST `_method=PUT`.",
    "bulkClients": "Archives, restores or deletes all the clients named, or none of them if one is unknown.",
    "purgeClient": "Removes the client with its contacts, documents, tags and tokens. It cannot be undone.",
    "mergeClients": "The first client receives contacts, documents, tokens, tags and balances; the second is gone.",
    "downloadDocument": "Always an attachment, never rendered.",
    "listGroupSettings": "Groups that are not deleted, oldest first, unless the parameters ask otherwise.",
    "createGroupSetting": "Names are unique in the company, those of deleted groups and of /api's categories included.",
    "updateGroupSetting": "Changes what is sent. A deleted group must be restored first.",
    "deleteGroupSetting": "Hides the group here and its category in /api. Clients in it keep it; it can be restored.",
    "bulkGroupSettings": "Archives, restores or deletes all the groups named, or none of them if one is unknown.",
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "listClients": {"response": LIST},
    "getClient": {"response": {"data": CLIENT}},
    "createClient": {
        "request": {"name": "Client Name", "contacts": [{"first_name": "helly", "email": "email@example.com"}]},
        "response": {"data": CLIENT},
    },
    "updateClient": {
        "request": {"name": "Client Name", "contacts": [{"first_name": "helly", "email": "email@example.com"}]},
        "response": {"data": CLIENT},
    },
    "deleteClient": {"response": {"data": CLIENT | {"is_deleted": True}}},
    "uploadClientDocuments": {"response": {"data": CLIENT | {"documents": [DOCUMENT]}}},
    "bulkClients": {"request": {"action": "restore", "ids": ["VolejRejNm"]}, "response": LIST},
    "purgeClient": {"response": {"data": {"message": "Success"}}},
    "mergeClients": {"response": {"data": CLIENT}},
    "listGroupSettings": {"response": _listed(GROUP)},
    "getGroupSetting": {"response": {"data": GROUP}},
    "createGroupSetting": {
        "request": {"name": "Wholesale", "settings": {"payment_terms": "30"}},
        "response": {"data": GROUP},
    },
    "updateGroupSetting": {"request": {"name": "Wholesalers"}, "response": {"data": GROUP | {"name": "Wholesalers"}}},
    "deleteGroupSetting": {"response": {"data": GROUP | {"is_deleted": True}}},
    "bulkGroupSettings": {"request": {"action": "archive", "ids": ["k8mep2bMyJ"]}, "response": _listed(GROUP)},
}

_ANSWERED = {"id": "$response.body#/data/id"}
_ALL_OF_IT = {"ids": ["$response.body#/data/id"]}

# Every answer that shows one client leads to everything that can be done to it next, down to its end.
_SHOWS_ONE = ("createClient", "getClient", "updateClient", "uploadClientDocuments", "deleteClient", "mergeClients")
_ACTS_ON_ONE = ("getClient", "updateClient", "uploadClientDocuments", "deleteClient", "purgeClient")
_SHOWS_GROUP = ("createGroupSetting", "getGroupSetting", "updateGroupSetting", "deleteGroupSetting")
_ACTS_ON_GROUP = ("getGroupSetting", "updateGroupSetting", "deleteGroupSetting")
LINKS = (
    *(Link(source, target, _ANSWERED) for source in _SHOWS_ONE for target in _ACTS_ON_ONE if source != target),
    *(Link(source, "bulkClients", {}, _ALL_OF_IT) for source in _SHOWS_ONE),
    Link("createClient", "mergeClients", _ANSWERED, name="mergeIntoCreated"),
    Link("createClient", "mergeClients", {"other": "$response.body#/data/id"}, name="mergeCreated"),
    Link("uploadClientDocuments", "downloadDocument", {"id": "$response.body#/data/documents/0/id"}),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_GROUP for target in _ACTS_ON_GROUP if source != target),
    *(Link(source, "bulkGroupSettings", {}, _ALL_OF_IT) for source in _SHOWS_GROUP),
    Link("purgeClient", "getClient", {"id": "$request.path.id"}, name="getPurgedClient"),
)


def error_schema(status: int) -> Schema:
    """The shape of an error answer of that status; `errors` holds something in a 422 only."""
    empty: Schema = {"type": "object", "additionalProperties": False, "description": "Nothing to say on a field."}
    return error_envelope(errors=FIELD_ERRORS if status == 422 else empty)


def build(ids: HashedId, *tables: FieldMap) -> Reference:
    """The reference for one installation's tables."""
    return Reference(
        title="Client register, v1 dialect",
        description=DESCRIPTION,
        security_schemes={
            "token": {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-TOKEN",
                "description": "An API key of the company.",
            },
            "password": {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-PASSWORD",
                "description": "The password of the team user who owns the key.",
            },
        },
        key_scheme="token",
        password_scheme="password",  # noqa: S106 (the name of a scheme)
        id_schema={"type": "string", "pattern": "^[0-9A-Za-z]+$", "minLength": ids.codec._min_length or 1},
        id_examples={"id": ids.format(1), "other": ids.format(2)},
        error_schema=error_schema,
        tables=tables,
        details=DETAILS,
        examples=EXAMPLES,
        links=LINKS,
        tags=TAGS,
    )
