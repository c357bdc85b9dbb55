"""Documents by their own ids: reading them, and changing or removing them, which changes their clients."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import update as change

from core import clients, documents
from core.activities import Kind
from core.children import held, of_living_clients
from core.clock import later_than
from core.keys import Actor
from core.listing import Listing
from core.models import documents as table
from core.query import ANY, Filter, Found, Record, Search, State, Stored
from core.renderings import View

LISTING = Listing("document", table, table)
_NOT_HIDDEN = replace(LISTING, visible=of_living_clients(table))


def get(
    connection: Connection,
    actor: Actor,
    document_id: int,
    _states: frozenset[State] = ANY,
    _view: View | None = None,
) -> Stored:
    """One document, also of a soft-deleted client. Raises `NotFound`."""
    return LISTING.get(connection, actor.company_id, document_id)


def hold(connection: Connection, actor: Actor, document_id: int, _states: frozenset[State] = ANY) -> Stored:
    """The same, held with its client until commit. Raises `RecordDeleted` if that is soft-deleted."""
    _held(connection, actor, [document_id])
    return get(connection, actor, document_id)


def page(connection: Connection, actor: Actor, asked: Search, _view: View | None = None) -> Found:
    """One page of the company's documents, without those of soft-deleted clients."""
    return _NOT_HIDDEN.page(connection, actor.company_id, replace(asked, states=ANY))


def page_of(connection: Connection, actor: Actor, client_id: int, asked: Search) -> Found:
    """One page of a client's documents. Raises `NotFound` for the client."""
    clients.get(connection, actor, client_id)
    of_client = [Filter("client_id", "eq", client_id)]
    return LISTING.page(connection, actor.company_id, replace(asked, states=ANY, filters=asked.filters + of_client))


def update(
    connection: Connection,
    actor: Actor,
    document_id: int,
    values: Mapping[str, Any],
    _states: frozenset[State] = ANY,
) -> None:
    """Set a document's `name` or `is_public`. Raises `NotFound`, and `RecordDeleted` if its client is soft-deleted."""
    ((client, (document,)),) = _held(connection, actor, [document_id])
    changes = {name: value for name, value in _cleaned(values).items() if document[name] != value}
    if changes:
        moment = later_than(document["updated_at"])
        connection.execute(change(table).where(table.c.id == document_id).values(**changes, updated_at=moment))
        clients.settle(connection, actor, client, Kind.DOCUMENTS)


def remove(connection: Connection, actor: Actor, ids: Sequence[int]) -> None:
    """Remove documents, all or none; their bytes go with the next sweep. Raises `NotFound` and `RecordDeleted`."""
    for client, of_client in _held(connection, actor, ids):
        documents.discard(connection, of_client)
        clients.settle(connection, actor, client, Kind.DOCUMENTS)


def _held(connection: Connection, actor: Actor, ids: Sequence[int]) -> list[tuple[Record, list[Record]]]:
    return held(connection, actor.company_id, table, "document", ids)


def _cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "name": documents.clean_name(values["name"])} if "name" in values else dict(values)
