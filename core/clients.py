"""The verbs of a client. Each runs inside the caller's transaction and leaves the client whole or untouched."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert
from sqlalchemy import update as change

from core import (
    categories,
    companies,
    contacts,
    counts,
    currencies,
    derived,
    documents,
    keys,
    numbers,
    outbox,
    records,
    search,
    telling,
)
from core.activities import Kind
from core.attributes import Changes, check_size, columns_changed, full_name, shown_name, state_of
from core.clock import later_than, now
from core.documents import StoredFile
from core.equality import is_same
from core.errors import Problem, RecordDeleted, Rejected, gathered
from core.keys import Actor
from core.models import client_tags, clients, users
from core.prepared import Prepared, PreparedInsert
from core.query import ANY, LIVE, Found, Record, Search, State, Stored
from core.records import blank, lock
from core.renderings import View
from core.secrets import random_name

_BESIDE_ATTRIBUTES = frozenset({"contacts", "tags", "owner", "welcome"})
_NOTHING: Mapping[str, Any] = {}
_NOBODY = {"first_name": "", "last_name": "", "email": ""}
_ADD = PreparedInsert(clients)
_TAGGED = ("company_id", "client_id", "position", "title")
_TAG = Prepared(insert(client_tags).values({name: bindparam(name) for name in _TAGGED}))
_UNTAG = Prepared(
    delete(client_tags).where(
        client_tags.c.company_id == bindparam("company"), client_tags.c.client_id == bindparam("client")
    )
)
_CATEGORY_ATTRIBUTES = ("category_id", "group_id")


def get(
    connection: Connection,
    actor: Actor,
    client_id: int,
    states: frozenset[State] = ANY,
    view: View | None = None,
) -> Stored:
    """One client with its contacts, documents, gateway tokens and tags, to be shown in a view. Raises `NotFound`."""
    return records.stored(connection, actor.company_id, client_id, states, view)


def hold(connection: Connection, actor: Actor, client_id: int, states: frozenset[State] = ANY) -> Stored:
    """The same, held against other writers until commit."""
    return records.locked(connection, actor.company_id, client_id, states)


def get_all(connection: Connection, actor: Actor, ids: Sequence[int], view: View | None = None) -> list[Stored]:
    """These clients in the order of the ids, to be shown in a view. Raises `NotFound` if one of them is not there."""
    return records.get_all(connection, actor.company_id, list(ids), view)


def hold_all(connection: Connection, actor: Actor, ids: Sequence[int]) -> None:
    """Many clients, held against other writers until commit. Their ids must ascend. Raises `NotFound`."""
    records.lock_all(connection, actor.company_id, ids)


def page(connection: Connection, actor: Actor, asked: Search, view: View | None = None) -> Found:
    """One page of the company's clients, to be shown in a view."""
    return records.page(connection, actor.company_id, asked, view)


def unsaved(connection: Connection, actor: Actor) -> Record:
    """The client that `create` would make of no values, as far as that can be told without storing one."""
    currency = companies.currency_of(connection, actor.company_id)
    known = {"user_id": actor.user_id, "company_currency_id": currency, "contacts": [contacts.blank()]}
    return blank() | known


def create(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> int:
    """Make a client and return its id.

    Beside attributes, `values` may hold `contacts` (a list), `tags`, `owner` (an account owner: `first_name`,
    `last_name` and an `email` that no client or team user has; a contact-type user with it is promoted) and
    `welcome` (whether the owner gets a welcome mail). Raises `Rejected`.
    """
    parts = dict(values)
    people, owner = parts.pop("contacts", []), parts.pop("owner", None)
    tags, welcome = parts.pop("tags", []), parts.pop("welcome", False)
    counter = companies.lock(connection, actor.company_id)
    if owner is not None:
        _check_owner(connection, actor, owner)
        parts["display_name"] = parts.get("display_name") or full_name(owner)
    primary = owner if owner is not None else contacts.primary_of(people)
    client_id = _insert(connection, actor, parts, shown_name({**_NOBODY, **primary}), counter)
    if owner is not None:
        _provision_owner(connection, actor, client_id, owner)
    else:
        contacts.replace(connection, actor.company_id, client_id, [_without_id(item) for item in people], [])
    if tags:
        _add_tags(connection, actor.company_id, client_id, tags)
    made = derived.renew(connection, actor.company_id, client_id)
    telling.of_creation(connection, actor, made.record)
    if welcome:
        outbox.queue_welcome(connection, actor.company_id, made.record, made.record["contacts"][0])
    return client_id


def check(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> None:
    """Raise `Rejected` for whatever in these values `create` would refuse, however incomplete they are."""
    parts = {name: value for name, value in values.items() if name not in _BESIDE_ATTRIBUTES}
    with gathered() as problems:
        with problems:
            _check_owner(connection, actor, values.get("owner", {}))
        with problems:
            _checked(connection, actor, blank(), parts)


def update(
    connection: Connection,
    actor: Actor,
    client_id: int,
    values: Mapping[str, Any],
    states: frozenset[State] = ANY,
) -> None:
    """Change what `values` names and nothing else; `contacts`, when given, is the whole truth about them.

    Raises `NotFound`, `RecordDeleted` for a soft-deleted client and `Rejected`.
    """
    client = lock(connection, actor.company_id, client_id, states)
    if client["deleted_at"]:
        raise RecordDeleted
    parts = dict(values)
    people = parts.pop("contacts", None)
    if people is not None:
        contacts.replace(connection, actor.company_id, client_id, people, client["contacts"])
    changes = _checked(connection, actor, client, parts)
    if "number" in changes:
        numbers.retire(connection, actor.company_id, client["number"])
    settle(connection, actor, client, **changes)


def set_tags(
    connection: Connection, actor: Actor, client_id: int, titles: Iterable[str], states: frozenset[State] = LIVE
) -> None:
    """Make the client's tags exactly these, in this order, each once."""
    client = lock(connection, actor.company_id, client_id, states)
    wanted = list(dict.fromkeys(titles))
    if wanted != client["tags"]:
        set_tags_of(connection, actor.company_id, client_id, wanted)
    settle(connection, actor, client, Kind.TAGS)


def set_owner(
    connection: Connection, actor: Actor, client_id: int, contact_id: int, states: frozenset[State] = LIVE
) -> None:
    """Make one of the client's contacts its account owner. Raises `Rejected` for anybody else."""
    client = lock(connection, actor.company_id, client_id, states)
    contacts.make_primary(connection, actor.company_id, client_id, contact_id)
    settle(connection, actor, client, Kind.OWNER)


def archive(connection: Connection, actor: Actor, client_id: int, states: frozenset[State] = ANY) -> None:
    """Archive (in /api: suspend). The moment of the first archiving stays; a deleted client stays deleted."""
    client = lock(connection, actor.company_id, client_id, states)
    if not client["archived_at"]:
        _change_state(connection, actor, client, Kind.ARCHIVED, archived_at=now())


def restore(connection: Connection, actor: Actor, client_id: int, states: frozenset[State] = ANY) -> None:
    """Make an archived, suspended or soft-deleted client active again."""
    client = lock(connection, actor.company_id, client_id, states)
    if client["archived_at"] or client["deleted_at"]:
        _change_state(connection, actor, client, Kind.RESTORED, archived_at=0, deleted_at=0)


def soft_delete(connection: Connection, actor: Actor, client_id: int, states: frozenset[State] = ANY) -> None:
    """Hide the client from every list and from /api until it is restored."""
    client = lock(connection, actor.company_id, client_id, states)
    if not client["deleted_at"]:
        _change_state(connection, actor, client, Kind.DELETED, deleted_at=now())


def attach_documents(connection: Connection, actor: Actor, client_id: int, files: Sequence[StoredFile]) -> None:
    """Make documents of files whose bytes are stored. Raises `NotFound` and `RecordDeleted`."""
    client = lock(connection, actor.company_id, client_id)
    if client["deleted_at"]:
        raise RecordDeleted
    documents.attach(connection, actor.company_id, actor.user_id, client_id, files)
    settle(connection, actor, client, Kind.DOCUMENTS)


def erase(connection: Connection, actor: Actor, client_id: int, states: frozenset[State] = ANY) -> None:
    """Remove the client and all that hangs on it. Its documents' bytes go with the next sweep of discarded objects."""
    client = lock(connection, actor.company_id, client_id, states)
    documents.discard_all_of(connection, actor.company_id, client_id)
    remove_row(connection, client)
    telling.of_erasure(connection, actor, client)


def remove_row(connection: Connection, client: Record) -> None:
    """Remove a locked client's row, and with it every row that hangs on it; its number stays known."""
    numbers.retire(connection, client["company_id"], client["number"])
    counts.move(connection, client["company_id"], client["id"], state_of(client), None)
    search.forget(connection, client["id"])
    connection.execute(delete(clients).where(clients.c.id == client["id"]))


def in_order(ids: Sequence[int]) -> list[int]:
    """The ids without repeats, ascending: the order in which rows are locked, so that twins cannot deadlock."""
    return sorted(set(ids))


def set_balance(connection: Connection, company_id: int, client_id: int, **amounts: int) -> None:
    """Set `balance`, `paid_to_date` or `credit_balance` (millionths), as a billing system reports them.

    Raises `NotFound`.
    """
    client = lock(connection, company_id, client_id)
    settle(connection, keys.operator(company_id), client, Kind.BALANCE, _NOTHING, **amounts)


def set_tags_of(connection: Connection, company_id: int, client_id: int, titles: Iterable[str]) -> None:
    """Replace the tag rows of a client that the caller has locked."""
    _UNTAG.run(connection, company=company_id, client=client_id)
    _add_tags(connection, company_id, client_id, titles)


def _add_tags(connection: Connection, company_id: int, client_id: int, titles: Iterable[str]) -> None:
    numbered = enumerate(dict.fromkeys(titles))
    rows = [dict(zip(_TAGGED, (company_id, client_id, *each), strict=True)) for each in numbered]
    _TAG.run_all(connection, rows)


def _insert(connection: Connection, actor: Actor, values: Mapping[str, Any], fallback_name: str, counter: int) -> int:
    given = dict(values)
    number = given.pop("number", "")
    client = blank()
    changes = _checked(connection, actor, client, given | ({"number": number} if number else {}))
    if "category_id" not in changes:
        changes["category_id"] = categories.resolve(connection, actor.company_id, None, "category_id")
    changes.setdefault("number", number or numbers.allocate(connection, actor.company_id, counter))
    at = now()
    row = changes | {
        "company_id": actor.company_id,
        "user_id": actor.user_id or None,
        "assigned_user_id": changes.get("assigned_user_id"),
        "display_name": changes.get("name") or fallback_name,
        "client_hash": random_name(40),
        "created_at": at,
        "updated_at": at,
    }
    client_id = _ADD.run(connection, row)
    counts.move(connection, actor.company_id, client_id, None, State.ACTIVE)
    return client_id


def _checked(connection: Connection, actor: Actor, client: Record, values: Mapping[str, Any]) -> Changes:
    """The column changes that these assignments mean, after every rule that needs the register."""
    changes = columns_changed(client, values)
    with gathered() as problems:
        if "category_id" in changes:
            given = next(name for name in _CATEGORY_ATTRIBUTES if name in values)
            companies.lock(connection, actor.company_id)  # before the category, as those who change it do
            with problems:
                changes["category_id"] = categories.resolve(connection, actor.company_id, changes["category_id"], given)
        for column in ("number", "id_number"):
            with problems:
                if changes.get(column):
                    numbers.check_is_free(connection, actor.company_id, column, changes[column], client["id"])
        with problems:
            _check_team_user(connection, actor.company_id, changes.get("assigned_user_id"))
        with problems:
            _check_settings(changes.get("settings", {}))
    if changes.get("number") == "":
        del changes["number"]  # a client keeps its number until it gets another one
    return changes


def _check_owner(connection: Connection, actor: Actor, owner: Mapping[str, str]) -> None:
    if owner.get("email"):
        contacts.check_email_is_free(connection, actor.company_id, owner["email"])


def _check_settings(settings: Mapping[str, Any]) -> None:
    currency_id = settings.get("currency_id")
    if currency_id is not None and currency_id not in currencies.IDS:
        raise Rejected(Problem("settings.currency_id", "exists"))
    check_size(settings)


def _check_team_user(connection: Connection, company_id: int, user_id: int | None) -> None:
    if user_id is None:
        return
    known = users.select().where(users.c.id == user_id, users.c.company_id == company_id)
    if connection.execute(known).first() is None:
        raise Rejected(Problem("assigned_user_id", "exists"))


def _provision_owner(connection: Connection, actor: Actor, client_id: int, owner: Mapping[str, str]) -> None:
    values = {**owner, "is_primary": True}
    waiting = contacts.unattached(connection, actor.company_id, owner["email"])
    if waiting is None:
        contacts.add(connection, actor.company_id, client_id, values)
    else:
        contacts.promote(connection, waiting, client_id, values)


def _without_id(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "id"}


def settle(
    connection: Connection,
    actor: Actor,
    client: Record,
    kind: Kind = Kind.UPDATED,
    besides: Mapping[str, Any] = _NOTHING,
    **changes: Any,
) -> None:
    """End a change of a client, given as it was when it was locked: every change of one that was and stays ends here.

    A client that has become no other, with nothing to say `besides`, stays as it is: nothing is stored and nobody told.
    Else the column changes are stored with what follows from them, the shown name and the time of the change.
    """
    changes = {name: value for name, value in changes.items() if not is_same(client[name], value)}
    if not (changes or besides or _has_other_children(connection, client)):
        return
    values = {"updated_at": later_than(client["updated_at"])} | changes
    name = values.get("name", client["name"])
    values["display_name"] = name or shown_name(contacts.of_client(connection, actor.company_id, client["id"])[0])
    connection.execute(change(clients).where(clients.c.id == client["id"]).values(values))
    settled = derived.renew(connection, actor.company_id, client["id"])
    telling.of_change(connection, actor, kind, client, settled.record, besides)


def _has_other_children(connection: Connection, client: Record) -> bool:
    return not is_same(client, records.get(connection, client["company_id"], client["id"]))


def _change_state(connection: Connection, actor: Actor, client: Record, kind: Kind, **moments: int) -> None:
    counts.move(connection, actor.company_id, client["id"], state_of(client), state_of(client | moments))
    if "deleted_at" in moments:
        contacts.follow(connection, actor.company_id, client["id"], deleted=moments["deleted_at"] > 0)
    settle(connection, actor, client, kind, _NOTHING, **moments)
