"""Payment gateway tokens: references to a client's means of payment, kept for the billing system that owns them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import Connection

from core.access.keys import Actor
from core.clients import records, writing
from core.clients.attributes import GATEWAY_TOKEN, columns_changed
from core.clients.children import lock_rows, of_living_clients
from core.database.prepared import blank_value
from core.errors import NotFound, Problem, RecordDeleted, Rejected
from core.events.activities import Kind
from core.listing import Listing
from core.models import client_gateway_tokens as table
from core.models.records import ClientRecord, GatewayTokenRecord, StoredClient, with_values
from core.query import ANY, RecordOrId, ResultPage, Search, State, StoredRecord, id_of
from core.text.clock import later_than
from core.text.equality import differing
from core.view import View

LISTING: Listing[GatewayTokenRecord] = Listing("gateway token", table, table)
_NOT_HIDDEN = replace(LISTING, visible=of_living_clients(table))
_BLANK = {column.name: blank_value(column.type) for column in table.columns}


def get(
    connection: Connection, actor: Actor, token_id: int, _states: frozenset[State] = ANY, _view: View | None = None
) -> StoredRecord:
    """Return one token, also of a soft-deleted client. Raises `NotFound`."""
    return LISTING.get(connection, actor.company_id, token_id)


def lock(connection: Connection, actor: Actor, token_id: int, _states: frozenset[State] = ANY) -> StoredRecord:
    """Lock a token and its client until commit. Raises `RecordDeleted` if the client is soft-deleted."""
    _lock(connection, actor, token_id)
    return get(connection, actor, token_id)


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's tokens, without those of soft-deleted clients."""
    return _NOT_HIDDEN.page(connection, actor.company_id, replace(search, states=ANY))


def blank() -> GatewayTokenRecord:
    """Return a blank token, not stored."""
    return cast(GatewayTokenRecord, dict(_BLANK))


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> StoredRecord:
    """Create a token of the client that `client_id` names.

    Raises `Rejected` if there is no such client, and `RecordDeleted` if it is soft-deleted.
    """
    given = dict(values)
    before = _client(connection, actor, given.pop("client_id"))
    after = _store(connection, actor, before, [*_other_tokens(before, given), with_values(GatewayTokenRecord(), given)])
    known = {token["id"] for token in before.record["gateway_tokens"]}
    new_id = next(token["id"] for token in after.record["gateway_tokens"] if token["id"] not in known)
    return get(connection, actor, new_id)


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for every value that `create` would refuse, even if required values are missing."""
    if "client_id" in values:
        _client(connection, actor, values["client_id"])


def update(
    connection: Connection, actor: Actor, token: RecordOrId, values: Mapping[str, Any], _states: frozenset[State] = ANY
) -> StoredRecord:
    """Change the given values only. Raises `NotFound` and, as `create` does, `RecordDeleted`."""
    token_id = id_of(token)
    before, locked = _lock(connection, actor, token_id)
    changes = columns_changed(locked, values, GATEWAY_TOKEN.__getitem__, table)
    after = changed(_token_of(before, token_id), changes)
    tokens = [*_other_tokens(before, changes, token_id), after]
    _store(connection, actor, before, tokens)
    return get(connection, actor, token_id)


def remove(connection: Connection, actor: Actor, token_id: int) -> None:
    """Remove a token. Raises `NotFound` and, as `create` does, `RecordDeleted`."""
    before, _ = _lock(connection, actor, token_id)
    _store(connection, actor, before, [each for each in before.record["gateway_tokens"] if each["id"] != token_id])


def changed(token: GatewayTokenRecord, changes: Mapping[str, Any]) -> GatewayTokenRecord:
    """Return a token with other values; `updated_at` changes only if one of them differs."""
    others = differing(token, changes)
    return with_values(token, others | {"updated_at": later_than(token["updated_at"])}) if others else token


def _store(
    connection: Connection, actor: Actor, before: StoredClient, tokens: list[GatewayTokenRecord]
) -> StoredClient:
    after: ClientRecord = before.record | {"gateway_tokens": tokens}
    return writing.write(connection, actor, Kind.GATEWAY_TOKENS, before, after)


def _other_tokens(client: StoredClient, values: Mapping[str, Any], token_id: int = 0) -> list[GatewayTokenRecord]:
    """Return a client's other tokens, none of them the default if this one becomes the default."""
    others = [token for token in client.record["gateway_tokens"] if token["id"] != token_id]
    return [changed(token, {"is_default": False}) for token in others] if values.get("is_default") else others


def _token_of(client: StoredClient, token_id: int) -> GatewayTokenRecord:
    return next(token for token in client.record["gateway_tokens"] if token["id"] == token_id)


def _lock(connection: Connection, actor: Actor, token_id: int) -> tuple[StoredClient, GatewayTokenRecord]:
    ((client, (token,)),) = lock_rows(connection, actor.company_id, table, LISTING.noun, [token_id])
    return client, token


def _client(connection: Connection, actor: Actor, client_id: int | None) -> StoredClient:
    try:
        client = records.lock(connection, actor.company_id, client_id or 0)
    except NotFound:
        raise Rejected(Problem("client_id", "exists")) from None
    if client.record["deleted_at"]:
        raise RecordDeleted
    return client
