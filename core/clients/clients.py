"""The operations on a client. Each runs inside the caller's transaction and succeeds as a whole or changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core.access import companies, emails, keys
from core.access.emails import check_email_is_free
from core.access.keys import Actor
from core.attribute import Changes
from core.clients import categories, contacts, numbers, records, writing
from core.clients.attributes import check_size, columns_changed
from core.clients.child_rows import Children
from core.clients.records import blank
from core.database.deferred import Question, asked_ahead
from core.documents import documents
from core.documents.documents import StoredFile
from core.errors import Problem, RecordDeleted, Rejected, gathered
from core.events import change_log, outbox
from core.events.activities import Kind
from core.models import users
from core.models.records import ClientRecord, ContactRecord, StoredClient, with_values
from core.query import ANY, LIVE, Known, ResultPage, Search, State
from core.text import currencies, languages
from core.text.clock import now
from core.text.names import full_name
from core.text.numbering import NumberSequence
from core.view import View

_NOT_ATTRIBUTES = frozenset({"contacts", "tags", "owner", "welcome"})
_CATEGORY_ATTRIBUTES = ("category_id", "group_id")


def get(
    connection: Connection,
    actor: Actor,
    client_id: int,
    states: frozenset[State] = ANY,
    view: View | None = None,
) -> StoredClient:
    """One client with its contacts, documents, gateway tokens and tags, to be shown in a view. Raises `NotFound`."""
    return records.stored(connection, actor.company_id, client_id, states, view)


def lock(connection: Connection, actor: Actor, client_id: int, states: frozenset[State] = ANY) -> StoredClient:
    """The same, held against other writers until commit."""
    return records.lock(connection, actor.company_id, client_id, states)


def get_all(connection: Connection, actor: Actor, ids: Sequence[int], view: View | None = None) -> list[StoredClient]:
    """These clients in the order of the ids, to be shown in a view. Raises `NotFound` if one of them is not there."""
    return records.get_all(connection, actor.company_id, list(ids), view)


def present(
    connection: Connection, actor: Actor, ids: Sequence[int], states: frozenset[State], view: View | None = None
) -> dict[int, StoredClient]:
    """Those of these clients that are in one of these states, by their ids, to be shown in a view."""
    return records.present(connection, actor.company_id, ids, states, view)


def survivor_of(connection: Connection, actor: Actor, client_id: int, states: frozenset[State]) -> int:
    """The id of the client, in one of these states, that has what a merged one had; 0 if there is none."""
    survivor_id = change_log.survivor_of(connection, actor.company_id, client_id)
    return survivor_id if survivor_id and records.present(connection, actor.company_id, [survivor_id], states) else 0


def lock_all(connection: Connection, actor: Actor, ids: Sequence[int]) -> Iterator[StoredClient]:
    """Many clients, all held against other writers until commit. Their ids must ascend. Raises `NotFound`."""
    return records.lock_all(connection, actor.company_id, ids)


def page(connection: Connection, actor: Actor, asked: Search, view: View | None = None) -> ResultPage[ClientRecord]:
    """One page of the company's clients, to be shown in a view."""
    return records.page(connection, actor.company_id, asked, view)


def unsaved(connection: Connection, actor: Actor) -> ClientRecord:
    """The client that `create` would make of no values, as far as that is known without storing one."""
    currency = companies.currency_of(connection, actor.company_id)
    known: ClientRecord = {"user_id": actor.user_id, "company_currency_id": currency, "contacts": [contacts.blank()]}
    return blank() | known


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> StoredClient:
    """Make a client.

    Beside attributes, `values` may hold `contacts` (a list), `tags`, `owner` (an account owner: `first_name`,
    `last_name` and an `email` that no client or team user has; a contact-type user with it is promoted) and
    `welcome` (whether the owner gets a welcome mail). Raises `Rejected`.
    """
    parts = dict(values)
    owner, welcome = parts.pop("owner", None), parts.pop("welcome", False)
    sequence = companies.lock(connection, actor.company_id)
    with asked_ahead(connection, _questions(actor, parts, owner, sequence)):
        made = _made(connection, actor, parts, owner, sequence)
    if welcome:
        outbox.queue_welcome(connection, actor.company_id, made.record, made.record["contacts"][0])
    return made


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for whatever in these values `create` would refuse, however incomplete they are."""
    parts = {name: value for name, value in values.items() if name not in _NOT_ATTRIBUTES}
    with gathered() as problems:
        with problems:
            _check_owner(connection, actor, values.get("owner", {}))
        with problems:
            _checked(connection, actor, blank(), parts)


def update(
    connection: Connection,
    actor: Actor,
    client: Known,
    values: Mapping[str, Any],
    states: frozenset[State] = ANY,
) -> StoredClient:
    """Change what `values` names and nothing else; `contacts` and `tags`, when given, are all that the client has.

    Raises `NotFound`, `RecordDeleted` for a soft-deleted client and `Rejected`.
    """
    before = _lock_living(connection, actor, client, states)
    parts = dict(values)
    people, tags = parts.pop("contacts", None), parts.pop("tags", None)
    after = before.record.copy()
    if tags is not None:
        after["tags"] = list(tags)
    if people is not None:
        after["contacts"] = contacts.replaced(people, after["contacts"])
    changes = _checked(connection, actor, before.record, parts)
    return writing.write(connection, actor, Kind.UPDATED, before, with_values(after, changes))


def set_tags(
    connection: Connection, actor: Actor, client: Known, titles: Iterable[str], states: frozenset[State] = LIVE
) -> StoredClient:
    """Make the client's tags exactly these, in this order, each once."""
    before = records.lock(connection, actor.company_id, client, states)
    return writing.write(connection, actor, Kind.TAGS, before, before.record | {"tags": list(titles)})


def set_owner(
    connection: Connection, actor: Actor, client: Known, contact_id: int, states: frozenset[State] = LIVE
) -> StoredClient:
    """Make one of the client's contacts its account owner. Raises `Rejected` for anybody else."""
    before = records.lock(connection, actor.company_id, client, states)
    people = contacts.with_primary(before.record["contacts"], contact_id)
    after: ClientRecord = before.record | {"contacts": people}
    return writing.write(connection, actor, Kind.OWNER, before, after)


def archive(connection: Connection, actor: Actor, client: Known, states: frozenset[State] = ANY) -> StoredClient:
    """Archive (in /api: suspend). The moment of the first archiving stays; a deleted client stays deleted."""
    before = records.lock(connection, actor.company_id, client, states)
    archived_at = before.record["archived_at"] or now()
    return writing.write(connection, actor, Kind.ARCHIVED, before, before.record | {"archived_at": archived_at})


def restore(connection: Connection, actor: Actor, client: Known, states: frozenset[State] = ANY) -> StoredClient:
    """Make an archived, suspended or soft-deleted client active again."""
    before = records.lock(connection, actor.company_id, client, states)
    active: ClientRecord = {"archived_at": 0, "deleted_at": 0}
    return writing.write(connection, actor, Kind.RESTORED, before, before.record | active)


def soft_delete(connection: Connection, actor: Actor, client: Known, states: frozenset[State] = ANY) -> StoredClient:
    """Hide the client from every list and from /api until it is restored."""
    before = records.lock(connection, actor.company_id, client, states)
    deleted_at = before.record["deleted_at"] or now()
    return writing.write(connection, actor, Kind.DELETED, before, before.record | {"deleted_at": deleted_at})


def attach_documents(
    connection: Connection, actor: Actor, client: Known, files: Sequence[StoredFile], is_public: bool = False
) -> StoredClient:
    """Make documents of files whose bytes are stored; the client's contacts see them if `is_public`.

    Raises `NotFound` and `RecordDeleted`.
    """
    before = _lock_living(connection, actor, client)
    new = [documents.new(actor.user_id, file, is_public) for file in files]
    after = before.record | {"documents": before.record["documents"] + new}
    return writing.write(connection, actor, Kind.DOCUMENTS, before, after)


def erase(connection: Connection, actor: Actor, client: Known, states: frozenset[State] = ANY) -> None:
    """Remove the client and all that belongs to it. The next sweep deletes its documents' bytes."""
    before = records.lock(connection, actor.company_id, client, states)
    writing.write(connection, actor, Kind.ERASED, before, None)


def set_balance(connection: Connection, company_id: int, client_id: int, **amounts: int) -> None:
    """Set `balance`, `paid_to_date` or `credit_balance` (millionths), as a billing system reports them.

    Raises `NotFound`.
    """
    before = records.lock(connection, company_id, client_id)
    writing.write(connection, keys.operator(company_id), Kind.BALANCE, before, with_values(before.record, amounts))


def _lock_living(connection: Connection, actor: Actor, client: Known, states: frozenset[State] = ANY) -> StoredClient:
    locked = records.lock(connection, actor.company_id, client, states)
    if locked.record["deleted_at"]:
        raise RecordDeleted
    return locked


def _questions(
    actor: Actor, values: Mapping[str, Any], owner: Mapping[str, str] | None, sequence: NumberSequence
) -> Iterator[Question]:
    """What making a client of these values is going to ask, as long as the company is locked."""
    if owner and owner.get("email"):
        yield from emails.questions(actor.company_id, owner["email"])
    if not values.keys() & set(_CATEGORY_ATTRIBUTES):
        yield categories.of_default(actor.company_id)
    if not values.get("number"):
        yield numbers.of_next(actor.company_id, sequence)
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
        _check_owner(connection, actor, owner)
        values["display_name"] = values.get("display_name") or full_name(owner)
    after = _unsaved(connection, actor, values, sequence) | {"tags": tags}
    taken: Children = {}
    if owner is not None:
        after["contacts"], taken = _owner(connection, actor, owner)
    else:
        after["contacts"] = contacts.replaced([_without_id(item) for item in people], [])
    return writing.write(connection, actor, Kind.CREATED, None, after, taken=taken)


def _unsaved(connection: Connection, actor: Actor, values: Mapping[str, Any], sequence: NumberSequence) -> ClientRecord:
    """What these values make of a client that was never stored, with a category and a number."""
    given = dict(values)
    number = given.pop("number", "")
    changes = _checked(connection, actor, blank(), given | ({"number": number} if number else {}))
    if "category_id" not in changes:
        changes["category_id"] = categories.resolve(connection, actor.company_id, None, "category_id")
    changes.setdefault("number", number or numbers.allocate(connection, actor.company_id, sequence))
    known: ClientRecord = {"user_id": actor.user_id or None, "assigned_user_id": None}
    return with_values(blank() | known, changes)


def _checked(connection: Connection, actor: Actor, client: ClientRecord, values: Mapping[str, Any]) -> Changes:
    """The column changes that these assignments mean, after every rule that needs the register."""
    changes = columns_changed(client, values)
    with gathered() as problems:
        if "category_id" in changes:
            given = next(name for name in _CATEGORY_ATTRIBUTES if name in values)
            companies.lock(connection, actor.company_id)  # before the category, as whoever changes a category does
            with problems:
                changes["category_id"] = categories.resolve(connection, actor.company_id, changes["category_id"], given)
        for column in ("number", "id_number"):
            with problems:
                if changes.get(column):
                    numbers.check_is_free(connection, actor.company_id, column, changes[column], client["id"])
        with problems:
            _check_team_user(connection, actor.company_id, changes.get("assigned_user_id"))
        with problems:
            _check_settings(changes.get("settings", {}), client["settings"])
    if changes.get("number") == "":
        del changes["number"]  # a client keeps its number until it gets another one
    return changes


def _check_owner(connection: Connection, actor: Actor, owner: Mapping[str, str]) -> None:
    if owner.get("email"):
        check_email_is_free(connection, actor.company_id, owner["email"])


def _check_settings(settings: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    currency_id, language_id = settings.get("currency_id"), settings.get("language_id")
    if currency_id is not None and currency_id not in currencies.IDS:
        raise Rejected(Problem("settings.currency_id", "exists"))
    # Any text was taken for a language once; what is stored stays until it is changed.
    if language_id and language_id != known.get("language_id") and language_id not in languages.IDS:
        raise Rejected(Problem("settings.language_id", "exists"))
    check_size(settings)


def _check_team_user(connection: Connection, company_id: int, user_id: int | None) -> None:
    if user_id is None:
        return
    known = users.select().where(users.c.id == user_id, users.c.company_id == company_id)
    if connection.execute(known).first() is None:
        raise Rejected(Problem("assigned_user_id", "exists"))


def _owner(connection: Connection, actor: Actor, owner: Mapping[str, str]) -> tuple[list[ContactRecord], Children]:
    """The contacts of a client with this account owner, and those of them that it takes over."""
    values = {**owner, "is_primary": True}
    waiting = emails.unattached(connection, actor.company_id, owner["email"])
    if waiting is None:
        return [contacts.new(values)], {}
    return [contacts.promoted(waiting, values)], {"contacts": [waiting]}


def _without_id(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "id"}
