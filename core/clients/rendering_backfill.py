"""The backfill that renders every client again, once for every new fingerprint of a view.

A new version of this program, other settings or a copied register make all renderings invalid. Servers then render a
few clients at a time, each time in a transaction of its own. The progress is stored, so any number of processes can
take part, and any of them can end at any time.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, and_, delete, select, text, update

from core.clients import records
from core.models import rendering_walks
from core.projections import renderings
from core.view import View

CLIENTS_PER_STEP = 100

_ADD = text("INSERT INTO rendering_walks (view, maker) VALUES (:view, :maker) ON CONFLICT DO NOTHING")


def begin(connection: Connection) -> bool:
    """Return whether there is a backfill to do, and record its beginning.

    What was recorded for an earlier fingerprint of a view is deleted.
    """
    return _for_every_view(connection, _begin)


def step(connection: Connection) -> bool:
    """Render the next clients. Return whether there are more."""
    return _for_every_view(connection, _step)


def _for_every_view(connection: Connection, act: Callable[[Connection, View], bool]) -> bool:
    left = [act(connection, view) for view in renderings.views_of(connection)]
    return any(left)


def _backfill_of(view: View) -> Any:
    return and_(rendering_walks.c.view == view.name, rendering_walks.c.maker == view.fingerprint)


def _begin(connection: Connection, view: View) -> bool:
    finished = connection.execute(select(rendering_walks.c.finished).where(_backfill_of(view))).scalar()
    if finished is None:
        connection.execute(delete(rendering_walks).where(rendering_walks.c.view == view.name, ~_backfill_of(view)))
        connection.execute(_ADD, {"view": view.name, "maker": view.fingerprint})
    return not finished


def _step(connection: Connection, view: View) -> bool:
    walk = connection.execute(select(rendering_walks).where(_backfill_of(view)).with_for_update()).first()
    if walk is None or walk.finished:
        return False
    found = records.clients_after(connection, walk.last_client_id, CLIENTS_PER_STEP)
    renderings.store(connection, view, found)
    finished = not found
    last_id = found[-1].record["id"] if found else walk.last_client_id
    connection.execute(
        update(rendering_walks).where(_backfill_of(view)).values(last_client_id=last_id, finished=finished)
    )
    return not finished
