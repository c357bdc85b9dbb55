"""Conflicts of a page of clients: ids, keys and numbers that are taken already."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, select

from core.clients import records
from core.clients.child_rows import KINDS
from core.database.chunks import chunked
from core.importing.columns import same_timestamp
from core.importing.incoming import MAX_ID, FieldError, Incoming
from core.models import clients, contacts, notes, users
from core.models.records import ClientRecord, StoredClient
from core.query import Record
from core.text.clock import SECOND
from core.text.folding import folded
from core.text.names import UNNAMED, shown_name

OWNED = {**KINDS, "notes": notes}
"""By kind, the tables of the children that an import refers to by id."""
_TAKEN = "another record has this {}"
_TAKEN_REMEDY = (
    "It belongs to another company of this register, or to another client: import into a register of its own."
)
_ANOTHER_CLIENT = "another client of this company has this id"
_ANOTHER_CLIENT_REMEDY = (
    "It was created here at another time, or has another name and hash: import into a company of its own."
)
_NUMBER_REMEDY = "Give one of the two another number, here or at the source, and run the import again."


@dataclass
class ExistingRecords:
    """The existing records that a page refers to.

    `team` are the ids of the company's users, `present` the company's clients by id, `elsewhere` ids of other
    companies' clients. `owners` are company and client of children, by kind and id. `keys` are the ids of contacts by
    their key; `numbers` and `id_numbers` are the ids of clients by these values.
    """

    team: frozenset[int]
    present: dict[int, StoredClient]
    elsewhere: set[int]
    owners: dict[str, dict[int, tuple[int, int | None]]]
    keys: dict[str, int]
    numbers: dict[str, int]
    id_numbers: dict[str, int]


def lock(connection: Connection, company_id: int, page: Iterable[Incoming]) -> None:
    """Lock the clients of a page until commit, in the usual order of locks."""
    ids = sorted({incoming.id for incoming in page if incoming.id is not None})
    locked = select(clients.c.id).where(clients.c.company_id == company_id).order_by(clients.c.id).with_for_update()
    _rows(connection, locked, clients.c.id, ids)


def read_existing(connection: Connection, company_id: int, page: Sequence[Incoming]) -> ExistingRecords:
    """Return the existing records that a page of clients refers to."""
    mine = clients.c.company_id == company_id
    numbers = _ids_by(connection, clients.c.number, _values_of(page, "number"), mine)
    for incoming in page:
        if incoming.id is None and incoming.key is None:
            incoming.id = numbers.get(incoming.values.get("number", ""))
    ids = sorted({incoming.id for incoming in page if incoming.id is not None})
    companies_of = _rows(connection, select(clients.c.id, clients.c.company_id), clients.c.id, ids)
    existing = [each for each, company in companies_of if company == company_id]
    present = {each.record["id"]: each for each in records.get_all(connection, company_id, existing)}
    team = connection.execute(select(users.c.id).where(users.c.company_id == company_id)).scalars()
    keys = {item["contact_key"] for incoming in page for item in incoming.contacts or () if item.get("contact_key")}
    return ExistingRecords(
        frozenset(team),
        present,
        {each for each, company in companies_of if company != company_id},
        {kind: _owners(connection, table, page, kind) for kind, table in OWNED.items()},
        _ids_by(connection, contacts.c.contact_key, keys),
        numbers,
        _ids_by(connection, clients.c.id_number, _values_of(page, "id_number"), mine),
    )


def refusals(existing: ExistingRecords, company_id: int, incoming: Incoming) -> Iterator[FieldError]:
    """Return why a client cannot be imported; empty if it can."""
    if incoming.key is not None and incoming.namesakes:
        listed = ", ".join(map(str, incoming.namesakes))
        yield FieldError(
            *incoming.key, f"several clients have it, with the ids {listed}; identify the client by an id or a number"
        )
        return
    if incoming.id is not None and not 0 < incoming.id <= MAX_ID:
        yield FieldError("id", incoming.id, "the id is out of range")
        return
    if incoming.id in existing.elsewhere:
        yield FieldError("id", incoming.id, _TAKEN.format("id"), _TAKEN_REMEDY)
        return
    present = existing.present.get(incoming.id or 0)
    if present is not None and not _is_the_same(present.record, incoming):
        yield FieldError("id", incoming.id, _ANOTHER_CLIENT, _ANOTHER_CLIENT_REMEDY)
        return
    number = incoming.values.get("number", "")
    if number and existing.numbers.get(number, incoming.id) != incoming.id:
        yield FieldError("number", number, "another client has this number", _NUMBER_REMEDY)
    for kind, owners in existing.owners.items():
        yield from _refused_children(kind, owners, getattr(incoming, kind) or (), (company_id, incoming.id))
    for item in incoming.contacts or ():
        key = item.get("contact_key", "")
        if key and existing.keys.get(key, item.get("id")) != item.get("id"):
            yield FieldError("contacts.contact_key", key, _TAKEN.format("key"), _TAKEN_REMEDY)


def _refused_children(
    kind: str, owners: dict[int, tuple[int, int | None]], items: Iterable[Record], owner: tuple[int, int | None]
) -> Iterator[FieldError]:
    seen = set()
    for item in items:
        each = item.get("id")
        if each is None:
            continue
        if not 0 < each <= MAX_ID:
            yield FieldError(f"{kind}.id", each, "the id is out of range")
        elif each in seen:
            yield FieldError(f"{kind}.id", each, "the id is used twice")
        elif owners.get(each, owner) != owner:
            yield FieldError(f"{kind}.id", each, _TAKEN.format("id"), _TAKEN_REMEDY)
        seen.add(each)


def _is_the_same(present: ClientRecord, incoming: Incoming) -> bool:
    """Return whether a client with the same id is the imported one: values that never change must be equal.

    A hash that no source has set was generated here, so it proves nothing; then a name or an email must be equal.
    """
    made = incoming.values.get("created_at")
    if made is not None and not same_timestamp(present["created_at"], made, SECOND):
        return False
    if incoming.values.get("client_hash", present["client_hash"]) == present["client_hash"]:
        return True
    return not present["hash_told"] and not _names(present, present["contacts"]).isdisjoint(
        _names(incoming.values, incoming.contacts or ())
    )


def _names(client: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names and emails of a client and its contacts, normalised for comparison."""
    found = [client.get("name"), client.get("display_name")]
    for person in people:
        found += [person.get("email"), person.get("full_name"), shown_name({**UNNAMED, **person})]
    return {folded(each) for each in found if each}


def _values_of(page: Iterable[Incoming], column: str) -> set[str]:
    return {incoming.values[column] for incoming in page if incoming.values.get(column)}


def _ids_by(
    connection: Connection, column: Any, values: Iterable[str], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    statement = select(column, column.table.c.id).where(*conditions)
    return dict(_rows(connection, statement, column, sorted(values)))


def _owners(
    connection: Connection, table: Table, page: Sequence[Incoming], kind: str
) -> dict[int, tuple[int, int | None]]:
    ids = [item["id"] for incoming in page for item in getattr(incoming, kind) or () if item.get("id")]
    statement = select(table.c.id, table.c.company_id, table.c.client_id)
    return {each: (company, client) for each, company, client in _rows(connection, statement, table.c.id, ids)}


def _rows(connection: Connection, statement: Select[Any], column: Any, values: Sequence[Any]) -> list[Any]:
    """Return the rows whose column is one of these."""
    found = (connection.execute(statement.where(column.in_(portion))) for portion in chunked(values))
    return [tuple(row) for rows in found for row in rows]
