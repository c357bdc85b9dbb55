"""Renderings: a client as a dialect shows it, stored as the text that is sent, compressed.

A rendering stores what it depends on: the times at which the client, its category and its company last changed, and the
fingerprint of the view. It is valid only while all of these are the present ones, which the statement that reads it
checks. So a stale rendering is never used, whatever wrote in between and whenever a process ended. If there is no valid
rendering, the reader renders the client.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    String,
    and_,
    bindparam,
    delete,
    select,
    text,
)

from core.database.prepared import Prepared
from core.database.views import all_views
from core.models import categories, client_renderings, clients, companies
from core.query import Record, StoredRecord, state_of
from core.view import View

TIMESTAMPS: tuple[ColumnElement[int], ...] = (
    clients.c.updated_at + clients.c.version_ahead,
    categories.c.updated_at + categories.c.version_ahead,
    companies.c.updated_at,
)
_CACHED_TIMESTAMPS = tuple(client_renderings.c[name] for name in ("client_at", "category_at", "company_at"))
_COLUMNS = ("company_id", "client_id", "view", "maker", "client_at", "category_at", "company_at", "packed")


@cache
def _store(rows: int) -> Prepared:
    """Return the statement that stores so many renderings."""
    each = (", ".join(f":{name}{at}" for name in _COLUMNS) for at in range(rows))
    return Prepared(
        text(
            f"INSERT INTO client_renderings ({', '.join(_COLUMNS)})"  # noqa: S608 (names from above)
            f" VALUES {', '.join(f'({places})' for places in each)}"
            " ON CONFLICT (company_id, client_id, view) DO UPDATE SET maker = excluded.maker,"
            " client_at = excluded.client_at, category_at = excluded.category_at, company_at = excluded.company_at,"
            " packed = excluded.packed, body = '' WHERE client_renderings.client_at <= excluded.client_at"
        )
    )


def cached() -> ColumnElement[bytes]:
    """Return the column with the client's valid rendering in a view; NULL if there is none.

    It is a subquery, because PostgreSQL would sometimes join all renderings of a company instead of looking up those of
    a page.
    """
    of_client = select(client_renderings.c.packed).where(*_valid())
    return of_client.scalar_subquery().correlate(clients, categories, companies)


def joined(rows: FromClause) -> tuple[FromClause, ColumnElement[bytes]]:
    """Return `rows` joined with the valid renderings, and their column, which is faster on SQLite for a page."""
    return rows.outerjoin(client_renderings, and_(*_valid())), client_renderings.c.packed


def _valid() -> list[ColumnElement[bool]]:
    kept = client_renderings.c
    mine = [kept.company_id == bindparam("company", type_=BigInteger), kept.client_id == clients.c.id]
    of_view = [kept.view == bindparam("view", type_=String), kept.maker == bindparam("maker", type_=String)]
    as_now = [kept_at == at for kept_at, at in zip(_CACHED_TIMESTAMPS, TIMESTAMPS, strict=True)]
    return [*mine, *of_view, *as_now]


def views_of(connection: Connection, edition: str = "") -> Sequence[View]:
    """Return the views whose renderings this process stores, including those of an edition, if one is given."""
    return [view for view in all_views(connection) if view.edition in ("", edition)]


def store(connection: Connection, view: View, found: Iterable[StoredRecord]) -> None:
    """Store the renderings of clients, given in their present state, in a view."""
    _store(1).run_all(connection, [_numbered([row]) for row in rows(view, found)])


def store_all(connection: Connection, stored: StoredRecord, edition: str = "") -> None:
    """Store the renderings of a client in every view, including those of an edition, and add them to the client."""
    shown = [view for view in views_of(connection, edition) if state_of(stored.record) in view.states]
    stored.bodies = {view.name: view.render(stored.record) for view in shown}
    if shown:
        kept = [_row(view, stored, stored.bodies[view.name]) for view in shown]
        _store(len(kept)).run(connection, **_numbered(kept))


def drop(connection: Connection, company_id: int, client_id: int) -> None:
    """Delete the renderings of a client in every view."""
    mine = (client_renderings.c.company_id == company_id, client_renderings.c.client_id == client_id)
    connection.execute(delete(client_renderings).where(*mine))


def rows(view: View, found: Iterable[StoredRecord]) -> list[Record]:
    """Return the rows of `client_renderings` for those of these clients that the view shows."""
    return [_row(view, each, view.render(each.record)) for each in found if state_of(each.record) in view.states]


def _numbered(kept: Iterable[Record]) -> Record:
    return {f"{name}{at}": value for at, row in enumerate(kept) for name, value in row.items()}


def _row(view: View, stored: StoredRecord, body: str) -> Record:
    client_at, category_at, company_at = stored.timestamps
    return {
        "company_id": stored.record["company_id"],
        "client_id": stored.record["id"],
        "view": view.name,
        "maker": view.fingerprint,
        "client_at": client_at,
        "category_at": category_at,
        "company_at": company_at,
        "packed": view.packing.pack(body),
    }
