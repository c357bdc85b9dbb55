"""The newest activities of a company, as a list with pages.

The list is bounded, because a register has far more activities than clients, and reading all of them page by page is
not useful. Older activities of one client are found by filtering for that client.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from core.access.keys import Actor
from core.database.rows import rows
from core.models import activities
from core.models.operating_records import ActivityRecord
from core.query import Filter, ResultPage, Search, StoredRecord
from core.view import View

MAX_LISTED = 5000


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the newest `MAX_LISTED` activities of the company or of one client, newest first.

    Filters are `client_id`, and `created_at` or `updated_at`, which mean the same: activities at or after that time.
    """
    ids = _found(connection, actor.company_id, search.filters)
    offset = (search.page - 1) * search.size
    shown = _read(connection, actor.company_id, ids[offset : offset + search.size])
    return ResultPage([_stored(each) for each in shown], len(ids), search.page, search.size)


def _found(connection: Connection, company_id: int, filters: Sequence[Filter]) -> Sequence[int]:
    """Return the ids, newest first. Only the filter for a client is applied before the limit: it alone has an index."""
    own = [activities.c.client_id == each.value for each in filters if each.name == "client_id"]
    since = max((each.value for each in filters if each.name != "client_id"), default=0)
    newest = select(activities.c.id, activities.c.created_at).where(activities.c.company_id == company_id, *own)
    rows = connection.execute(newest.order_by(activities.c.id.desc()).limit(MAX_LISTED))
    return [number for number, created_at in rows if created_at >= since]


def _read(connection: Connection, company_id: int, ids: Sequence[int]) -> list[ActivityRecord]:
    if not ids:
        return []
    statement = select(activities).where(activities.c.company_id == company_id, activities.c.id.in_(ids))
    return rows(ActivityRecord, connection, statement.order_by(activities.c.id.desc()))


def _stored(activity: ActivityRecord) -> StoredRecord:
    return StoredRecord([activity["created_at"]], lambda: activity)
