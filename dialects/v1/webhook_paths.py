"""The paths of webhooks: operations on one webhook and on several."""

from collections.abc import Callable, Sequence

from core.events import caller_webhooks
from core.query import StoredRecord
from dialects.shared.operation import Call, Path
from dialects.shared.resource import Resource
from dialects.v1 import wire
from dialects.v1.bulk import bulk
from dialects.v1.create_and_edit import blank, edit
from dialects.v1.updating import updating
from dialects.v1.webhooks import filters
from schemas.fields import FieldMap
from schemas.types import HashedId

BULK_VERBS: dict[str, Callable[..., None]] = {
    "archive": caller_webhooks.archive,
    "restore": caller_webhooks.restore,
    "delete": caller_webhooks.soft_delete,
}


def webhook_paths(fields: FieldMap, blank_fields: FieldMap, ids: HashedId, envelope: wire.Envelope) -> Sequence[Path]:
    """Return every path whose answers are webhooks."""
    webhook = Resource("Webhook", caller_webhooks, fields, envelope, filters=filters(fields))
    soft_delete = webhook.acts(
        webhook.operation_name("delete"), "Soft-delete a webhook: nothing is sent any more.", _soft_delete, "deleted"
    )
    of_webhooks = bulk(
        webhook,
        ids,
        BULK_VERBS,
        caller_webhooks.lock_all,
        caller_webhooks.get_all,
        "Archive, restore or delete webhooks.",
    )
    return (
        Path("/webhooks", {"GET": webhook.lists(), "POST": webhook.creates()}),
        Path("/webhooks/create", {"GET": blank(webhook, blank_fields, lambda _call: caller_webhooks.unsaved())}),
        Path("/webhooks/bulk", {"POST": of_webhooks}),
        Path("/webhooks/{id}", {"GET": webhook.shows(), **updating(webhook), "DELETE": soft_delete}),
        Path("/webhooks/{id}/edit", {"GET": edit(webhook)}),
    )


def _soft_delete(call: Call) -> StoredRecord | None:
    caller_webhooks.soft_delete(call.connection, call.actor, call.lock())
    return None
