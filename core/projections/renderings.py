"""What a client looks like in a dialect, kept beside it as the very text that is sent, packed.

A rendering names what it was made of: the moments at which the client, its category and its company were last changed,
and who made it. It counts only while all of these are as they are now, which the statement that reads it compares. So
it cannot be stale, whatever wrote in between and whenever a process ended; at worst there is none that counts, and the
client is rendered by whoever reads it.
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
    """What stores so many of them."""
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
    """The client's rendering in a view, NULL if there is none: a column beside clients, categories and companies.

    It is a subquery, since PostgreSQL would sometimes rather join all renderings of a company than look up a page's.
    """
    of_client = select(client_renderings.c.packed).where(*_valid())
    return of_client.scalar_subquery().correlate(clients, categories, companies)


def joined(rows: FromClause) -> tuple[FromClause, ColumnElement[bytes]]:
    """The same by a join to `rows`, for which SQLite takes less time where they are a page."""
    return rows.outerjoin(client_renderings, and_(*_valid())), client_renderings.c.packed


def _valid() -> list[ColumnElement[bool]]:
    kept = client_renderings.c
    mine = [kept.company_id == bindparam("company", type_=BigInteger), kept.client_id == clients.c.id]
    of_view = [kept.view == bindparam("view", type_=String), kept.maker == bindparam("maker", type_=String)]
    as_now = [kept_at == at for kept_at, at in zip(_CACHED_TIMESTAMPS, TIMESTAMPS, strict=True)]
    return [*mine, *of_view, *as_now]


def views_of(connection: Connection, edition: str = "") -> Sequence[View]:
    """The views that this process keeps renderings of; those of an edition beside, if one is named."""
    return [view for view in all_views(connection) if view.edition in ("", edition)]


def store(connection: Connection, view: View, found: Iterable[StoredRecord]) -> None:
    """Keep what clients, as they now are, look like in a view."""
    _store(1).run_all(connection, [_numbered([row]) for row in rows(view, found)])


def store_all(connection: Connection, stored: StoredRecord, edition: str = "") -> None:
    """Keep what a client, as it now is, looks like in every view and in those of an edition, with it too."""
    shown = [view for view in views_of(connection, edition) if state_of(stored.record) in view.states]
    stored.bodies = {view.name: view.render(stored.record) for view in shown}
    if shown:
        kept = [_row(view, stored, stored.bodies[view.name]) for view in shown]
        _store(len(kept)).run(connection, **_numbered(kept))


def drop(connection: Connection, company_id: int, client_id: int) -> None:
    """Remove what a client looks like in every view."""
    mine = (client_renderings.c.company_id == company_id, client_renderings.c.client_id == client_id)
    connection.execute(delete(client_renderings).where(*mine))


def rows(view: View, found: Iterable[StoredRecord]) -> list[Record]:
    """The rows of `client_renderings` for those of these clients that the view shows."""
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
