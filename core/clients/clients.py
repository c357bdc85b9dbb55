"""The operations on a client. Each runs inside the caller's transaction, and succeeds as a whole or changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core.access import companies, emails, keys
from core.access.keys import Actor
from core.clients import categories, contacts, numbers, record_pages, records, writing
from core.clients.child_rows import Children
from core.clients.client_values import CATEGORY_ATTRIBUTES, check_owner, checked_changes
from core.clients.record_statements import blank
from core.database.deferred import BoundStatement, prefetching
from core.documents import documents
from core.documents.documents import StoredFile
from core.errors import RecordDeleted, gathered
from core.events import change_log, outbox
from core.events.activities import Kind
from core.models.records import ClientRecord, ContactRecord, StoredClient, with_values
from core.query import ANY, LIVE, RecordOrId, ResultPage, Search, State
from core.text.clock import now
from core.text.names import full_name
from core.text.numbering import NumberSequence
from core.view import View

_NOT_ATTRIBUTES = frozenset({"contacts", "tags", "owner", "welcome"})


def get(
    connection: Connection,
    actor: Actor,
    client_id: int,
    states: frozenset[State] = ANY,
    view: View | None = None,
) -> StoredClient:
    """Return one client with its contacts, documents, gateway tokens and tags, for a view. Raises `NotFound`."""
    return records.stored(connection, actor.company_id, client_id, states, view)


def lock(connection: Connection, actor: Actor, client_id: int, states: frozenset[State] = ANY) -> StoredClient:
    """Lock one client until commit and return it. Raises `NotFound`."""
    return records.lock(connection, actor.company_id, client_id, states)


def get_all(connection: Connection, actor: Actor, ids: Sequence[int], view: View | None = None) -> list[StoredClient]:
    """Return these clients in the order of the ids, for a view. Raises `NotFound` if one of them does not exist."""
    return records.get_all(connection, actor.company_id, list(ids), view)


def present(
    connection: Connection, actor: Actor, ids: Sequence[int], states: frozenset[State], view: View | None = None
) -> dict[int, StoredClient]:
    """Return those of these clients that are in one of these states, by id, for a view."""
    return records.present(connection, actor.company_id, ids, states, view)


def survivor_of(connection: Connection, actor: Actor, client_id: int, states: frozenset[State]) -> int:
    """Return the id of the client, in one of these states, into which a client was merged; 0 if there is none."""
    survivor_id = change_log.survivor_of(connection, actor.company_id, client_id)
    return survivor_id if survivor_id and records.present(connection, actor.company_id, [survivor_id], states) else 0


def lock_all(connection: Connection, actor: Actor, ids: Sequence[int]) -> Iterator[StoredClient]:
    """Lock many clients until commit. Their ids must be ascending. Raises `NotFound`."""
    return records.lock_all(connection, actor.company_id, ids)


def page(connection: Connection, actor: Actor, search: Search, view: View | None = None) -> ResultPage[ClientRecord]:
    """Return one page of the company's clients, for a view."""
    return record_pages.page(connection, actor.company_id, search, view)


def unsaved(connection: Connection, actor: Actor) -> ClientRecord:
    """Return a blank client as `create` would make it, as far as that is known without storing one."""
    currency = companies.currency_of(connection, actor.company_id)
    known: ClientRecord = {"user_id": actor.user_id, "company_currency_id": currency, "contacts": [contacts.blank()]}
    return blank() | known


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> StoredClient:
    """Create a client.

    In addition to attributes, `values` may contain `contacts` (a list), `tags`, `owner` (the account owner:
    `first_name`, `last_name` and an `email` that no client or team user has; a contact-type user with that email is
    promoted) and `welcome` (whether to send the owner a welcome mail). Raises `Rejected`.
    """
    parts = dict(values)
    owner, welcome = parts.pop("owner", None), parts.pop("welcome", False)
    sequence = companies.lock(connection, actor.company_id)
    with prefetching(connection, _create_queries(actor, parts, owner, sequence)):
        made = _made(connection, actor, parts, owner, sequence)
    if welcome:
        outbox.queue_welcome(connection, actor.company_id, made.record, made.record["contacts"][0])
    return made


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for every value that `create` would refuse, even if required values are missing."""
    parts = {name: value for name, value in values.items() if name not in _NOT_ATTRIBUTES}
    with gathered() as problems:
        with problems:
            check_owner(connection, actor, values.get("owner", {}))
        with problems:
            checked_changes(connection, actor, blank(), parts)


def update(
    connection: Connection,
    actor: Actor,
    client: RecordOrId,
    values: Mapping[str, Any],
    states: frozenset[State] = ANY,
) -> StoredClient:
    """Change the given values only. `contacts` and `tags`, if given, replace all that the client has.

    Raises `NotFound`, `RecordDeleted` for a soft-deleted client, and `Rejected`.
    """
    before = _lock_living(connection, actor, client, states)
    parts = dict(values)
    people, tags = parts.pop("contacts", None), parts.pop("tags", None)
    after = before.record.copy()
    if tags is not None:
        after["tags"] = list(tags)
    with gathered() as problems:
        with problems:
            if people is not None:
                after["contacts"] = contacts.replaced(people, after["contacts"])
        with problems:
            changes = checked_changes(connection, actor, before.record, parts)
    return writing.write(connection, actor, Kind.UPDATED, before, with_values(after, changes))


def set_tags(
    connection: Connection, actor: Actor, client: RecordOrId, titles: Iterable[str], states: frozenset[State] = LIVE
) -> StoredClient:
    """Replace the client's tags by these, in this order, without duplicates. Raises `NotFound`."""
    before = records.lock(connection, actor.company_id, client, states)
    return writing.write(connection, actor, Kind.TAGS, before, before.record | {"tags": list(titles)})


def set_owner(
    connection: Connection, actor: Actor, client: RecordOrId, contact_id: int, states: frozenset[State] = LIVE
) -> StoredClient:
    """Make one of the client's contacts its account owner. Raises `NotFound`, and `Rejected` for any other contact."""
    before = records.lock(connection, actor.company_id, client, states)
    people = contacts.with_primary(before.record["contacts"], contact_id)
    after: ClientRecord = before.record | {"contacts": people}
    return writing.write(connection, actor, Kind.OWNER, before, after)


def archive(connection: Connection, actor: Actor, client: RecordOrId, states: frozenset[State] = ANY) -> StoredClient:
    """Archive a client (in /api: suspend it). The time of the first archiving stays; a deleted client stays deleted."""
    before = records.lock(connection, actor.company_id, client, states)
    archived_at = before.record["archived_at"] or now()
    return writing.write(connection, actor, Kind.ARCHIVED, before, before.record | {"archived_at": archived_at})


def restore(connection: Connection, actor: Actor, client: RecordOrId, states: frozenset[State] = ANY) -> StoredClient:
    """Make an archived (suspended) or soft-deleted client active again. Raises `NotFound`."""
    before = records.lock(connection, actor.company_id, client, states)
    active: ClientRecord = {"archived_at": 0, "deleted_at": 0}
    return writing.write(connection, actor, Kind.RESTORED, before, before.record | active)


def soft_delete(
    connection: Connection, actor: Actor, client: RecordOrId, states: frozenset[State] = ANY
) -> StoredClient:
    """Hide the client from every list and from /api until it is restored. Raises `NotFound`."""
    before = records.lock(connection, actor.company_id, client, states)
    deleted_at = before.record["deleted_at"] or now()
    return writing.write(connection, actor, Kind.DELETED, before, before.record | {"deleted_at": deleted_at})


def attach_documents(
    connection: Connection, actor: Actor, client: RecordOrId, files: Sequence[StoredFile], is_public: bool = False
) -> StoredClient:
    """Attach documents to a client, whose bytes are stored already. Contacts see them if `is_public`.

    Raises `NotFound` and `RecordDeleted`.
    """
    before = _lock_living(connection, actor, client)
    new = [documents.new(actor.user_id, file, is_public) for file in files]
    after = before.record | {"documents": before.record["documents"] + new}
    return writing.write(connection, actor, Kind.DOCUMENTS, before, after)


def purge(connection: Connection, actor: Actor, client: RecordOrId, states: frozenset[State] = ANY) -> None:
    """Remove the client and all that belongs to it permanently. The next sweep deletes the bytes of its documents."""
    before = records.lock(connection, actor.company_id, client, states)
    writing.write(connection, actor, Kind.PURGED, before, None)


def set_balance(connection: Connection, company_id: int, client_id: int, **amounts: int) -> None:
    """Set `balance`, `paid_to_date` or `credit_balance` (millionths), as a billing system reports it.

    Raises `NotFound`.
    """
    before = records.lock(connection, company_id, client_id)
    writing.write(connection, keys.operator(company_id), Kind.BALANCE, before, with_values(before.record, amounts))


def _lock_living(
    connection: Connection, actor: Actor, client: RecordOrId, states: frozenset[State] = ANY
) -> StoredClient:
    locked = records.lock(connection, actor.company_id, client, states)
    if locked.record["deleted_at"]:
        raise RecordDeleted
    return locked


def _create_queries(
    actor: Actor, values: Mapping[str, Any], owner: Mapping[str, str] | None, sequence: NumberSequence
) -> Iterator[BoundStatement]:
    """Yield the queries of creating a client with these values, to be sent together after locking the company."""
    if owner and owner.get("email"):
        yield from emails.queries(actor.company_id, owner["email"])
    given = (values[name] for name in CATEGORY_ATTRIBUTES if name in values)
    yield categories.resolve_query(actor.company_id, next(given, None))
    if not values.get("number"):
        yield numbers.next_number_query(actor.company_id, sequence)
    yield writing.NEXT_ID


def _made(
    connection: Connection,
    actor: Actor,
    values: dict[str, Any],
    owner: Mapping[str, str] | None,
    sequence: NumberSequence,
) -> StoredClient:
    people, tags = values.pop("contacts", []), values.pop("tags", [])
    if owner is not None:
        values["display_name"] = values.get("display_name") or full_name(owner)
    taken: Children = {}
    with gathered() as problems:
        with problems:
            if owner is not None:
                check_owner(connection, actor, owner)
                present, taken = _owner(connection, actor, owner)
            else:
                present = contacts.replaced([_without_id(item) for item in people], [])
        with problems:
            after = _unsaved(connection, actor, values, sequence) | {"tags": tags}
    after["contacts"] = present
    return writing.write(connection, actor, Kind.CREATED, None, after, taken=taken)


def _unsaved(connection: Connection, actor: Actor, values: Mapping[str, Any], sequence: NumberSequence) -> ClientRecord:
    """Return a client with these values, a category and a number, not stored."""
    given = dict(values)
    number = given.pop("number", "")
    changes = checked_changes(connection, actor, blank(), given | ({"number": number} if number else {}))
    if "category_id" not in changes:
        changes["category_id"] = categories.resolve(connection, actor.company_id, None, "category_id")
    changes.setdefault("number", number or numbers.allocate(connection, actor.company_id, sequence))
    known: ClientRecord = {"user_id": actor.user_id or None, "assigned_user_id": None}
    return with_values(blank() | known, changes)


def _owner(connection: Connection, actor: Actor, owner: Mapping[str, str]) -> tuple[list[ContactRecord], Children]:
    """Return the contacts of a new client with this account owner, and the contact-type users that become contacts."""
    values = {**owner, "is_primary": True}
    user = emails.find_contact_user(connection, actor.company_id, owner["email"])
    if user is None:
        return [contacts.new(values)], {}
    return [contacts.promoted(user, values)], {"contacts": [user]}


def _without_id(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "id"}
