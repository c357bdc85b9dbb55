"""Imports a page of another system's clients in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from core.access import companies
from core.access.keys import operator
from core.attribute import Changes
from core.clients import notes, numbers, records, writing
from core.clients.record_statements import blank
from core.events.activities import Kind
from core.importing import category_import, children, conflicts, matching, spelling
from core.importing.children import ImportedDifference
from core.importing.columns import changed as columns_changed
from core.importing.conflicts import OWNED, ExistingRecords
from core.importing.incoming import Action, Category, FieldError, Incoming, Outcome
from core.importing.sequences import advance_id_sequences, advance_numbers
from core.models import documents
from core.models.records import ClientRecord, with_values
from core.query import ANY, Record
from core.text.clock import later_than, now

_MARKS = {"updated_at", "hash_told", "number_generated"}
"""Columns that alone do not count as a change of the client."""


def upsert(
    connection: Connection, company_id: int, page: Sequence[Incoming], categories: Sequence[Category] = ()
) -> list[Outcome]:
    """Create or update the clients of a page, and return the outcome of each in order.

    A client that cannot be stored at all is refused, with the reasons; of the others, values that cannot be stored are
    left out and reported. `categories` are all of the source, if it lists them separately.
    """
    matching.find(connection, company_id, page)
    conflicts.lock(connection, company_id, page)
    companies.lock(connection, company_id)
    children.free_unused_ids(connection, company_id, page)
    existing = conflicts.read_existing(connection, company_id, page)
    spelling.restore(existing.present, page)
    incoming = [*categories, *(each.category for each in page if each.category)]
    category_ids, field_errors = category_import.upsert(connection, company_id, incoming)
    currency = companies.get(connection, company_id)["currency_id"]
    blank_client = blank() | {"company_id": company_id, "company_currency_id": currency}
    source_numbers = {each.id: number for each in page if each.id is not None and (number := each.values.get("number"))}
    upserter = _Upserter(connection, company_id, existing, blank_client, source_numbers)
    outcomes = [upserter.upsert(each, category_ids) for each in page]
    advance_id_sequences(connection, _last_ids(page))
    advance_numbers(connection, company_id, upserter.numbers_taken)
    return [_reported(*each, field_errors) for each in zip(outcomes, page, strict=True)]


def documents_to_fetch(connection: Connection, company_id: int, page: Sequence[Incoming]) -> list[dict[str, Any]]:
    """Return the imported documents that are not stored here yet."""
    ids = [each["id"] for incoming in page for each in incoming.documents or ()]
    known = select(documents.c.id).where(documents.c.company_id == company_id, documents.c.id.in_(ids))
    present = set(connection.execute(known).scalars())
    return [each for incoming in page for each in incoming.documents or () if each["id"] not in present]


class _Upserter:
    """Creates or updates the clients of one page, and keeps track of the ids, keys and numbers that it takes."""

    def __init__(
        self,
        connection: Connection,
        company_id: int,
        existing: ExistingRecords,
        blank_client: ClientRecord,
        source_numbers: Mapping[int, str],
    ) -> None:
        self._connection = connection
        self._company_id = company_id
        self._actor = operator(company_id)
        self._existing = existing
        self._blank = blank_client
        self._source_numbers = source_numbers
        self._handed_over: set[int] = set()
        self.numbers_taken: list[str] = []

    def upsert(self, incoming: Incoming, category_ids: Mapping[Category | None, int]) -> Outcome:
        """Create or update one client, unless it must be refused."""
        reasons = list(conflicts.refusals(self._existing, self._company_id, incoming))
        if reasons and not self._hands_over_number(incoming, reasons):
            return Outcome("refused", incoming.id, reasons)
        before = self._existing.present.get(incoming.id or 0)
        client = before.record if before else self._blank.copy()
        changes, field_errors = columns_changed(client, incoming, self._existing.team)
        if incoming.values.get("client_hash") and not client["hash_told"]:
            changes["hash_told"] = True
        if incoming.values.get("number") and client["number_generated"]:
            changes["number_generated"] = False
        if (before is None or incoming.category is not None) and category_ids[incoming.category] != client[
            "category_id"
        ]:
            changes["category_id"] = category_ids[incoming.category]
        field_errors += self._without_taken_reference(changes, incoming.id)
        found = children.differences(client, incoming, self._existing.team)
        field_errors += [field_error for each in found for field_error in each.field_errors]
        if before is not None and not self._is_changed(client, incoming, changes, found):
            what: Action = "updated" if self._notes_differ(int(client["id"]), incoming) else "unchanged"
            return Outcome(what, incoming.id, field_errors)
        after = self._new_client(client, incoming, changes) if before is None else _changed(client, incoming, changes)
        after = with_values(after, children.children_after(client, found, incoming, after["created_at"]))
        written = writing.write(self._connection, self._actor, Kind.IMPORTED, before, after)
        client_id = int(written.record["id"])
        self._notes_differ(client_id, incoming)
        self._record_taken(client_id, incoming, changes)
        return Outcome("created" if before is None else "updated", client_id, field_errors)

    def _notes_differ(self, client_id: int, incoming: Incoming) -> bool:
        """Import the notes, if the source has any. Return whether any of them differ."""
        if incoming.notes is None:
            return False
        return notes.replace_all(self._connection, self._company_id, client_id, incoming.notes, self._existing.team)

    def _without_taken_reference(self, changes: Changes, client_id: int | None) -> list[FieldError]:
        reference = changes.get("id_number", "")
        if not reference or self._existing.id_numbers.get(reference, client_id) == client_id:
            return []
        del changes["id_number"]
        return [FieldError("id_number", reference, "another client has this reference")]

    def _new_client(self, client: ClientRecord, incoming: Incoming, changes: Changes) -> ClientRecord:
        at = now()
        unowned: ClientRecord = {"id": incoming.id or 0, "user_id": None, "assigned_user_id": None}
        timestamps = {"created_at": at, "updated_at": changes.get("created_at", at)}
        made = with_values(client | unowned, timestamps | changes)
        return made if made["number"] else made | {"number": self._new_number(), "number_generated": True}

    def _new_number(self) -> str:
        sequence = companies.lock(self._connection, self._company_id)
        return numbers.allocate(self._connection, self._company_id, sequence)

    def _hands_over_number(self, incoming: Incoming, reasons: Sequence[FieldError]) -> bool:
        """Give the client that has the number a different one, if it was generated by an import or has changed at the
        source.

        Numbers are unique at the source, so a number that two clients seem to have has moved from one to the other.
        """
        number = incoming.values.get("number", "")
        holder_id = self._existing.numbers.get(number)
        if holder_id is None or any(reason.path != "number" for reason in reasons):
            return False
        holder = records.stored(self._connection, self._company_id, holder_id, ANY)
        if not holder.record["number_generated"] and self._source_numbers.get(holder_id, number) == number:
            return False
        free_number = self._free_number(incoming) or self._new_number()
        versioned = writing.versioned(holder.record, holder.record["updated_at"])
        after = with_values(holder.record | {"number": free_number}, versioned)
        written = writing.write(self._connection, self._actor, Kind.IMPORTED, holder, after)
        writing.mark_number_generated(self._connection, self._company_id, holder_id)
        self._existing.numbers[free_number] = holder_id
        self._handed_over.add(holder_id)
        if holder_id in self._existing.present:
            self._existing.present[holder_id] = records.stored(self._connection, self._company_id, holder_id, ANY)
        return bool(written)

    def _free_number(self, incoming: Incoming) -> str:
        """Free the number of a client that is about to lose it, and return it; "" if the client is not here yet."""
        client = self._existing.present.get(incoming.id or 0)
        if client is None:
            return ""
        writing.vacate_number(self._connection, self._company_id, client.record["id"])
        return str(client.record["number"])

    def _is_changed(
        self, client: ClientRecord, incoming: Incoming, changes: Changes, found: list[ImportedDifference]
    ) -> bool:
        if changes.keys() - _MARKS or any(found) or children.tags_differ(client, incoming):
            return True
        if client["id"] in self._handed_over:
            return True  # its number was already changed for another client
        return "updated_at" in changes

    def _record_taken(self, client_id: int, incoming: Incoming, changes: Changes) -> None:
        """Record the ids, keys and numbers that are taken from now on, for the rest of the page."""
        if changes.get("number"):
            self._existing.numbers[changes["number"]] = client_id
            self.numbers_taken.append(changes["number"])
        if changes.get("id_number"):
            self._existing.id_numbers[changes["id_number"]] = client_id
        for kind, owners in self._existing.owners.items():
            for item in getattr(incoming, kind) or ():
                if item.get("id"):
                    owners[item["id"]] = (self._company_id, client_id)
        self._existing.keys.update(
            {item["contact_key"]: item["id"] for item in incoming.contacts or () if _is_named(item)}
        )


def _is_named(contact: Record) -> bool:
    return bool(contact.get("id") and contact.get("contact_key"))


def _changed(client: ClientRecord, incoming: Incoming, changes: Changes) -> ClientRecord:
    if changes.get("number") == "":
        del changes["number"]  # a client without a new number keeps its own
    if "updated_at" not in incoming.values:
        return with_values(client, changes | {"updated_at": later_than(client["updated_at"])})
    versioned = writing.versioned(client, int(changes.get("updated_at") or client["updated_at"]))
    return with_values(client, changes | versioned)


def _last_ids(page: Iterable[Incoming]) -> dict[str, int]:
    ids = {"clients": [incoming.id or 0 for incoming in page]}
    for kind, table in OWNED.items():
        ids[table.name] = [each.get("id") or 0 for incoming in page for each in getattr(incoming, kind) or ()]
    return {name: max(given, default=0) for name, given in ids.items() if max(given, default=0)}


def _reported(outcome: Outcome, incoming: Incoming, of_categories: Sequence[FieldError]) -> Outcome:
    mine = [each for each in of_categories if incoming.category is not None and each.value == incoming.category.id]
    return Outcome(outcome.what, outcome.id, [*outcome.field_errors, *mine])
