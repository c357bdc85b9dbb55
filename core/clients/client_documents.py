"""Documents by their own ids: reading, changing and removing them. A change of a document is a change of its client."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from core.access.keys import Actor
from core.clients import clients, writing
from core.clients.children import lock_rows, of_living_clients
from core.clients.document_classes import of_classes
from core.documents import documents
from core.events.activities import Kind
from core.listing import Listing
from core.models import documents as table
from core.models.records import DocumentRecord, StoredClient, with_values
from core.query import ANY, Filter, RecordOrId, ResultPage, Search, State, StoredRecord, id_of
from core.text.clock import later_than
from core.text.equality import differing
from core.view import View

LISTING: Listing[DocumentRecord] = Listing(
    "document", table, table, conditions={"classes": of_classes}, searched=table.c.searched
)
_NOT_HIDDEN = replace(LISTING, visible=of_living_clients(table))


def get(
    connection: Connection,
    actor: Actor,
    document_id: int,
    _states: frozenset[State] = ANY,
    _view: View | None = None,
) -> StoredRecord:
    """Return one document, also of a soft-deleted client. Raises `NotFound`."""
    return LISTING.get(connection, actor.company_id, document_id)


def lock(connection: Connection, actor: Actor, document_id: int, _states: frozenset[State] = ANY) -> StoredRecord:
    """Lock a document and its client until commit. Raises `RecordDeleted` if the client is soft-deleted."""
    _lock(connection, actor, [document_id])
    return get(connection, actor, document_id)


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's documents, without those of soft-deleted clients."""
    return _NOT_HIDDEN.page(connection, actor.company_id, replace(search, states=ANY))


def page_of(connection: Connection, actor: Actor, client_id: int, search: Search) -> ResultPage:
    """Return one page of a client's documents. Raises `NotFound` for the client."""
    clients.get(connection, actor, client_id)
    of_client = [Filter("client_id", "eq", client_id)]
    return LISTING.page(connection, actor.company_id, replace(search, states=ANY, filters=search.filters + of_client))


def update(
    connection: Connection,
    actor: Actor,
    document: RecordOrId,
    values: Mapping[str, Any],
    _states: frozenset[State] = ANY,
) -> StoredRecord:
    """Set the `name` or `is_public` of a document.

    Raises `NotFound`, and `RecordDeleted` if its client is soft-deleted.
    """
    document_id = id_of(document)
    ((client, _),) = _lock(connection, actor, [document_id])
    cleaned = _cleaned(values)
    of_client = [_changed(each, cleaned) if each["id"] == document_id else each for each in client.record["documents"]]
    _store(connection, actor, client, of_client)
    return get(connection, actor, document_id)


def remove(connection: Connection, actor: Actor, ids: Sequence[int]) -> None:
    """Remove all of these documents or none.

    The next sweep deletes their bytes. Raises `NotFound` and `RecordDeleted`.
    """
    for client, _ in _lock(connection, actor, ids):
        _store(connection, actor, client, [each for each in client.record["documents"] if each["id"] not in ids])


def _store(connection: Connection, actor: Actor, client: StoredClient, of_client: list[DocumentRecord]) -> None:
    writing.write(connection, actor, Kind.DOCUMENTS, client, client.record | {"documents": of_client})


def _changed(document: DocumentRecord, values: Mapping[str, Any]) -> DocumentRecord:
    changes = differing(document, values)
    return with_values(document, changes | {"updated_at": later_than(document["updated_at"])}) if changes else document


def _lock(connection: Connection, actor: Actor, ids: Sequence[int]) -> list[tuple[StoredClient, list[DocumentRecord]]]:
    return lock_rows(connection, actor.company_id, table, "document", ids)


def _cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "name": documents.clean_name(values["name"])} if "name" in values else dict(values)
