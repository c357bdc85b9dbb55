"""Test messages, sent to a subscriber at once to see whether they arrive."""

from core.events import deliveries, webhooks
from core.events.delivery_leases import Message, Outcome
from core.models.operating_records import WebhookRecord
from core.text.clock import now
from core.text.secrets import random_name
from gateway.background.webhooks.sending import Sender
from gateway.enabled_dialects import targets
from gateway.settings import Settings


async def send_test(webhook: WebhookRecord, settings: Settings) -> Outcome:
    """Send a signed message of the type `webhook.test`, and return the outcome.

    A webhook that an integration has created gets an empty object, unsigned as all its messages.
    """
    is_callers = webhook["origin"] == webhooks.CALLER
    message = Message(
        id=0,
        company_id=webhook["company_id"],
        message_id=f"msg_{random_name(27)}",
        event="",
        payload="{}" if is_callers else deliveries.envelope("webhook.test", now(), "{}"),
        attempts=0,
        webhook_id=webhook["id"],
        leased_until=0,
        url=webhook["url"],
        secret=webhook["secret"],
        origin=webhook["origin"],
        method=webhook["method"],
        headers=webhook["headers"],
    )
    sender = Sender(settings.webhook_timeout_seconds, targets(settings))
    try:
        return await sender.send(message)
    finally:
        await sender.close()
