"""Housekeeping of every server process: sending queued mail, sweeping discarded objects, deleting expired rows.

Any number of processes may run it on one register: a mail is leased to one of them, sweeping is idempotent.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from core.access import idempotency, logins, sessions, used_forms
from core.database.database import Database
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.documents.uploads import sweep
from core.errors import Unavailable
from core.events import activities, change_log, deliveries, outbox
from core.operations import controls
from core.text.clock import SECOND
from gateway.background.mail import Mailer, MailFailed
from gateway.background_task import BackgroundTask
from gateway.settings import Settings

log = logging.getLogger(__name__)

_DAY = 24 * 3600 * SECOND


class Housekeeper(BackgroundTask):
    """An async context manager that runs the background jobs."""

    def __init__(self, database: Database, storage: DocumentStorage, settings: Settings) -> None:
        self._database = database
        self._storage = storage
        self._pause = settings.housekeeping_seconds
        days_by_kind = {
            deliveries: settings.webhook_keep_days,
            change_log: settings.changes_keep_days,
            activities: settings.activities_keep_days or None,
            outbox: settings.outbox_keep_days or None,
        }
        self._retentions = [(events, int(days * _DAY)) for events, days in days_by_kind.items() if days is not None]
        self._mailer = Mailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None

    async def _delete_old(self) -> None:
        for delete in await self._database.read(self._due):
            await self._database.write(delete)

    def _due(self, connection: Connection) -> list[Callable[[Connection], object]]:
        # One transaction looks for all of them, because in most rounds nothing is old and each would need a thread.
        short_lived = (idempotency, sessions, logins, used_forms, documents, controls)
        old = [kind.delete_old for kind in short_lived if kind.is_any_old(connection)]
        expired = [
            partial(events.delete_older, retention=retention)
            for events, retention in self._retentions
            if events.is_any_older(connection, retention=retention)
        ]
        return [*old, *expired]

    async def _work(self) -> None:
        while True:
            try:
                await sweep(self._database, self._storage)
                self._database.nodes.check_all()
                await self._delete_old()
                if self._mailer is not None:
                    await deliver_all(self._database, self._mailer)
            except Unavailable as error:
                log.warning("background jobs are postponed: %s", error)
            except Exception:
                log.exception("a background job failed")
            await asyncio.sleep(self._pause)


async def deliver_all(database: Database, mailer: Mailer) -> int:
    """Send every mail that is due, and return the number sent."""
    sent = 0
    while (mail := await database.write(outbox.claim)) is not None:
        taken = mail
        try:
            await mailer.send(taken)
        except MailFailed as failure:
            reason = str(failure)
            await database.write(lambda connection: outbox.mark_failed(connection, taken, reason))  # noqa: B023
        else:
            await database.write(lambda connection: outbox.mark_sent(connection, taken))  # noqa: B023
            sent += 1
    return sent
