"""A page of another system's clients taken into the register, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from core.access import companies
from core.access.keys import operator
from core.attribute import Changes
from core.clients import notes, numbers, writing
from core.clients.records import blank
from core.events.activities import Kind
from core.importing import children, conflicts, groups
from core.importing.children import Difference
from core.importing.columns import changed as columns_changed
from core.importing.conflicts import OWNED, Here
from core.importing.incoming import Category, Incoming, Misfit, Outcome, What
from core.importing.sequences import count_ids_on, count_numbers_on
from core.models import documents
from core.query import Record
from core.text.clock import later_than, now

_UNTOLD = 1000
"""Microseconds by which a moment of change may be later here than there: see `_moment_of_change`."""


def take(
    connection: Connection, company_id: int, page: Sequence[Incoming], categories: Sequence[Category] = ()
) -> list[Outcome]:
    """Make the clients of a page what they are told to be, and say of each, in order, what became of it.

    Whoever cannot be taken as a whole is refused, with the reasons; of the others, values that cannot be stored are
    left out and named. `categories` are all of the source, if it tells of them apart.
    """
    conflicts.hold(connection, company_id, page)
    companies.lock(connection, company_id)
    children.revive(connection, company_id, page)
    here = conflicts.look(connection, company_id, page)
    told = [*categories, *(each.category for each in page if each.category)]
    places, misfits = groups.settle(connection, company_id, told)
    nobody = {"company_id": company_id, "company_currency_id": companies.get(connection, company_id)["currency_id"]}
    taker = _Taker(connection, company_id, here, nobody)
    outcomes = [taker.take(each, places) for each in page]
    count_ids_on(connection, _last_ids(page))
    count_numbers_on(connection, company_id, taker.numbers_taken)
    return [_with_misfits(*each, misfits) for each in zip(outcomes, page, strict=True)]


def documents_to_fetch(connection: Connection, company_id: int, page: Sequence[Incoming]) -> list[Record]:
    """Which of the documents that are told of are not here yet."""
    ids = [each["id"] for told in page for each in told.documents or ()]
    known = select(documents.c.id).where(documents.c.company_id == company_id, documents.c.id.in_(ids))
    present = set(connection.execute(known).scalars())
    return [each for told in page for each in told.documents or () if each["id"] not in present]


class _Taker:
    def __init__(self, connection: Connection, company_id: int, here: Here, blank_client: Record) -> None:
        self._connection = connection
        self._company_id = company_id
        self._actor = operator(company_id)
        self._here = here
        self._blank = blank_client
        self.numbers_taken: list[str] = []

    def take(self, told: Incoming, places: Mapping[Category | None, int]) -> Outcome:
        reasons = list(conflicts.refusals(self._here, self._company_id, told))
        if reasons:
            return Outcome("refused", told.id, reasons)
        before = self._here.present.get(told.id or 0)
        client = before.record if before else blank() | self._blank
        changes, misfits = columns_changed(client, told, self._here.team)
        if (before is None or told.category is not None) and places[told.category] != client["category_id"]:
            changes["category_id"] = places[told.category]
        misfits += self._without_taken_reference(changes, told.id)
        found = children.differences(client, told, self._here.team)
        misfits += [misfit for each in found for misfit in each.misfits]
        if before is not None and not self._is_changed(client, told, changes, found):
            what: What = "updated" if self._notes_differ(int(client["id"]), told) else "unchanged"
            return Outcome(what, told.id, misfits)
        after = self._made(client, told, changes) if before is None else _changed(client, told, changes)
        after |= children.become(client, found, told, after["created_at"])
        written = writing.write(self._connection, self._actor, Kind.IMPORTED, before, after)
        client_id = int(written.record["id"])
        self._notes_differ(client_id, told)
        self._remember(client_id, told, changes)
        return Outcome("created" if before is None else "updated", client_id, misfits)

    def _notes_differ(self, client_id: int, told: Incoming) -> bool:
        """Take the notes that are told; whether any were others."""
        if told.notes is None:
            return False
        return notes.replace_all(self._connection, self._company_id, client_id, told.notes, self._here.team)

    def _without_taken_reference(self, changes: Changes, client_id: int | None) -> list[Misfit]:
        reference = changes.get("id_number", "")
        if not reference or self._here.id_numbers.get(reference, client_id) == client_id:
            return []
        del changes["id_number"]
        return [Misfit("id_number", reference, "another client has this reference")]

    def _made(self, client: Record, told: Incoming, changes: Changes) -> Record:
        at = now()
        moments = {"created_at": at, "updated_at": changes.get("created_at", at)}
        nobody = {"user_id": None, "assigned_user_id": None}
        made = client | {"id": told.id or 0} | moments | nobody | changes
        if not made["number"]:
            counter = companies.lock(self._connection, self._company_id)
            made["number"] = numbers.allocate(self._connection, self._company_id, counter)
        return made

    def _is_changed(self, client: Record, told: Incoming, changes: Changes, found: list[Difference]) -> bool:
        if changes.keys() - {"updated_at"} or any(found) or children.tags_differ(client, told):
            return True
        return "updated_at" in changes and not 0 < client["updated_at"] - changes["updated_at"] < _UNTOLD

    def _remember(self, client_id: int, told: Incoming, changes: Changes) -> None:
        """What is now taken, for the rest of the page."""
        if changes.get("number"):
            self._here.numbers[changes["number"]] = client_id
            self.numbers_taken.append(changes["number"])
        if changes.get("id_number"):
            self._here.id_numbers[changes["id_number"]] = client_id
        for kind, owners in self._here.owners.items():
            for item in getattr(told, kind) or ():
                if item.get("id"):
                    owners[item["id"]] = (self._company_id, client_id)
        self._here.keys.update({item["contact_key"]: item["id"] for item in told.contacts or () if _is_named(item)})


def _is_named(contact: Record) -> bool:
    return bool(contact.get("id") and contact.get("contact_key"))


def _changed(client: Record, told: Incoming, changes: Changes) -> Record:
    if changes.get("number") == "":
        del changes["number"]  # a client keeps its number until it gets another one
    return client | changes | {"updated_at": _moment_of_change(client, told, changes)}


def _moment_of_change(client: Record, told: Incoming, changes: Changes) -> int:
    """When the client was changed: as told, unless that is what is here already.

    What was read of a client before would then pass for what it is now, so the moment moves on by the least there is.
    """
    if "updated_at" in changes:
        return int(changes["updated_at"])
    return int(client["updated_at"]) + 1 if "updated_at" in told.values else later_than(client["updated_at"])


def _last_ids(page: Iterable[Incoming]) -> dict[str, int]:
    ids = {"clients": [told.id or 0 for told in page]}
    for kind, table in OWNED.items():
        ids[table.name] = [each.get("id") or 0 for told in page for each in getattr(told, kind) or ()]
    return {name: max(given, default=0) for name, given in ids.items() if max(given, default=0)}


def _with_misfits(outcome: Outcome, told: Incoming, of_categories: Sequence[Misfit]) -> Outcome:
    mine = [each for each in of_categories if told.category is not None and each.value == told.category.id]
    return Outcome(outcome.what, outcome.id, [*outcome.misfits, *mine])
