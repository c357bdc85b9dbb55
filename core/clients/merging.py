"""Merging two clients into one."""

from collections.abc import Sequence

from sqlalchemy import Connection

from core.access.keys import Actor
from core.clients import extras, gateway_tokens, notes, records, writing
from core.clients.child_rows import Children
from core.errors import MergeRefused, NotFound, RecordDeleted
from core.events import outbox
from core.models.records import ClientRecord, ContactRecord, GatewayTokenRecord, R, StoredClient, with_values
from core.query import StoredRecord
from core.text.clock import later_than


class Receiver(StoredRecord[ClientRecord]):
    """The receiving client of a merge, locked like the client `merged`, which is None if it does not exist."""

    def __init__(self, client: StoredClient, merged: StoredClient | None) -> None:
        super().__init__(client.timestamps, lambda: client.record)
        self.merged = merged


def lock(connection: Connection, actor: Actor, client_id: int, merged_id: int | None) -> Receiver:
    """Lock both clients of a merge. Raises `NotFound` for the receiver."""
    locked = {}
    for each in sorted({client_id, merged_id or client_id}):  # ascending, so that concurrent merges cannot deadlock
        try:
            locked[each] = records.lock(connection, actor.company_id, each)
        except NotFound:
            continue
    if client_id not in locked:
        raise NotFound("client")
    receiver = locked.pop(client_id)
    return Receiver(receiver, locked.get(merged_id or 0))


def merge(connection: Connection, actor: Actor, receiver: Receiver) -> StoredClient:
    """Move everything of the merged client to the receiver, and remove the merged one.

    Contacts whose email the receiver does not have, documents, gateway tokens, tags, notes and activities move;
    balances add up. Raises `MergeRefused` if the other client is unknown or the same, and `RecordDeleted` if the
    receiver is soft-deleted.
    """
    merged = receiver.merged
    if merged is None:
        raise MergeRefused
    if receiver.record["deleted_at"]:
        raise RecordDeleted
    people = _contacts_to_move(receiver.record, merged.record)
    taken: Children = {
        "contacts": people,
        "documents": merged.record["documents"],
        "gateway_tokens": merged.record["gateway_tokens"],
    }
    notes.move(connection, actor.company_id, merged.record["id"], receiver.record["id"])
    outbox.move(connection, actor.company_id, merged.record["id"], receiver.record["id"])
    after = _merged_record(receiver.record, merged.record, people)
    return writing.merge(connection, actor, receiver, after, merged, taken)


def _merged_record(receiver: ClientRecord, merged: ClientRecord, people: list[ContactRecord]) -> ClientRecord:
    tokens = receiver["gateway_tokens"]
    return receiver | {
        "balance": receiver["balance"] + merged["balance"],
        "paid_to_date": receiver["paid_to_date"] + merged["paid_to_date"],
        "credit_balance": receiver["credit_balance"] + merged["credit_balance"],
        "contacts": receiver["contacts"] + [with_values(each, {"is_primary": False}) for each in _moved(people)],
        "documents": receiver["documents"] + _moved(merged["documents"]),
        "gateway_tokens": tokens + _moved(_new_tokens(tokens, merged["gateway_tokens"])),
        "tags": receiver["tags"] + merged["tags"],
        "extras": extras.merged_extras(receiver, merged),
    }


def _moved(children: Sequence[R]) -> list[R]:
    """Return what moves to another client as changed, because by itself it shows its client."""
    at = later_than(max((each["updated_at"] for each in children), default=0))
    return [with_values(each, {"updated_at": at}) for each in children]


def _new_tokens(tokens: Sequence[GatewayTokenRecord], taken: Sequence[GatewayTokenRecord]) -> list[GatewayTokenRecord]:
    """Return the gateway tokens to add to others; the receiver's default token, if any, stays the default."""
    if not any(token["is_default"] for token in tokens):
        return list(taken)
    return [gateway_tokens.changed(token, {"is_default": False}) for token in taken]


def _contacts_to_move(receiver: ClientRecord, merged: ClientRecord) -> list[ContactRecord]:
    receiver_emails = {contact["email_key"] for contact in receiver["contacts"]}
    return [contact for contact in merged["contacts"] if _is_to_be_moved(contact, receiver_emails)]


def _is_to_be_moved(contact: ContactRecord, receiver_emails: set[str]) -> bool:
    if contact["email_key"]:
        return contact["email_key"] not in receiver_emails
    return any(contact[name] for name in ("first_name", "last_name", "phone"))
