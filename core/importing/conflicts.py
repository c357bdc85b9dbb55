"""What stands in the way of a page of clients: ids, keys and numbers that somebody else has already."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, select

from core.clients import records
from core.clients.child_rows import KINDS
from core.database.portions import in_portions
from core.importing.columns import same_moment
from core.importing.incoming import MAX_ID, Incoming, Misfit
from core.models import clients, contacts, notes, users
from core.query import Record, Stored
from core.text.clock import SECOND

OWNED = {**KINDS, "notes": notes}
"""The tables of what an import names by its id, by kind."""
_SOMEBODY_ELSE = "somebody else has this {}"


@dataclass
class Here:
    """What the register has of all that a page names. `owners` are company and client of children, by kind and id.

    `keys` are contacts' ids by their key; `numbers` and `id_numbers` are clients' ids.
    """

    team: frozenset[int]
    present: dict[int, Stored]
    elsewhere: set[int]
    owners: dict[str, dict[int, tuple[int, int | None]]]
    keys: dict[str, int]
    numbers: dict[str, int]
    id_numbers: dict[str, int]


def hold(connection: Connection, company_id: int, page: Iterable[Incoming]) -> None:
    """Hold the clients that a page names against other writers until commit, in the order in which all are held."""
    ids = sorted({told.id for told in page if told.id is not None})
    held = select(clients.c.id).where(clients.c.company_id == company_id).order_by(clients.c.id).with_for_update()
    _rows(connection, held, clients.c.id, ids)


def look(connection: Connection, company_id: int, page: Sequence[Incoming]) -> Here:
    """Look up all that a page of clients names."""
    mine = clients.c.company_id == company_id
    numbers = _ids_by(connection, clients.c.number, _told(page, "number"), mine)
    for told in page:
        if told.id is None:
            told.id = numbers.get(told.values.get("number", ""))
    ids = sorted({told.id for told in page if told.id is not None})
    companies_of = _rows(connection, select(clients.c.id, clients.c.company_id), clients.c.id, ids)
    here = [each for each, company in companies_of if company == company_id]
    present = {each.record["id"]: each for each in records.get_all(connection, company_id, here)}
    team = connection.execute(select(users.c.id).where(users.c.company_id == company_id)).scalars()
    keys = {item["contact_key"] for told in page for item in told.contacts or () if item.get("contact_key")}
    return Here(
        frozenset(team),
        present,
        {each for each, company in companies_of if company != company_id},
        {kind: _owners(connection, table, page, kind) for kind, table in OWNED.items()},
        _ids_by(connection, contacts.c.contact_key, keys),
        numbers,
        _ids_by(connection, clients.c.id_number, _told(page, "id_number"), mine),
    )


def refusals(here: Here, company_id: int, told: Incoming) -> Iterator[Misfit]:
    """Why a client cannot be taken; nothing if it can."""
    if told.id is not None and not 0 < told.id <= MAX_ID:
        yield Misfit("id", told.id, "the id is out of range")
        return
    if told.id in here.elsewhere:
        yield Misfit("id", told.id, _SOMEBODY_ELSE.format("id"))
        return
    present = here.present.get(told.id or 0)
    if present is not None and not _is_the_same(present.record, told):
        yield Misfit("id", told.id, "another client of this company has this id")
        return
    number = told.values.get("number", "")
    if number and here.numbers.get(number, told.id) != told.id:
        yield Misfit("number", number, "another client has this number")
    for kind, owners in here.owners.items():
        yield from _refused_children(kind, owners, getattr(told, kind) or (), (company_id, told.id))
    for item in told.contacts or ():
        key = item.get("contact_key", "")
        if key and here.keys.get(key, item.get("id")) != item.get("id"):
            yield Misfit("contacts.contact_key", key, _SOMEBODY_ELSE.format("key"))


def _refused_children(
    kind: str, owners: dict[int, tuple[int, int | None]], items: Iterable[Record], owner: tuple[int, int | None]
) -> Iterator[Misfit]:
    seen = set()
    for item in items:
        each = item.get("id")
        if each is None:
            continue
        if not 0 < each <= MAX_ID:
            yield Misfit(f"{kind}.id", each, "the id is out of range")
        elif each in seen:
            yield Misfit(f"{kind}.id", each, "the id stands twice")
        elif owners.get(each, owner) != owner:
            yield Misfit(f"{kind}.id", each, _SOMEBODY_ELSE.format("id"))
        seen.add(each)


def _is_the_same(present: Record, told: Incoming) -> bool:
    """Whether a client of the same id is the one that is told of: what never changes of a client must agree."""
    made = told.values.get("created_at")
    if made is not None and not same_moment(present["created_at"], made, SECOND):
        return False
    return bool(told.values.get("client_hash", present["client_hash"]) == present["client_hash"])


def _told(page: Iterable[Incoming], column: str) -> set[str]:
    return {told.values[column] for told in page if told.values.get(column)}


def _ids_by(
    connection: Connection, column: Any, values: Iterable[str], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    statement = select(column, column.table.c.id).where(*conditions)
    return dict(_rows(connection, statement, column, sorted(values)))


def _owners(
    connection: Connection, table: Table, page: Sequence[Incoming], kind: str
) -> dict[int, tuple[int, int | None]]:
    ids = [item["id"] for told in page for item in getattr(told, kind) or () if item.get("id")]
    statement = select(table.c.id, table.c.company_id, table.c.client_id)
    return {each: (company, client) for each, company, client in _rows(connection, statement, table.c.id, ids)}


def _rows(connection: Connection, statement: Select[Any], column: Any, values: Sequence[Any]) -> list[Any]:
    """The rows whose column is one of these."""
    found = (connection.execute(statement.where(column.in_(portion))) for portion in in_portions(values))
    return [tuple(row) for rows in found for row in rows]
