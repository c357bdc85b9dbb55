"""Groups of clients: the categories without the default one. They can be archived and soft-deleted.

A client keeps its category when the group is deleted; restoring the group restores the category unchanged.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, not_

from core.access import companies
from core.access.keys import Actor
from core.clients import categories
from core.errors import RecordDeleted
from core.models import categories as table
from core.models.records import StoredCategory
from core.query import ANY, RecordOrId, ResultPage, Search, State, StoredRecord
from core.text.clock import now
from core.view import View

_LISTING = replace(categories.LISTING, noun="group setting", visible=not_(table.c.is_default))

create = categories.create
check = categories.check
unsaved = categories.unsaved


def get(
    connection: Connection, actor: Actor, group_id: int, states: frozenset[State] = ANY, _view: View | None = None
) -> StoredCategory:
    """Return one group. Raises `NotFound`."""
    return _LISTING.get(connection, actor.company_id, group_id, states)


def get_all(
    connection: Connection, actor: Actor, ids: Sequence[int], _view: View | None = None
) -> list[StoredCategory]:
    """Return these groups in the order of the ids. Raises `NotFound` if one of them does not exist."""
    return _LISTING.get_all(connection, actor.company_id, ids)


def find(connection: Connection, actor: Actor, ids: Collection[int]) -> dict[int, StoredCategory]:
    """Return those of these groups that exist, by their ids."""
    return _LISTING.find(connection, actor.company_id, ids)


def lock(connection: Connection, actor: Actor, group_id: int, states: frozenset[State] = ANY) -> StoredCategory:
    """Lock one group until commit and return it."""
    companies.lock(connection, actor.company_id)
    return _LISTING.lock(connection, actor.company_id, group_id, states)


def lock_all(connection: Connection, actor: Actor, ids: Sequence[int]) -> Sequence[int]:
    """Lock many groups until commit by locking the company."""
    companies.lock(connection, actor.company_id)
    return ids


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's groups."""
    return _LISTING.page(connection, actor.company_id, search)


def update(
    connection: Connection, actor: Actor, group: RecordOrId, values: Mapping[str, Any], states: frozenset[State] = ANY
) -> StoredCategory:
    """Change the given values only. Raises `NotFound`, `RecordDeleted` and `Rejected`."""
    locked = group if isinstance(group, StoredRecord) else lock(connection, actor, group, states)
    if locked.record["deleted_at"]:
        raise RecordDeleted
    return categories.update(connection, actor, locked, values, states)


def archive(connection: Connection, actor: Actor, group_id: int) -> None:
    """Archive a group. Clients can still be put into it. The time of the first archiving stays."""
    if not lock(connection, actor, group_id).record["archived_at"]:
        categories.store(connection, actor.company_id, group_id, archived_at=now())


def restore(connection: Connection, actor: Actor, group_id: int) -> None:
    """Make an archived or deleted group active again."""
    group = lock(connection, actor, group_id).record
    if group["archived_at"] or group["deleted_at"]:
        categories.store(connection, actor.company_id, group_id, archived_at=0, deleted_at=0)


def soft_delete(connection: Connection, actor: Actor, group_id: int) -> None:
    """Hide the group and its category from every list until it is restored."""
    if not lock(connection, actor, group_id).record["deleted_at"]:
        categories.store(connection, actor.company_id, group_id, deleted_at=now())
