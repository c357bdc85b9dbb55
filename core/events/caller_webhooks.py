"""Webhooks that callers of an API create: each has an address of the caller's choice and receives one event.

They are not signed, because their creators never learn a secret, and have headers of their own instead. Only these
webhooks are here: an operator's webhooks can be changed by the operator alone (`core.events.webhooks`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, select
from sqlalchemy import update as change

from core.access import companies
from core.access.keys import Actor
from core.attribute import Attribute, column, fixed
from core.database.prepared import blank_value
from core.database.rows import delete_rows, is_row
from core.database.timestamps import next_updated_at
from core.database.views import all_views
from core.errors import Problem, RecordDeleted, Rejected
from core.events import deliveries
from core.events.webhooks import CALLER, Event, check_url
from core.listing import Listing
from core.models import webhooks as table
from core.models.operating_records import StoredWebhook, WebhookRecord
from core.models.records import with_values
from core.query import ANY, RecordOrId, ResultPage, Search, State, StoredRecord, state_of
from core.text.clock import now
from core.text.equality import differing
from core.view import View

MAX_WEBHOOKS = 100
"""The number of webhooks that a company may have. As many deleted ones are kept in addition."""

_WRITABLE = ("url", "events", "method", "headers")
WEBHOOK: dict[str, Attribute[WebhookRecord]] = (
    {each.name: fixed(each.name) for each in table.columns if each.name != "secret"}
    | {name: column(name) for name in _WRITABLE}
    | {
        "is_deleted": Attribute[WebhookRecord](lambda webhook: webhook["deleted_at"] > 0, of=("deleted_at",)),
        # Messages are JSON, so this is the only value that can be written.
        "format": Attribute(lambda _webhook: "json", lambda _webhook, _value: {}),
    }
)

_IS_CALLERS = table.c.origin == CALLER
# Webhooks are sorted by the numbers under which callers know the events, not by the events' names.
_IN_ORDER = (Event.CREATED, Event.UPDATED, Event.DELETED, Event.ARCHIVED, Event.RESTORED)
_EVENT_ORDER = case(*((table.c.events.startswith(each.value), place) for place, each in enumerate(_IN_ORDER)), else_=-1)
_LISTING: Listing[WebhookRecord] = Listing(
    "webhook",
    table,
    table,
    searched=func.lower(table.c.url),
    visible=_IS_CALLERS,
    sorts={"events": _EVENT_ORDER},
)


def get(
    connection: Connection, actor: Actor, webhook_id: int, states: frozenset[State] = ANY, _view: View | None = None
) -> StoredWebhook:
    """Return one webhook. Raises `NotFound`."""
    return _LISTING.get(connection, actor.company_id, webhook_id, states)


def get_all(connection: Connection, actor: Actor, ids: Sequence[int], _view: View | None = None) -> list[StoredWebhook]:
    """Return these webhooks in the order of the ids. Raises `NotFound` if one of them does not exist."""
    return _LISTING.get_all(connection, actor.company_id, ids)


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's webhooks."""
    return _LISTING.page(connection, actor.company_id, search)


def lock(connection: Connection, actor: Actor, webhook_id: int, states: frozenset[State] = ANY) -> StoredWebhook:
    """Lock one webhook until commit and return it. Raises `NotFound`."""
    _lock_rows(connection, actor.company_id, [webhook_id])
    return get(connection, actor, webhook_id, states)


def lock_all(connection: Connection, actor: Actor, ids: Sequence[int]) -> Sequence[StoredWebhook]:
    """Lock many webhooks until commit. Raises `NotFound` if one of them does not exist."""
    _lock_rows(connection, actor.company_id, ids)
    return get_all(connection, actor, ids)


def unsaved() -> WebhookRecord:
    """Return a blank webhook, not stored."""
    return with_values(
        WebhookRecord(), {each.name: blank_value(each.type) for each in table.columns} | {"method": "POST"}
    )


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> StoredWebhook:
    """Create a webhook. Raises `Rejected`."""
    companies.lock(connection, actor.company_id)
    check(connection, actor, values)
    _delete_old(connection, actor.company_id)
    at = now()
    row = {name: values[name] for name in _WRITABLE if name in values} | {
        "company_id": actor.company_id,
        "origin": CALLER,
        "dialect": _view_name(connection, actor),
        "user_id": actor.user_id,
        "created_at": at,
        "updated_at": at,
    }
    return get(connection, actor, connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for every value that `create` would refuse, even if required values are missing."""
    if "url" in values:
        check_url(values["url"])
    _check_room(connection, actor.company_id, "url")


def update(
    connection: Connection, actor: Actor, webhook: RecordOrId, values: Mapping[str, Any], states: frozenset[State] = ANY
) -> StoredWebhook:
    """Change the given values only. Raises `NotFound`, `RecordDeleted` and `Rejected`."""
    before = (webhook if isinstance(webhook, StoredRecord) else lock(connection, actor, webhook, states)).record
    if before["deleted_at"]:
        raise RecordDeleted
    changes = differing(before, {name: values[name] for name in _WRITABLE if name in values})
    if "url" in changes:
        check_url(changes["url"])
    if changes:
        _store(connection, before, due_at=0, **changes)  # failed messages may succeed now
    return get(connection, actor, before["id"])


def archive(connection: Connection, actor: Actor, webhook: StoredWebhook) -> None:
    """Archive a webhook: nothing is sent until it is restored, and waiting messages are removed.

    The time of the first archiving stays.
    """
    if not webhook.record["archived_at"]:
        deliveries.withdraw(connection, actor.company_id, webhook.record["id"])
        _store(connection, webhook.record, archived_at=now())


def restore(connection: Connection, actor: Actor, webhook: StoredWebhook) -> None:
    """Make an archived or deleted webhook active again.

    Raises `Rejected` if there are too many to restore a deleted one.
    """
    if state_of(webhook.record) is State.DELETED:
        _check_room(connection, actor.company_id, "ids")
    if state_of(webhook.record) is not State.ACTIVE:
        _store(connection, webhook.record, archived_at=0, deleted_at=0, due_at=0)


def soft_delete(connection: Connection, actor: Actor, webhook: StoredWebhook) -> None:
    """Soft-delete a webhook: nothing is sent until it is restored, and waiting messages are removed."""
    if not webhook.record["deleted_at"]:
        deliveries.withdraw(connection, actor.company_id, webhook.record["id"])
        _store(connection, webhook.record, deleted_at=now())


def _lock_rows(connection: Connection, company_id: int, ids: Sequence[int]) -> None:
    companies.lock(connection, company_id)
    # This lock does not block writers that queue messages, which would otherwise wait while they have a client locked.
    locking = select(table.c.id).where(table.c.company_id == company_id, table.c.id.in_(ids)).order_by(table.c.id)
    connection.execute(locking.with_for_update(key_share=True))


def _store(connection: Connection, webhook: WebhookRecord, **changes: Any) -> None:
    statement = change(table).where(is_row(table, webhook["company_id"], webhook["id"]))
    connection.execute(statement.values(**changes, updated_at=next_updated_at(table)))


def _view_name(connection: Connection, actor: Actor) -> str:
    """Return the name of the view in which the creator's key sees clients."""
    return next((view.name for view in all_views(connection) if view.edition == actor.edition), actor.dialect)


def _check_room(connection: Connection, company_id: int, named_by: str) -> None:
    there = select(func.count()).where(*_callers_condition(company_id), table.c.deleted_at == 0)
    if connection.execute(there).scalar_one() >= MAX_WEBHOOKS:
        raise Rejected(Problem(named_by, "webhooks", {"max": MAX_WEBHOOKS}))


def _delete_old(connection: Connection, company_id: int) -> None:
    """Remove the webhooks that were deleted first, beyond the number that is kept."""
    deleted = (*_callers_condition(company_id), table.c.deleted_at > 0)
    newest_first = select(table.c.id).where(*deleted).order_by(table.c.deleted_at.desc(), table.c.id.desc())
    ids = connection.execute(newest_first.offset(MAX_WEBHOOKS).limit(MAX_WEBHOOKS)).scalars()
    delete_rows(connection, table, [(company_id, each) for each in ids])


def _callers_condition(company_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.company_id == company_id, _IS_CALLERS
