"""A system that speaks /api, read through that dialect's own table (the legacy document's "The client object")."""

from collections.abc import AsyncIterator, Mapping
from typing import IO, Any

from core.clients.attributes import SOCIAL
from core.importing.incoming import Category, FieldError, Incoming
from core.query import Record
from dialects.legacy import categories, contacts
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
    """Clients of /api, oldest first, with all of their contacts where the source lists those and else their owners."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._reader, self._contact_reader = Reader(FIELDS), Reader(contacts.FIELDS)
        self._category_reader = Reader(categories.FIELDS)
        self._spool: Spool | None = None
        self.keys = keys_of(FIELDS)

    async def preface(self) -> Preface:
        """The categories, if the source lists them; contacts are read here as well, and kept for their clients."""
        remarks = (
            [] if await self._read_contacts() else ["The source lists no contacts: clients come with their owners."]
        )
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
        return Incoming(client_id, values, category, people or [owner], all_contacts=bool(people), tags=tags)

    def _contacts(self, client_id: int, field_errors: list[Any]) -> list[Record]:
        people = []
        for shown in self._spool.of_client(client_id) if self._spool else ():
            values, of_contact = self._contact_reader.read(shown, "contacts.")
            field_errors += of_contact
            social = {name: value for name in SOCIAL if (value := values.pop(f"social.{name}", ""))}
            people.append(values | {"social": social})
        return people


def _is_attached(contact: Any) -> bool:
    if not isinstance(contact, Mapping) or not isinstance(contact.get("client"), Mapping):
        return False
    return all(isinstance(each, int) and 0 < each < 2**63 for each in (contact.get("id"), contact["client"].get("id")))
