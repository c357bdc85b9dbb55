"""Delivery of webhooks in every server process, to several subscribers at once and to each in order.

Any number of processes may run it on one register: a subscription is leased to one of them at a time.
"""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from core.database.database import Database
from core.errors import Unavailable
from core.events import delivery_leases
from core.events.delivery_leases import Message, Policy
from core.text.clock import SECOND
from gateway.background_task import BackgroundTask
from gateway.enabled_dialects import targets
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.background.webhooks.sending import Sender

log = logging.getLogger(__name__)

_MAX_SUBSCRIBERS = 16  # that are sent messages at once

_MAX_MESSAGES = 50  # to one subscriber in a row, before others have their turn
_MAX_PAUSE_SECONDS = 1.0  #  are notified soon, however seldom background jobs run


def policy(settings: Settings) -> Policy:
    """Return how deliveries are tried under these settings. A lease covers an attempt and recording its outcome."""
    return Policy(
        attempts=settings.webhook_attempts,
        first_wait=int(settings.webhook_retry_seconds * SECOND),
        lease=int(2 * settings.webhook_timeout_seconds * SECOND),
    )


class WebhookDelivery(BackgroundTask):
    """An async context manager that delivers, and releases what it has not tried when it ends."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._policy = policy(settings)
        self._seconds = settings.webhook_timeout_seconds
        self._targets = targets(settings)
        self._pause = min(settings.housekeeping_seconds, _MAX_PAUSE_SECONDS)
        self._sender: Sender | None = None
        self._runs: set[asyncio.Task[None]] = set()

    async def __aexit__(self, *_exception: object) -> None:
        await super().__aexit__()
        for each in self._runs:
            each.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        if self._sender is not None:
            await self._sender.close()

    async def _work(self) -> None:
        is_any_due = partial(delivery_leases.is_any_due, policy=self._policy)
        while True:
            try:
                self._database.nodes.check_all()
                while len(self._runs) < _MAX_SUBSCRIBERS and await self._database.read(is_any_due):
                    message = await self._database.write(partial(delivery_leases.claim, policy=self._policy))
                    if message is None:
                        break
                    run = asyncio.create_task(self._run(message))
                    self._runs.add(run)
                    run.add_done_callback(self._runs.discard)
            except Unavailable as error:
                log.warning("webhook delivery is postponed: %s", error)
            except Exception:
                log.exception("delivering to webhooks failed")
            await asyncio.sleep(self._pause)

    async def _run(self, first: Message) -> None:
        """Deliver the waiting messages of a subscriber until none is left, one fails, or others have their turn."""
        message: Message | None = first
        left = _MAX_MESSAGES
        try:
            while message is not None:
                left -= 1
                message = await self._deliver(message, goes_on=left > 0)
        except Unavailable as error:
            log.warning("the outcome of a delivery could not be stored, so the delivery will be repeated: %s", error)
        except Exception:
            log.exception("delivering to a webhook failed")

    async def _deliver(self, message: Message, goes_on: bool) -> Message | None:
        try:
            outcome = await (await self._open_sender()).send(message)
        except asyncio.CancelledError:
            with suppress(Unavailable):
                await self._database.write(partial(delivery_leases.release, message=message))
            raise
        if not outcome.is_success:
            log.warning("webhook %d rejected %s: %s", message.webhook_id, message.message_id, outcome.reason)
        recorded = partial(
            delivery_leases.record_outcome, message=message, outcome=outcome, policy=self._policy, goes_on=goes_on
        )
        return await self._database.write(recorded)

    async def _open_sender(self) -> "Sender":
        if self._sender is None:
            # Not before there is a subscriber: importing an HTTP client takes a large part of a start.
            sending = await asyncio.to_thread(import_module, "gateway.background.webhooks.sending")
            self._sender = self._sender or sending.Sender(self._seconds, self._targets)
        return self._sender
