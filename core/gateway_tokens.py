"""Payment gateway tokens: references to a client's means of payment, kept for the billing system that owns them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert
from sqlalchemy import update as change

from core import clients
from core.activities import Kind
from core.attributes import GATEWAY_TOKEN, columns_changed
from core.children import held, of_living_clients
from core.clock import later_than, now
from core.errors import NotFound, Problem, RecordDeleted, Rejected
from core.keys import Actor
from core.listing import Listing
from core.models import client_gateway_tokens as table
from core.moments import moved_on
from core.prepared import blank_value
from core.query import ANY, Found, Record, Search, State, Stored
from core.records import lock
from core.renderings import View

LISTING = Listing("gateway token", table, table)
_NOT_HIDDEN = replace(LISTING, visible=of_living_clients(table))
_BLANK: Record = {column.name: blank_value(column.type) for column in table.columns}


def get(
    connection: Connection, actor: Actor, token_id: int, _states: frozenset[State] = ANY, _view: View | None = None
) -> Stored:
    """One token, also of a soft-deleted client. Raises `NotFound`."""
    return LISTING.get(connection, actor.company_id, token_id)


def hold(connection: Connection, actor: Actor, token_id: int, _states: frozenset[State] = ANY) -> Stored:
    """The same, held with its client until commit. Raises `RecordDeleted` if that is soft-deleted."""
    _held(connection, actor, token_id)
    return get(connection, actor, token_id)


def page(connection: Connection, actor: Actor, asked: Search, _view: View | None = None) -> Found:
    """One page of the company's tokens, without those of soft-deleted clients."""
    return _NOT_HIDDEN.page(connection, actor.company_id, replace(asked, states=ANY))


def blank() -> Record:
    """A token that was never stored."""
    return dict(_BLANK)


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> int:
    """Store a token of the client that `client_id` names and return its id.

    Raises `Rejected` if that is no client, and `RecordDeleted` if it is soft-deleted.
    """
    client = _client(connection, actor, values["client_id"])
    at = now()
    row = {"company_id": actor.company_id, "created_at": at, "updated_at": at, **values}
    token_id = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    _settle(connection, actor, client, token_id, values)
    return token_id


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for whatever in these values `create` would refuse, however incomplete they are."""
    if "client_id" in values:
        _client(connection, actor, values["client_id"])


def update(
    connection: Connection, actor: Actor, token_id: int, values: Mapping[str, Any], _states: frozenset[State] = ANY
) -> None:
    """Change what `values` names and nothing else. Raises `NotFound`, and `RecordDeleted` as `create` does."""
    client, token = _held(connection, actor, token_id)
    changes = columns_changed(token, values, GATEWAY_TOKEN.__getitem__, table)
    if changes:
        moment = later_than(token["updated_at"])
        connection.execute(change(table).where(table.c.id == token_id).values(**changes, updated_at=moment))
        _settle(connection, actor, client, token_id, changes)


def remove(connection: Connection, actor: Actor, token_id: int) -> None:
    """Remove a token. Raises `NotFound`, and `RecordDeleted` as `create` does."""
    client, _ = _held(connection, actor, token_id)
    connection.execute(delete(table).where(table.c.id == token_id))
    clients.settle(connection, actor, client, Kind.GATEWAY_TOKENS)


def unset_default(connection: Connection, company_id: int, client_id: int, but: int = 0) -> None:
    """Make no token of a client that the caller holds its default one, but that of an id."""
    others = (table.c.company_id == company_id, table.c.client_id == client_id, table.c.id != but)
    connection.execute(
        change(table).where(*others, table.c.is_default).values(is_default=False, updated_at=moved_on(table))
    )


def _held(connection: Connection, actor: Actor, token_id: int) -> tuple[Record, Record]:
    ((client, (token,)),) = held(connection, actor.company_id, table, LISTING.noun, [token_id])
    return client, token


def _client(connection: Connection, actor: Actor, client_id: int | None) -> Record:
    try:
        client = lock(connection, actor.company_id, client_id or 0)
    except NotFound:
        raise Rejected(Problem("client_id", "exists")) from None
    if client["deleted_at"]:
        raise RecordDeleted
    return client


def _settle(connection: Connection, actor: Actor, client: Record, token_id: int, values: Mapping[str, Any]) -> None:
    if values.get("is_default"):
        unset_default(connection, actor.company_id, client["id"], but=token_id)
    clients.settle(connection, actor, client, Kind.GATEWAY_TOKENS)
