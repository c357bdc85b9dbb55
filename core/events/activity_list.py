"""The newest activities of a company, as a list that can be asked for page by page.

It is bounded: a register has far more activities than clients, and nobody turns page after page of all of them. Older
ones of one client are found by asking for that client.
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


def page(connection: Connection, actor: Actor, asked: Search, _view: View | None = None) -> ResultPage:
    """One page of the newest `MAX_LISTED` activities of the company or of one client, newest first.

    Filters are `client_id`, and `created_at` and `updated_at`, which are one: what was done at or after it.
    """
    ids = _found(connection, actor.company_id, asked.filters)
    offset = (asked.page - 1) * asked.size
    shown = _read(connection, actor.company_id, ids[offset : offset + asked.size])
    return ResultPage([_stored(each) for each in shown], len(ids), asked.page, asked.size)


def _found(connection: Connection, company_id: int, filters: Sequence[Filter]) -> Sequence[int]:
    """The ids, newest first. Only the client narrows down what the newest are taken of: it alone has an index."""
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
