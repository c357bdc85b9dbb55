"""Merging two clients into one."""

from sqlalchemy import Connection, update

from core import clients as verbs
from core import gateway_tokens, records, telling
from core.activities import Kind
from core.errors import MergeRefused, NotFound, RecordDeleted
from core.keys import Actor
from core.models import client_gateway_tokens, clients, documents, outbox
from core.models import contacts as contacts_table
from core.moments import moved_on
from core.query import Record, Stored

_MOVED = (documents, client_gateway_tokens, outbox)
_SUMMED = ("balance", "paid_to_date", "credit_balance")


def merge(connection: Connection, actor: Actor, client_id: int, merged_id: int | None) -> None:
    """Let `client_id` receive everything of `merged_id`, which is then gone.

    Contacts whose email is not there already, documents, gateway tokens, tags and activities move; balances add up.
    Raises `NotFound` for the receiver, `RecordDeleted` if it is soft-deleted, and `MergeRefused` when the other is
    unknown or the same client.
    """
    if merged_id is None or merged_id == client_id:
        records.get(connection, actor.company_id, client_id)
        raise MergeRefused
    held = _lock_both(connection, actor, client_id, merged_id)
    if client_id not in held:
        raise NotFound("client")
    if merged_id not in held:
        raise MergeRefused
    receiver, merged = held[client_id], held[merged_id]
    if receiver["deleted_at"]:
        raise RecordDeleted
    _move_contacts(connection, receiver, merged)
    if any(token["is_default"] for token in receiver["gateway_tokens"]):
        gateway_tokens.unset_default(connection, actor.company_id, merged_id)
    for table in _MOVED:
        of_merged = (table.c.company_id == actor.company_id, table.c.client_id == merged_id)
        connection.execute(update(table).where(*of_merged).values(client_id=client_id))
    verbs.set_tags_of(connection, actor.company_id, client_id, receiver["tags"] + merged["tags"])
    sums = {name: receiver[name] + merged[name] for name in _SUMMED}
    connection.execute(update(clients).where(clients.c.id == client_id).values(sums))
    verbs.remove_row(connection, merged)
    telling.of_merging(connection, actor, merged, client_id)
    verbs.settle(connection, actor, receiver, Kind.MERGED, {"merged_client_id": merged_id})


def hold(connection: Connection, actor: Actor, client_id: int, merged_id: int | None) -> Stored:
    """The receiver of a merge to come, held against other writers as `merge` will hold both. Raises `NotFound`."""
    _lock_both(connection, actor, client_id, *([] if merged_id is None else [merged_id]))
    return verbs.hold(connection, actor, client_id)


def _lock_both(connection: Connection, actor: Actor, *ids: int) -> dict[int, Record]:
    held = {}
    for each in verbs.in_order(ids):
        try:
            held[each] = records.lock(connection, actor.company_id, each)
        except NotFound:
            continue
    return held


def _move_contacts(connection: Connection, receiver: Record, merged: Record) -> None:
    there = {contact["email_key"] for contact in receiver["contacts"]}
    moving = [contact["id"] for contact in merged["contacts"] if _is_worth_moving(contact, there)]
    statement = update(contacts_table).where(contacts_table.c.id.in_(moving))
    attached = {"client_id": receiver["id"], "client_deleted": False, "is_primary": False}
    connection.execute(statement.values(**attached, updated_at=moved_on(contacts_table)))


def _is_worth_moving(contact: Record, emails_there: set[str]) -> bool:
    if contact["email_key"]:
        return contact["email_key"] not in emails_there
    return any(contact[name] for name in ("first_name", "last_name", "phone"))
