"""Contacts as records of their own: those of clients, and contact-type users whom no client has yet.

Whatever changes a client's contact is a change of that client and ends where all of them do (`core.clients.settle`).
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, and_, func, not_

from core import clients, companies, contacts, outbox, records
from core.activities import Kind
from core.errors import IsAccountOwner, NotFound, OfNoClient, Problem, Rejected, gathered
from core.keys import Actor
from core.listing import Listing
from core.models import clients as clients_table
from core.models import contacts as table
from core.query import LIVE, Found, Record, Search, State, Stored
from core.renderings import View

_OF_CLIENT = and_(clients_table.c.company_id == table.c.company_id, clients_table.c.id == table.c.client_id)
_LISTING = Listing(
    "contact",
    table,
    table.outerjoin(clients_table, _OF_CLIENT),
    values={
        "client_name": func.coalesce(clients_table.c.display_name, ""),
        "client_at": func.coalesce(clients_table.c.updated_at, 0),
    },
    moments=("updated_at", "client_at"),
    sorts={"email": table.c.email_key},
    searched=table.c.searched,
    visible=not_(table.c.client_deleted),
)


def get(
    connection: Connection, actor: Actor, contact_id: int, states: frozenset[State] = LIVE, _view: View | None = None
) -> Stored:
    """One contact with its client's name. Raises `NotFound`, also for a contact of a deleted client."""
    return _LISTING.get(connection, actor.company_id, contact_id, states)


def hold(connection: Connection, actor: Actor, contact_id: int, states: frozenset[State] = LIVE) -> Stored:
    """The same, held with its client against other writers until commit."""
    return _held(connection, actor, contact_id, states)[0]


def page(connection: Connection, actor: Actor, asked: Search, _view: View | None = None) -> Found:
    """One page of the company's contacts."""
    return _LISTING.page(connection, actor.company_id, asked)


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> int:
    """Give a client one more contact and return its id; a contact-type user with that email becomes it.

    Beside columns, `values` hold `client_id` and may hold `welcome` (whether the contact gets a welcome mail). Raises
    `Rejected`.
    """
    parts = dict(values)
    client_id, welcome = parts.pop("client_id"), parts.pop("welcome", False)
    with gathered() as problems:
        with problems:
            client = _client(connection, actor, client_id)
        companies.lock(connection, actor.company_id)
        with problems:
            contacts.check_email_is_free(connection, actor.company_id, parts["email"])
    parts["social"] = _named(parts.get("social", {}))
    contact_id = contacts.unattached(connection, actor.company_id, parts["email"])
    if contact_id is None:
        contact_id = contacts.add(connection, actor.company_id, client_id, parts)
    else:
        contacts.promote(connection, contact_id, client_id, parts)
    clients.settle(connection, actor, client, Kind.CONTACTS)
    if welcome:
        outbox.queue_welcome(connection, actor.company_id, client, parts)
    return contact_id


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for whatever in these values `create` would refuse, however incomplete they are."""
    with gathered() as problems:
        with problems:
            if values.get("email"):
                contacts.check_email_is_free(connection, actor.company_id, values["email"])
        with problems:
            if "client_id" in values:
                _client(connection, actor, values["client_id"])


def update(
    connection: Connection, actor: Actor, contact_id: int, values: Mapping[str, Any], states: frozenset[State] = LIVE
) -> None:
    """Change what `values` names and nothing else. Raises `NotFound` and `Rejected`."""
    stored, client = _held(connection, actor, contact_id, states)
    contact, changes = stored.record, dict(values)
    email = str(changes.get("email", contact["email"]))
    if contacts.email_key(email) != contact["email_key"]:
        contacts.check_email_is_free(connection, actor.company_id, email)
    if "social" in changes:
        changes["social"] = _named({**contact["social"], **changes["social"]})
    contacts.change(connection, contact, changes)
    _settle(connection, actor, client)


def make_owner(connection: Connection, actor: Actor, contact_id: int) -> None:
    """Make a contact its client's account owner. Raises `NotFound`, and `OfNoClient` if it has none."""
    _, client = _held(connection, actor, contact_id)
    if client is None:
        raise OfNoClient
    clients.set_owner(connection, actor, client["id"], contact_id)


def remove(connection: Connection, actor: Actor, contact_id: int) -> None:
    """Delete a contact: it loses email and password and is found no more. Raises `NotFound` and `IsAccountOwner`."""
    stored, client = _held(connection, actor, contact_id)
    if client is not None and stored.record["is_primary"]:
        raise IsAccountOwner
    contacts.remove(connection, stored.record)
    _settle(connection, actor, client)


def _held(
    connection: Connection, actor: Actor, contact_id: int, states: frozenset[State] = LIVE
) -> tuple[Stored, Record | None]:
    """A contact and its client, held in the order in which everybody holds them: the client, the company, the rest."""
    stored = _LISTING.get(connection, actor.company_id, contact_id, states)
    while True:
        client, client_id = None, stored.record["client_id"]
        with suppress(NotFound):  # erased this moment, and its contacts with it
            client = records.lock(connection, actor.company_id, client_id) if client_id else None
        companies.lock(connection, actor.company_id)
        stored = _LISTING.hold(connection, actor.company_id, contact_id, states)
        if stored.record["client_id"] == client_id:  # else it has moved meanwhile: promoted, or merged
            return stored, client


def _settle(connection: Connection, actor: Actor, client: Record | None) -> None:
    if client is not None:
        clients.settle(connection, actor, client, Kind.CONTACTS)


def _named(social: Mapping[str, str]) -> dict[str, str]:
    return {network: name for network, name in social.items() if name}


def _client(connection: Connection, actor: Actor, client_id: int) -> Record:
    try:
        return records.lock(connection, actor.company_id, client_id, LIVE)
    except NotFound:
        raise Rejected(Problem("client_id", "exists")) from None
