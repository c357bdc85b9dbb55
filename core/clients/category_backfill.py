"""The backfill of a changed category: renders its clients again, because the change has invalidated their renderings.

Renaming a category, or moving its clients, invalidates all their renderings in one statement. Until the backfill has
reached a client, each read renders it. The progress is stored in the category, so any number of processes can take
part, and any of them can end at any time.
"""

from sqlalchemy import Connection, Row, select, update

from core.clients import records
from core.database.rows import is_row
from core.models import categories
from core.projections import renderings

CLIENTS_PER_STEP = 100
FIRST = 1
"""The first client id, with which a backfill of all clients of a category begins."""


def begin(connection: Connection, company_id: int, category_id: int) -> None:
    """Begin the backfill of a category."""
    mine = is_row(categories, company_id, category_id)
    connection.execute(update(categories).where(mine).values(unrendered_from=FIRST))


def is_due(connection: Connection) -> bool:
    """Return whether a backfill is in progress."""
    return _next(connection) is not None


def step(connection: Connection) -> None:
    """Render the next few clients of one category."""
    category = _next(connection)
    if category is None:
        return
    company_id, category_id, first, _ = category
    found = records.clients_of_category(connection, company_id, category_id, first, CLIENTS_PER_STEP)
    for view in renderings.views_of(connection):
        renderings.store(connection, view, found)
    next_id = found[-1].record["id"] + 1 if len(found) == CLIENTS_PER_STEP else 0
    # If the category changed meanwhile, the backfill begins again. The category is not locked, because writers lock
    # clients first.
    same = [column == value for column, value in zip(_PROGRESS, category, strict=True)]
    connection.execute(update(categories).where(*same).values(unrendered_from=next_id))


_PROGRESS = (categories.c.company_id, categories.c.id, categories.c.unrendered_from, categories.c.updated_at)


def _next(connection: Connection) -> Row[int, int, int, int] | None:
    due = select(*_PROGRESS).where(categories.c.unrendered_from > 0)
    return connection.execute(due.order_by(categories.c.id).limit(1)).first()
