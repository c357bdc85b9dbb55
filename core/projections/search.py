"""Substring search: a client's searched text, folded, in a row of its own that every engine indexes by trigrams.

Folding here and not in the database makes both engines find the same, also beyond ASCII. The row is written in the
transaction of every change. `core.database.trigram_index` indexes the rows: on SQLite an FTS5 table, written once
before each commit; on PostgreSQL a GIN index, if the extension pg_trgm is available. Without it, and for patterns
shorter than a trigram, the company's rows are scanned, with the same results.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    and_,
    func,
    or_,
    select,
    text,
    true,
)

from core.database import trigram_index
from core.database.postgresql import is_distributed
from core.database.prepared import Prepared
from core.models import client_search, clients
from core.models.records import ClientRecord
from core.query import ANY, LIVE, WORDS, Filter, Record, State
from core.text.folding import folded
from core.text.names import SEPARATOR

SHOWN_NAME, NAME, ANY_TEXT, _VALUES = "display_name", "name", "any_text", "values"
_COLUMNS = {SHOWN_NAME: ("name", "stand_in"), NAME: ("name",), ANY_TEXT: ("name", "rest"), _VALUES: ("rest",)}

_REST = ("number", "id_number", "custom_value1", "custom_value2", "custom_value3", "custom_value4")
_REST_OF_CONTACTS = ("first_name", "last_name", "email", "phone")
# Columns that are filtered for equality and have no index of their own.
_UNINDEXED = frozenset({"custom_value1", "custom_value2", "custom_value3", "custom_value4"})


_ADD = Prepared(
    text(
        "INSERT INTO client_search (client_id, company_id, deleted, stand_in, name, rest)"
        " VALUES (:client, :company, :deleted, :stand_in, :name, :rest)"
    )
)
# The row of an existing client may be missing. On PostgreSQL an upsert can be deferred, because its result is not
# needed; on Citus the table has another key, and SQLite is faster with an update.
_PUT = Prepared(
    text(
        "INSERT INTO client_search (client_id, company_id, deleted, stand_in, name, rest)"
        " VALUES (:client, :company, :deleted, :stand_in, :name, :rest) ON CONFLICT (client_id) DO UPDATE"
        " SET deleted = excluded.deleted, stand_in = excluded.stand_in, name = excluded.name, rest = excluded.rest"
    )
)
_CHANGE = Prepared(
    text(
        "UPDATE client_search SET deleted = :deleted, stand_in = :stand_in, name = :name, rest = :rest"
        " WHERE company_id = :company AND client_id = :client RETURNING client_id"
    )
)


def index(connection: Connection, was: ClientRecord | None, client: ClientRecord) -> None:
    """Write a client's searched text, unless it is unchanged."""
    texts = searched_row(client)
    if was is not None and searched_row(was) == texts:
        return
    trigram_index.index(connection, client["id"], is_new=was is None)
    row = {"client": client["id"], "company": client["company_id"], **texts}
    if was is None:
        _ADD.run(connection, **row)
    elif connection.dialect.name == "sqlite" or is_distributed(connection):
        if not _CHANGE.all(connection, **row):
            _ADD.run(connection, **row)
    else:
        _PUT.run(connection, **row)


def searched_row(client: ClientRecord) -> dict[str, Any]:
    """Return the columns of a client's row of searched text, without its key."""
    values, people = _texts([client], _REST), _texts(client["contacts"], _REST_OF_CONTACTS)
    texts = searched_texts(client["display_name"], client["name"], [*values, *people])
    return {"deleted": int(client["deleted_at"] > 0), **texts}


def _texts(records: Iterable[Record], names: Iterable[str]) -> list[str]:
    return [record[name] for record in records for name in names]


def remove(connection: Connection, client_id: int) -> None:
    """Remove a client from the index; its row is removed with the client's."""
    trigram_index.index(connection, client_id)


def searched_texts(display_name: str, name: str, rest: Iterable[str]) -> dict[str, str]:
    """Return the searched columns of a client, by name; `rest` are values that only `ANY_TEXT` searches."""
    joined = SEPARATOR.join(filter(None, rest))
    return {"stand_in": "" if name else folded(display_name), "name": folded(name), "rest": folded(joined)}


def count_unindexed(connection: Connection) -> int:
    """Return how many clients have no row of searched text; 0 unless rows were written by other programs."""
    of_client = and_(client_search.c.company_id == clients.c.company_id, client_search.c.client_id == clients.c.id)
    both = clients.outerjoin(client_search, of_client)
    missing = select(func.count()).select_from(both).where(client_search.c.client_id.is_(None))
    return int(connection.execute(missing).scalar_one())


def planned(connection: Connection, condition: Filter) -> list[Filter]:
    """Return the filter; a substring filter with the operators that this engine answers best.

    Columns that are searched but have no index of their own are also filtered by their trigrams, which leaves few rows.
    """
    if condition.operator in ("contains", WORDS):
        wanted = condition.value if condition.operator == WORDS else (condition.value,)
        return _trigram_filters(connection, condition.name, [folded(each) for each in wanted])
    if condition.name in _UNINDEXED and len(folded(condition.value)) >= trigram_index.SIZE:
        return [*_trigram_filters(connection, _VALUES, [folded(condition.value)]), condition]
    return [condition]


def _trigram_filters(connection: Connection, name: str, wanted: Sequence[str]) -> list[Filter]:
    if connection.dialect.name != "sqlite":
        escaped = [each.replace("/", "//").replace("%", "/%").replace("_", "/_") for each in wanted]
        return [Filter(name, "like", f"%{each}%") for each in escaped]
    short = [Filter(name, "instr", each) for each in wanted if len(each) < trigram_index.SIZE]
    phrases = ['"' + each.replace('"', '""') + '"' for each in wanted if len(each) >= trigram_index.SIZE]
    expression = f"{{{' '.join(_COLUMNS[name])}}} : ({' AND '.join(phrases)})"
    return [Filter(name, "trigrams", expression), *short] if phrases else short


@dataclass(frozen=True)
class Hits:
    """The rows that a planned filter finds: they are joined to the clients by `client_id`, in the order of `in_order`.

    `complete` says that the condition alone selects the company's clients in the wanted states, and no others.
    """

    rows: FromClause
    client_id: ColumnElement[int]
    in_order: ColumnElement[int]
    condition: ColumnElement[bool]
    complete: bool = False


def hits(
    name: str,
    operator: str,
    wanted: BindParameter[Any],
    company: BindParameter[int],
    states: frozenset[State],
    rows: FromClause,
) -> Hits | None:
    """Return what a planned filter finds of a company's clients in these states; None for other filters.

    `rows` are the rows of `client_search` that all filters of a statement share.
    """
    if operator == "trigrams":
        indexed = trigram_index.TRIGRAMS.alias()
        inside, complete = trigram_index.within(indexed.c.rowid, company, states)
        found = and_(indexed.c.client_search_grams.op("MATCH")(wanted), inside)
        client_id = trigram_index.client_id(indexed.c.rowid)
        mixed = State.DELETED in states and len(states) > 1
        return Hits(indexed, client_id, client_id if mixed else indexed.c.rowid, found, complete)
    if operator not in _SCANS:
        return None
    found = or_(*(_SCANS[operator](rows.c[each], wanted) for each in _COLUMNS[name]))
    in_states, complete = _rows_in(rows, states)
    condition = and_(rows.c.company_id == company, in_states, found)
    return Hits(rows, rows.c.client_id, rows.c.client_id, condition, complete)


def _rows_in(rows: FromClause, states: frozenset[State]) -> tuple[ColumnElement[bool], bool]:
    """Return the condition that rows are those of clients in these states, and whether it excludes all other clients.

    Rows distinguish deleted clients from others, but not archived clients from active ones.
    """
    if states == frozenset({State.DELETED}):
        return rows.c.deleted == 1, True
    return (true(), states == ANY) if State.DELETED in states else (rows.c.deleted == 0, states == LIVE)


_SCANS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "like": lambda text, pattern: text.like(pattern, escape="/"),
    "instr": lambda text, wanted: func.instr(text, wanted) > 0,
}
