"""The part of /api/v1's OpenAPI document about webhooks that their table does not contain."""

from typing import Any

from dialects.shared.dialect import Link

_WEBHOOK: dict[str, Any] = {
    "id": "VolejRejNm",
    "user_id": "q9wdL84djP",
    "event_id": "1",
    "target_url": "https://n8n.example.com/webhook/5b1c7a2e",
    "format": "JSON",
    "rest_method": "post",
    "headers": {"X-Flow": "new clients"},
    "created_at": 1631681485,
    "updated_at": 1631681485,
    "archived_at": 0,
    "is_deleted": False,
}
_BLANK = _WEBHOOK | {
    **dict.fromkeys(("id", "user_id", "event_id", "target_url"), ""),
    "headers": {},
    "created_at": 0,
    "updated_at": 0,
}
_PAGE = {"total": 1, "count": 1, "per_page": 20, "current_page": 1, "total_pages": 1, "links": []}
_LIST = {"data": [_WEBHOOK], "meta": {"pagination": _PAGE}}
_NEW = {key: _WEBHOOK[key] for key in ("event_id", "target_url", "rest_method", "headers")}
_CHANGED = {"target_url": "https://n8n.example.com/webhook/9f2d4c11"}

EXAMPLES: dict[str, dict[str, Any]] = {
    "listWebhooks": {"response": _LIST},
    "getWebhook": {"response": {"data": _WEBHOOK}},
    "getBlankWebhook": {"response": {"data": _BLANK}},
    "editWebhook": {"response": {"data": _WEBHOOK}},
    "createWebhook": {"request": _NEW, "response": {"data": _WEBHOOK}},
    **{
        f"{verb}Webhook": {"request": _CHANGED, "response": {"data": _WEBHOOK | _CHANGED}}
        for verb in ("update", "patch")
    },
    "deleteWebhook": {"response": {"data": _WEBHOOK | {"is_deleted": True}}},
    "bulkWebhooks": {"request": {"action": "archive", "ids": ["VolejRejNm"]}, "response": _LIST},
}

DETAILS = {
    "listWebhooks": "Webhooks that are not deleted, oldest first, unless the parameters ask otherwise.",
    "createWebhook": (
        "From now on, whenever the event happens, the client is sent to the address as JSON, exactly as "
        "`GET /api/v1/clients/{id}` shows it to this token. Each request has the given headers, and a `webhook-id` "
        "that identifies repeated deliveries. The name is resolved and checked again before each delivery: nothing is "
        "sent to this machine or to private networks."
    ),
    "updateWebhook": "Changes only the keys that are sent. A deleted webhook must be restored first.",
    "patchWebhook": "The same as PUT.",
    "deleteWebhook": "Nothing more is sent; waiting messages are removed. The last 100 deleted ones can be restored.",
    "getBlankWebhook": "Nothing is stored.",
    "editWebhook": "The same answer as `GET /api/v1/webhooks/{id}`.",
    "bulkWebhooks": (
        "Archives, restores or deletes all the given webhooks, or none if one is unknown. Nothing is sent to an "
        "archived webhook. A webhook whose subscriber answers 410 is archived automatically."
    ),
}

_SHOWS = ("createWebhook", "getWebhook", "updateWebhook", "patchWebhook", "deleteWebhook")
_ACTS = ("getWebhook", "editWebhook", "updateWebhook", "patchWebhook", "deleteWebhook")
LINKS = (
    *(
        Link(source, target, {"id": "$response.body#/data/id"})
        for source in _SHOWS
        for target in _ACTS
        if source != target
    ),
    *(Link(source, "bulkWebhooks", {}, {"ids": ["$response.body#/data/id"]}) for source in _SHOWS),
)
