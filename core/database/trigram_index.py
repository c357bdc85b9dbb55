"""The trigram indexes over `client_search`: GIN indexes on PostgreSQL; on SQLite an FTS5 table beside it.

The rowid of a row of the FTS5 table is composed of the company, whether the client is deleted, and the client's id. So
a search reads only rows of the company, and counts without reading any client.

FTS5 flushes its pending data at every savepoint and before every statement with triggers, which costs forty times what
the insertion does. So while a transaction runs only the previous state of the changed rows is remembered, and right
before the commit the difference from their new state is written to the index. Changes that were undone meanwhile make
no difference.

Every commit adds a segment to the index, and segments must be merged. FTS5's own merging would hold up a commit for
tens of milliseconds once the segment of all earlier clients takes part, so each commit merges a little. Eight segments
of a level become one, not four as by default: the largest segment is rewritten with its level, which then happens after
thousands of commits and not after hundreds.
"""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, bindparam, column, event, func, select, table, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from core.database.prepared import Prepared
from core.models import client_search
from core.query import ANY, LIVE, State

log = logging.getLogger(__name__)

SIZE = 3
"""The number of letters of a trigram; shorter patterns cannot use the index."""
TRIGRAMS = table("client_search_grams", column("rowid"), column("client_search_grams"))

_INDEXES = {f"ix_client_search_{name}_grams": name for name in ("stand_in", "name", "rest")}
_ID_BITS = 40  # and 22 for companies
_MERGED_PAGES = 16  # per commit; one adds about two pages, which are rewritten once on each of about six levels
_FTS5 = (
    """
CREATE VIEW client_search_places AS
SELECT (company_id << 41) | (deleted << 40) | client_id AS place, stand_in, name, rest FROM client_search
""",
    """
CREATE VIRTUAL TABLE client_search_grams USING fts5(
    stand_in, name, rest,
    content='client_search_places', content_rowid='place', tokenize='trigram case_sensitive 1', columnsize=0
)
""",
    "INSERT INTO client_search_grams (client_search_grams) VALUES ('rebuild')",
    "INSERT INTO client_search_grams (client_search_grams) VALUES ('optimize')",
    "INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('automerge', 0)",
    "INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('usermerge', 8)",
)
_COMPANY = 1 << _ID_BITS + 1
_PLACE = client_search.c.company_id * _COMPANY + client_search.c.deleted * (1 << _ID_BITS) + client_search.c.client_id
_ROW = Prepared(
    select(_PLACE, client_search.c.stand_in, client_search.c.name, client_search.c.rest).where(
        client_search.c.client_id == bindparam("client", type_=BigInteger)
    )
)
_ADD = Prepared(
    text("INSERT INTO client_search_grams (rowid, stand_in, name, rest) VALUES (:place, :stand_in, :name, :rest)")
)
_REMOVE = Prepared(
    text(
        "INSERT INTO client_search_grams (client_search_grams, rowid, stand_in, name, rest)"
        " VALUES ('delete', :place, :stand_in, :name, :rest)"
    )
)
_REMOVE_COMPANY = text(
    "INSERT INTO client_search_grams (client_search_grams, rowid, stand_in, name, rest)"
    " SELECT 'delete', (company_id << 41) | (deleted << 40) | client_id, stand_in, name, rest"
    " FROM client_search WHERE company_id = :company"
)
_ADD_COMPANY = text(
    "INSERT INTO client_search_grams (rowid, stand_in, name, rest)"
    " SELECT (company_id << 41) | (deleted << 40) | client_id, stand_in, name, rest"
    " FROM client_search WHERE company_id = :company"
)
Rows = Sequence[Sequence[Any]]
_NAMES = ("place", "stand_in", "name", "rest")
_BEFORE = "client_search before this transaction"
_MERGE = Prepared(
    text(f"INSERT INTO client_search_grams (client_search_grams, rank) VALUES ('merge', {_MERGED_PAGES})")  # noqa: S608
)


def within(
    place: ColumnElement[int], company: ColumnElement[int], states: frozenset[State]
) -> tuple[ColumnElement[bool], bool]:
    """Return the range of rowids of the company's clients in these states, and whether it contains no others."""
    first, end = (0, 1) if State.DELETED not in states else (1, 2) if states == {State.DELETED} else (0, 2)
    start = company * _COMPANY
    inside = and_(place >= start + (first << _ID_BITS), place < start + (end << _ID_BITS))
    return inside, states in (LIVE, frozenset({State.DELETED}), ANY)


def client_id(place: ColumnElement[int]) -> ColumnElement[int]:
    """Return the id of the client with this rowid."""
    return place.bitwise_and((1 << _ID_BITS) - 1)


def has_indexes(connection: Connection) -> bool:
    """Return whether the indexes exist."""
    if connection.dialect.name == "sqlite":
        return connection.dialect.has_table(connection, TRIGRAMS.name)
    return all(connection.execute(select(func.to_regclass(name))).scalar() for name in _INDEXES)


def ensure(connection: Connection) -> None:
    """Create the indexes, over all rows at once, if they do not exist; or log why search will scan."""
    if has_indexes(connection):
        return
    if connection.dialect.name == "sqlite":
        for statement in _FTS5:
            connection.exec_driver_sql(statement)
        return
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for name, searched in _INDEXES.items():
                connection.exec_driver_sql(
                    f"CREATE INDEX IF NOT EXISTS {name} ON client_search USING gin ({searched} gin_trgm_ops)"
                )
    except DBAPIError as error:
        log.warning(
            "Substring search reads every client of a company, because the extension pg_trgm is missing: %s", error.orig
        )


def attach(engine: Engine) -> None:
    """Let every commit of this SQLite engine update the index."""
    event.listen(engine, "commit", _write)
    event.listen(engine, "rollback", _discard_pending)


def index(connection: Connection, client_id: int, is_new: bool = False) -> None:
    """Note that the client's row is about to be changed, removed, or added (`is_new`)."""
    if connection.dialect.name == "sqlite":
        before = connection.info.setdefault(_BEFORE, {})
        if client_id not in before:
            before[client_id] = () if is_new else _ROW.all(connection, client=client_id)


def remove_company(connection: Connection, company_id: int) -> None:
    """Remove every client of a company. The transaction then removes their rows and writes no other client."""
    if connection.dialect.name == "sqlite":
        connection.execute(_REMOVE_COMPANY, {"company": company_id})


def add_company(connection: Connection, company_id: int) -> None:
    """Add every client of a company, none of whom is in the index. The transaction writes no other client."""
    if connection.dialect.name == "sqlite":
        connection.execute(_ADD_COMPANY, {"company": company_id})


def _write(connection: Connection) -> None:
    remembered: dict[int, Rows] = connection.info.pop(_BEFORE, {})
    now = {client_id: _ROW.all(connection, client=client_id) for client_id in remembered}
    changed = [client_id for client_id, before in remembered.items() if list(before) != now[client_id]]
    _REMOVE.run_all(connection, [_named(row) for client_id in changed for row in remembered[client_id]])
    _ADD.run_all(connection, [_named(row) for client_id in changed for row in now[client_id]])
    if changed:
        _MERGE.run(connection)


def _named(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(_NAMES, row, strict=True))


def _discard_pending(connection: Connection) -> None:
    connection.info.pop(_BEFORE, None)
