"""Examples of requests and answers of the operations of /api/v1."""

from typing import Any

from dialects.v1.example_records import (
    ACTIVITY,
    BLANK,
    BLANK_GATEWAY_TOKEN,
    BLANK_GROUP,
    CHANGES,
    CLIENT,
    COMPANY,
    DOCUMENT,
    GATEWAY_TOKEN,
    GROUP,
    OWN_DOCUMENT,
    STATICS,
    USER,
)


def _listed(one: dict[str, Any]) -> dict[str, Any]:
    pagination = {"total": 1, "count": 1, "per_page": 20, "current_page": 1, "total_pages": 1, "links": []}
    return {"data": [one], "meta": {"pagination": pagination}}


LIST = _listed(CLIENT)


_NEW_TOKEN = {key: GATEWAY_TOKEN[key] for key in ("client_id", "token", "company_gateway_id", "is_default", "meta")}
_DONE = {"data": {"message": "Success"}}


EXAMPLES: dict[str, dict[str, Any]] = {
    "getChanges": {"response": {"data": CHANGES, "meta": {"next_cursor": "AAAAAAAAAAgABlT3pQxKQQ", "has_more": False}}},
    "postEntityActivities": {
        "request": {"entity": "client", "entity_id": "OpnelpJeKB"},
        "response": {
            "data": [ACTIVITY],
            "meta": {"pagination": _listed(ACTIVITY)["meta"]["pagination"] | {"per_page": 100}},
        },
    },
    "listActivities": {"response": _listed(ACTIVITY)},
    "getCurrentCompany": {"response": {"data": COMPANY}},
    "postCurrentCompany": {"response": {"data": COMPANY}},
    "getStatics": {"response": STATICS},
    "listUsers": {"response": _listed(USER)},
    "getUser": {"response": {"data": USER}},
    "getBlankGroupSetting": {"response": {"data": BLANK_GROUP}},
    "editGroupSetting": {"response": {"data": GROUP}},
    "editDocument": {"response": {"data": OWN_DOCUMENT}},
    "setDefaultClientGatewayToken": {"response": {"data": GATEWAY_TOKEN}},
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
    "getBlankClient": {"response": {"data": BLANK}},
    "editClient": {"response": {"data": CLIENT}},
    "ping": {"response": {"company_name": "Acme Inc", "user_name": "Jane Doe"}},
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
    "listDocuments": {"response": _listed(OWN_DOCUMENT)},
    "listClientDocuments": {"response": _listed(OWN_DOCUMENT)},
    "postClientDocuments": {"response": _listed(OWN_DOCUMENT)},
    "getDocument": {"response": {"data": OWN_DOCUMENT}},
    "updateDocument": {
        "request": {"name": "Contract 2026.pdf", "is_public": True},
        "response": {"data": OWN_DOCUMENT | {"name": "Contract 2026.pdf", "is_public": True}},
    },
    "deleteDocument": {"response": _DONE},
    "bulkDocuments": {"request": {"action": "delete", "ids": ["Wpmbk5ezJn"]}, "response": _DONE},
    "listClientGatewayTokens": {"response": _listed(GATEWAY_TOKEN)},
    "getBlankClientGatewayToken": {"response": {"data": BLANK_GATEWAY_TOKEN}},
    "getClientGatewayToken": {"response": {"data": GATEWAY_TOKEN}},
    "editClientGatewayToken": {"response": {"data": GATEWAY_TOKEN}},
    "createClientGatewayToken": {"request": _NEW_TOKEN, "response": {"data": GATEWAY_TOKEN}},
    "updateClientGatewayToken": {"request": {"is_default": True}, "response": {"data": GATEWAY_TOKEN}},
    "deleteClientGatewayToken": {"response": _DONE},
}

EXAMPLES |= {
    f"patch{noun}": EXAMPLES[f"update{noun}"] for noun in ("Client", "GroupSetting", "Document", "ClientGatewayToken")
}
