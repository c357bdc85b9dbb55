"""Contacts by their own ids: those of clients, and contact-type users, who belong to no client yet.

A change of a client's contact is a change of that client and is written as all of them are (`core.clients.writing`).
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, and_, func, not_

from core.access import companies, emails
from core.access.emails import check_email_is_free
from core.access.keys import Actor
from core.clients import clients, contacts, records, writing
from core.errors import IsAccountOwner, NotFound, Problem, Rejected, UnattachedContact, gathered
from core.events import outbox
from core.events.activities import Kind
from core.listing import Listing
from core.models import clients as clients_table
from core.models import contacts as table
from core.models.records import ContactRecord, StoredClient, StoredContact
from core.query import LIVE, RecordOrId, ResultPage, Search, State, id_of
from core.text.folding import email_key
from core.view import View

_OF_CLIENT = and_(clients_table.c.company_id == table.c.company_id, clients_table.c.id == table.c.client_id)
_LISTING: Listing[ContactRecord] = Listing(
    "contact",
    table,
    table.outerjoin(clients_table, _OF_CLIENT),
    values={
        "client_name": func.coalesce(clients_table.c.display_name, ""),
        "client_at": func.coalesce(clients_table.c.updated_at + clients_table.c.version_ahead, 0),
    },
    timestamps=("updated_at", "client_at"),
    sorts={"email": table.c.email_key},
    searched=table.c.searched,
    visible=not_(table.c.client_deleted),
)


def get(
    connection: Connection, actor: Actor, contact_id: int, states: frozenset[State] = LIVE, _view: View | None = None
) -> StoredContact:
    """Return one contact with its client's name. Raises `NotFound`, also for a contact of a deleted client."""
    return _LISTING.get(connection, actor.company_id, contact_id, states)


def lock(connection: Connection, actor: Actor, contact_id: int, states: frozenset[State] = LIVE) -> StoredContact:
    """Lock a contact and its client until commit, and return the contact. Raises `NotFound`."""
    return _lock(connection, actor, contact_id, states)[0]


def page(connection: Connection, actor: Actor, search: Search, _view: View | None = None) -> ResultPage:
    """Return one page of the company's contacts."""
    return _LISTING.page(connection, actor.company_id, search)


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> StoredContact:
    """Add a contact to a client. A contact-type user with that email becomes the contact.

    In addition to columns, `values` contain `client_id` and may contain `welcome` (whether to send a welcome mail).
    Raises `Rejected`.
    """
    parts = dict(values)
    client_id, welcome = parts.pop("client_id"), parts.pop("welcome", False)
    with gathered() as problems:
        with problems:
            client = _client(connection, actor, client_id)
        companies.lock(connection, actor.company_id)
        with problems:
            check_email_is_free(connection, actor.company_id, parts["email"])
    parts["social"] = _without_empty(parts.get("social", {}))
    contact_id = _add(connection, actor, client, parts)
    if welcome:
        outbox.queue_welcome(connection, actor.company_id, client.record, parts)
    return get(connection, actor, contact_id)


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for every value that `create` would refuse, even if required values are missing."""
    with gathered() as problems:
        with problems:
            if values.get("email"):
                check_email_is_free(connection, actor.company_id, values["email"])
        with problems:
            if "client_id" in values:
                _client(connection, actor, values["client_id"])


def update(
    connection: Connection,
    actor: Actor,
    contact: RecordOrId,
    values: Mapping[str, Any],
    states: frozenset[State] = LIVE,
) -> StoredContact:
    """Change the given values only. Raises `NotFound` and `Rejected`."""
    locked, client = _lock(connection, actor, id_of(contact), states)
    known, changes = locked.record, dict(values)
    email = str(changes.get("email", known["email"]))
    if email_key(email) != known["email_key"]:
        check_email_is_free(connection, actor.company_id, email)
    if "social" in changes:
        changes["social"] = _without_empty({**known["social"], **changes["social"]})
    _store(connection, actor, client, known, contacts.changed(known, changes))
    return get(connection, actor, known["id"], states)


def make_owner(connection: Connection, actor: Actor, contact_id: int) -> None:
    """Make a contact its client's account owner. Raises `NotFound`, and `UnattachedContact` if it has no client."""
    _, client = _lock(connection, actor, contact_id)
    if client is None:
        raise UnattachedContact
    clients.set_owner(connection, actor, client, contact_id)


def remove(connection: Connection, actor: Actor, contact_id: int) -> None:
    """Remove a contact, with the same effect as an array of contacts without it.

    Raises `NotFound` and `IsAccountOwner`.
    """
    stored, client = _lock(connection, actor, contact_id)
    if client is None:
        contacts.remove(connection, stored.record)
    elif stored.record["is_primary"]:
        raise IsAccountOwner
    else:
        _write(connection, actor, client, [each for each in client.record["contacts"] if each["id"] != contact_id])


def _lock(
    connection: Connection, actor: Actor, contact_id: int, states: frozenset[State] = LIVE
) -> tuple[StoredContact, StoredClient | None]:
    """Lock a contact and its client in the order of every writer: the client, the company, then the rest."""
    stored = _LISTING.get(connection, actor.company_id, contact_id, states)
    while True:
        client, client_id = None, stored.record["client_id"]
        with suppress(NotFound):  # the client was purged meanwhile with its contacts
            client = records.lock(connection, actor.company_id, client_id) if client_id else None
        companies.lock(connection, actor.company_id)
        stored = _LISTING.lock(connection, actor.company_id, contact_id, states)
        if stored.record["client_id"] == client_id:
            return stored, client
        # It has moved to another client meanwhile (promoted or merged).


def _add(connection: Connection, actor: Actor, client: StoredClient, values: Mapping[str, Any]) -> int:
    """Store one more contact of a client and return its id."""
    present = client.record["contacts"]
    user = emails.find_contact_user(connection, actor.company_id, values["email"])
    new = contacts.promoted(user, values) if user else contacts.new(values)
    taken = {"contacts": [user]} if user else {}
    after = client.record | {"contacts": [*present, new]}
    written = writing.write(connection, actor, Kind.CONTACTS, client, after, taken=taken)
    known = {contact["id"] for contact in present}
    return next(int(contact["id"]) for contact in written.record["contacts"] if contact["id"] not in known)


def _store(
    connection: Connection, actor: Actor, client: StoredClient | None, known: ContactRecord, contact: ContactRecord
) -> None:
    if client is None:
        contacts.store(connection, known, contact)
        return
    present = [contact if each["id"] == contact["id"] else each for each in client.record["contacts"]]
    _write(connection, actor, client, present)


def _write(connection: Connection, actor: Actor, client: StoredClient, present: list[ContactRecord]) -> None:
    writing.write(connection, actor, Kind.CONTACTS, client, client.record | {"contacts": present})


def _without_empty(social: Mapping[str, str]) -> dict[str, str]:
    return {network: name for network, name in social.items() if name}


def _client(connection: Connection, actor: Actor, client_id: int) -> StoredClient:
    try:
        return records.lock(connection, actor.company_id, client_id, LIVE)
    except NotFound:
        raise Rejected(Problem("client_id", "exists")) from None
