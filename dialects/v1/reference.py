"""The parts of /api/v1's OpenAPI document that no table contains: introduction, error schemas, examples and links."""

from dialects.shared.changes import DETAIL as CHANGES_DETAIL
from dialects.shared.dialect import Link, Reference
from dialects.shared.openapi.errors import FIELD_ERRORS, error_envelope
from dialects.v1 import webhook_reference
from dialects.v1.edition_examples import with_editions
from dialects.v1.examples import EXAMPLES
from schemas.fields import FieldMap
from schemas.types import HashedId, Schema

DESCRIPTION = """The newer dialect of the client register.

Every request needs the header `X-API-TOKEN`. Purge, merge and the removal of documents also need the team user's
password in `X-API-PASSWORD` (or base64-encoded in `X-API-PASSWORD-BASE64`). Ids are hashed. A success is `{"data"}`, a
list also has `meta.pagination`; an error is `{"message", "errors"}`. The body of a POST, PUT or PATCH may be JSON,
urlencoded or multipart; `_method` in a form or in the query overrides POST. The query parameters of a write count as
keys of its body, unless the body has them. An unknown query parameter is ignored and listed in `X-Ignored-Query`, an
unknown key of a body in `X-Ignored-Body`; with `Prefer: handling=strict` either is a 422. Changes made here are visible
in /api at once, and vice versa.

If a token's scope is narrower than `x-required-scope`, or the token is limited to another API or address, or has
expired, the answer is a 403 that gives the reason.

Answers have the keys of the token's edition: those of the API document, and for edition 2026 also those that are marked
so, which are not required. Every token may send all of them.
"""

TAGS = {
    "changes": "Changes of clients, in the order in which they happened.",
    "activities": "The activities of clients: who changed what, and when.",
    "companies": "The company that a token belongs to; read only.",
    "statics": "The lists to which the ids of countries, currencies, languages, industries and sizes refer.",
    "users": "The team users of the company; read only.",
    "clients": "The client register.",
    "documents": "Files attached to clients.",
    "client_gateway_tokens": "References to clients' means of payment, stored for the billing system that owns them.",
    "ping": "Whether a token is valid.",
    "webhooks": "Addresses to which a client is sent when it changes.",
    "group_settings": "Groups of clients: what /api calls categories, without the default one.",
}

DETAILS = {
    "getChanges": CHANGES_DETAIL,
    "postEntityActivities": "The newest 100 activities of the client, newest first. It changes nothing.",
    "listActivities": "At most the newest 5000, of all clients or of one. Time filters search only among these.",
    "getCurrentCompany": "Read only.",
    "postCurrentCompany": "The same answer as GET, for client programs that use POST. It changes nothing.",
    "getStatics": "The only lists without an envelope. They change only with the version of the gateway: see `ETag`.",
    "listUsers": "The team users of the company, oldest first. Passwords are not shown.",
    "getBlankGroupSetting": "Nothing is stored.",
    "editGroupSetting": "The same answer as `GET /api/v1/group_settings/{id}`.",
    "editDocument": "The same answer as `GET /api/v1/documents/{id}`.",
    "setDefaultClientGatewayToken": "Needs no body. It replaces the client's previous default token.",
    "listClients": "Clients that are not deleted, oldest first, unless the parameters ask otherwise.",
    "createClient": (
        "Everything is optional. Without contacts, a blank contact is created; without a number, the next one is used."
    ),
    "updateClient": (
        "Changes only the keys that are sent. If contacts are sent, they replace all contacts: an item with an id "
        "keeps its identity, an item without one is new, and contacts without an item are removed."
    ),
    "patchClient": "The same as PUT.",
    "deleteClient": "Hides the client from lists and from /api. It stays readable by id and can be restored.",
    "uploadClientDocuments": "Send files in `documents[]`, or one in `file`. PHP clients use POST with `_method=PUT`.",
    "getBlankClient": "The company's defaults and one blank contact. Nothing is stored, and no number is assigned.",
    "editClient": "The same answer as `GET /api/v1/clients/{id}`.",
    "bulkClients": (
        "Changes all the given clients, or none if one is unknown. `assign_group` needs `group_settings_id`; "
        "`bulk_update` needs `column` and `new_value`, which must be valid for that column. Neither changes a deleted "
        "client."
    ),
    "ping": "An answer without an envelope.",
    "purgeClient": "Removes the client with its contacts, documents, tags and tokens. This cannot be undone.",
    "mergeClients": "The first client receives contacts, documents, tokens, tags and balances; the second is removed.",
    "listDocuments": "Documents of clients that are not deleted, oldest first, unless the parameters ask otherwise.",
    "listClientDocuments": "The client may be deleted.",
    "postClientDocuments": "The same answer as GET; a body is ignored.",
    "getDocument": "A document by itself has the keys that it has inside its client, and `client_id` and `is_public`.",
    "updateDocument": (
        "Changes only the keys that are sent. A public document is shown on the page of the client's contacts. The "
        "documents of a deleted client cannot be edited."
    ),
    "patchDocument": "The same as PUT.",
    "deleteDocument": "Removes the document and its bytes. This cannot be undone.",
    "bulkDocuments": (
        "Removes all the given documents with their bytes, or none if one is unknown. It is the only bulk action, "
        "because documents cannot be archived."
    ),
    "listClientGatewayTokens": "Tokens of clients that are not deleted, oldest first.",
    "getBlankClientGatewayToken": "Nothing is stored.",
    "editClientGatewayToken": "The same answer as `GET /api/v1/client_gateway_tokens/{id}`.",
    "createClientGatewayToken": "A client has at most one default token: a new one replaces the previous one.",
    "updateClientGatewayToken": "Changes only the keys that are sent. The client cannot be changed.",
    "patchClientGatewayToken": "The same as PUT.",
    "deleteClientGatewayToken": "Removes the token. This cannot be undone.",
    "downloadDocument": "Always an attachment, never rendered.",
    "listGroupSettings": "Groups that are not deleted, oldest first, unless the parameters ask otherwise.",
    "createGroupSetting": "Names are unique in the company, also among deleted groups and the categories of /api.",
    "updateGroupSetting": "Changes only the keys that are sent. A deleted group must be restored first.",
    "patchGroupSetting": "The same as PUT.",
    "deleteGroupSetting": "Hides the group here and its category in /api. Clients stay in it, and it can be restored.",
    "bulkGroupSettings": "Archives, restores or deletes all the given groups, or none if one is unknown.",
}

_ANSWERED = {"id": "$response.body#/data/id"}
_ALL_OF_IT = {"ids": ["$response.body#/data/id"]}
_UPLOADED = {"id": "$response.body#/data/documents/0/id"}
_SAME = {"id": "$request.path.id"}

# Every answer that shows one client links to every operation on it, including its deletion.
_SHOWS_ONE = (
    *("createClient", "getClient", "updateClient", "patchClient", "uploadClientDocuments", "deleteClient"),
    "mergeClients",
)
_ACTS_ON_ONE = (
    *("getClient", "editClient", "updateClient", "patchClient", "uploadClientDocuments", "deleteClient"),
    "purgeClient",
    *("listClientDocuments", "postClientDocuments"),
)
_SHOWS_DOCUMENT = ("getDocument", "updateDocument", "patchDocument")
_ACTS_ON_DOCUMENT = ("updateDocument", "patchDocument", "editDocument", "downloadDocument", "deleteDocument")
_SHOWS_TOKEN = (
    "setDefaultClientGatewayToken",
    "createClientGatewayToken",
    "getClientGatewayToken",
    "updateClientGatewayToken",
    "patchClientGatewayToken",
)
_ACTS_ON_TOKEN = (
    *("setDefaultClientGatewayToken", "getClientGatewayToken", "editClientGatewayToken"),
    *("updateClientGatewayToken", "patchClientGatewayToken", "deleteClientGatewayToken"),
)
_SHOWS_GROUP = (
    "createGroupSetting",
    "getGroupSetting",
    "updateGroupSetting",
    "patchGroupSetting",
    "deleteGroupSetting",
)
_ACTS_ON_GROUP = (
    *("getGroupSetting", "editGroupSetting", "updateGroupSetting", "patchGroupSetting"),
    "deleteGroupSetting",
)
LINKS = (
    Link("createClient", "getChanges", {}),
    Link("getChanges", "getChanges", {"after": "$response.body#/meta/next_cursor"}),
    Link("getChanges", "getClient", {"id": "$response.body#/data/0/id"}),
    Link(
        "createClient",
        "postEntityActivities",
        {},
        {"entity": "client", "entity_id": "$response.body#/data/id"},
    ),
    Link("createClient", "getUser", {"id": "$response.body#/data/user_id"}),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_ONE for target in _ACTS_ON_ONE if source != target),
    *(Link(source, "bulkClients", {}, _ALL_OF_IT) for source in _SHOWS_ONE),
    Link("createClient", "mergeClients", _ANSWERED, name="mergeIntoCreated"),
    Link("createClient", "mergeClients", {"other": "$response.body#/data/id"}, name="mergeCreated"),
    *(Link("uploadClientDocuments", target, _UPLOADED) for target in ("getDocument", *_ACTS_ON_DOCUMENT)),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_DOCUMENT for target in _ACTS_ON_DOCUMENT),
    *(Link(source, "bulkDocuments", {}, {"action": "delete"} | _ALL_OF_IT) for source in _SHOWS_DOCUMENT),
    Link("deleteDocument", "getDocument", _SAME, name="getDeletedDocument"),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_TOKEN for target in _ACTS_ON_TOKEN if source != target),
    Link("createClient", "createClientGatewayToken", {}, {"client_id": "$response.body#/data/id"}),
    Link("deleteClientGatewayToken", "getClientGatewayToken", _SAME, name="getDeletedClientGatewayToken"),
    *(Link(source, target, _ANSWERED) for source in _SHOWS_GROUP for target in _ACTS_ON_GROUP if source != target),
    *(Link(source, "bulkGroupSettings", {}, _ALL_OF_IT) for source in _SHOWS_GROUP),
    Link("purgeClient", "getClient", _SAME, name="getPurgedClient"),
)


def error_schema(status: int) -> Schema:
    """Return the schema of an error answer of that status; `errors` is not empty in a 422 only."""
    empty: Schema = {"type": "object", "additionalProperties": False, "description": "Always empty."}
    return error_envelope(errors=FIELD_ERRORS if status == 422 else empty)


def build(ids: HashedId, *tables: FieldMap) -> Reference:
    """Return the reference for one installation's tables."""
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
        details=DETAILS | webhook_reference.DETAILS,
        examples={**with_editions(EXAMPLES), **webhook_reference.EXAMPLES},
        links=(*LINKS, *webhook_reference.LINKS),
        tags=TAGS,
    )
