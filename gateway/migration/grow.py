"""A system that speaks /api, read through that dialect's own table (the legacy document's "The client object")."""

from collections.abc import AsyncIterator, Mapping
from typing import IO, Any

from core.clients.attributes import SOCIAL
from core.importing.incoming import Category, FieldError, Incoming
from core.query import Record
from dialects.legacy import categories, contacts, notes
from dialects.legacy.clients import FIELDS
from gateway.migration.listing import items
from gateway.migration.remote import Remote
from gateway.migration.source import Page, Preface, parsed
from gateway.migration.spool import Spool
from schemas.reading import Reader, keys_of

_LIMIT = 100


def _meta(meta: Mapping[str, Any]) -> tuple[int, int]:
    return meta["last_page"], meta["total"]


class Grow:
    """Clients of /api, oldest first, with contacts and notes where the source lists those and else their owners."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._reader, self._contact_reader = Reader(FIELDS), Reader(contacts.FIELDS)
        self._category_reader, self._note_reader = Reader(categories.FIELDS), Reader(notes.FIELDS)
        self._spool: Spool | None = None
        self._notes: Spool | None = None
        self.keys = keys_of(FIELDS)

    async def preface(self) -> Preface:
        """The categories, if the source lists them; contacts and notes are read here too, and kept."""
        remarks = (
            [] if await self._read_contacts() else ["The source lists no contacts: clients come with their owners."]
        )
        await self._read_notes()
        found: list[Category] = []
        query = {"limit": _LIMIT, "type": "client"}
        async for _number, data, _total in items(self._remote, "/api/categories", query, _meta, optional=True):
            found += [category for each in data if (category := self._category(each))]
        return Preface(found, remarks=remarks)

    async def _read_contacts(self) -> bool:
        query = {"limit": _LIMIT, "sort": "created", "order": "asc"}
        async for _number, people, _total in items(self._remote, "/api/contacts", query, _meta, optional=True):
            self._spool = self._spool or Spool()
            self._spool.add((each["id"], each["client"]["id"], each) for each in people if _is_attached(each))
        return self._spool is not None

    async def _read_notes(self) -> None:
        query = {"limit": _LIMIT, "resource_type": "client", "sort": "note_created", "order": "asc"}
        async for _number, noted, _total in items(self._remote, "/api/notes", query, _meta, optional=True):
            self._notes = self._notes or Spool()
            self._notes.add((each["id"], each["resource"]["id"], each) for each in noted if _is_on_a_client(each))

    def _category(self, shown: Any) -> Category | None:
        values, field_errors = self._category_reader.read(shown) if isinstance(shown, Mapping) else ({}, ())
        if any(field_error.path == "type" for field_error in field_errors) or not values.get("id"):
            return None
        return Category(values.pop("id"), values.pop("name", ""), values.pop("is_default", None), values)

    async def pages(self, first: int) -> AsyncIterator[Page]:
        """The pages from the first on."""
        query = {"limit": _LIMIT, "sort": "client_created", "order": "asc"}
        async for number, data, total in items(self._remote, "/api/clients", query, _meta, first):
            yield Page([parsed(self._reader, each, self._incoming) for each in data], number, total)

    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool:
        """/api shows no documents."""
        return False

    def _incoming(self, client_id: int, values: dict[str, Any], field_errors: list[FieldError]) -> Incoming:
        category = Category(values.pop("category_id", None), values.pop("category_name", ""))
        owner = {"id": values.pop("owner.id", None), "full_name": values.pop("owner.full_name", ""), "is_primary": True}
        tags = values.pop("tags", None)
        people = self._contacts(client_id, field_errors)
        noted = self._noted(client_id, field_errors)
        return Incoming(client_id, values, category, people or [owner], bool(people), tags, notes=noted)

    def _contacts(self, client_id: int, field_errors: list[Any]) -> list[Record]:
        people = []
        for shown in self._spool.of_client(client_id) if self._spool else ():
            values, of_contact = self._contact_reader.read(shown, "contacts.")
            field_errors += of_contact
            social = {name: value for name in SOCIAL if (value := values.pop(f"social.{name}", ""))}
            people.append(values | {"social": social})
        return people

    def _noted(self, client_id: int, field_errors: list[Any]) -> list[Record] | None:
        if self._notes is None:
            return None
        noted = []
        for shown in self._notes.of_client(client_id):
            values, of_note = self._note_reader.read(shown, "notes.")
            field_errors += of_note
            # The numbers of the source's team are those of others here.
            noted.append({name: value for name, value in values.items() if name not in ("client_id", "user_id")})
        return noted


def _is_attached(contact: Any) -> bool:
    return _belongs(contact, "client")


def _is_on_a_client(note: Any) -> bool:
    return _belongs(note, "resource") and note["resource"].get("type") == "client"


def _belongs(item: Any, owner: str) -> bool:
    """Whether it has an id, and an owner that has one."""
    if not isinstance(item, Mapping) or not isinstance(item.get(owner), Mapping):
        return False
    return all(isinstance(each, int) and 0 < each < 2**63 for each in (item.get("id"), item[owner].get("id")))
