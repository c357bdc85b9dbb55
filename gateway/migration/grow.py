"""A source that speaks /api, read through that dialect's own table (the legacy document's "The client object")."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import IO, Any

from core.clients.attributes import SOCIAL
from core.importing.incoming import Category, FieldError, Incoming
from dialects.legacy import categories, contacts, notes
from dialects.legacy.clients import FIELDS
from gateway.migration.list_reader import ListReader, all_items, client_pages
from gateway.migration.listing import Figures, Listing, id_number, whole
from gateway.migration.remote import Remote
from gateway.migration.source import Page, Preface, parsed
from gateway.migration.spool import Spool
from schemas.reading import Reader, keys_of

_LIMIT = 100


def _figures(meta: Mapping[str, Any]) -> Figures:
    return Figures(whole(meta.get("last_page")), whole(meta.get("total")), whole(meta.get("per_page")))


def _listing(noun: str, path: str, **query: str) -> Listing:
    path_of: Callable[[int], str] = lambda number: f"{path}/{number}"  # noqa: E731
    return Listing(noun, path, {"limit": _LIMIT, **query}, _figures, id_number, path_of=path_of)


_CLIENTS = _listing("client", "/api/clients", sort="client_created", order="asc")
_CONTACTS = _listing("contact", "/api/contacts", sort="created", order="asc")
_NOTES = _listing("note", "/api/notes", resource_type="client", sort="note_created", order="asc")
_CATEGORIES = _listing("category", "/api/categories", type="client")


class Grow:
    """Clients of /api, oldest first, with contacts and notes if the source lists them, else with their owners."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._reader, self._contact_reader = Reader(FIELDS), Reader(contacts.FIELDS)
        self._category_reader, self._note_reader = Reader(categories.FIELDS), Reader(notes.FIELDS)
        self._spool: Spool | None = None
        self._notes: Spool | None = None
        self.keys = keys_of(FIELDS)

    async def preface(self) -> Preface:
        """Return the categories, if the source lists them. Contacts and notes are also read here, and spooled."""
        preface = Preface(is_live=True)
        if not await self._read_contacts(preface):
            preface.remarks.append("The source does not list contacts, so only the owners of clients are imported.")
        await self._read_notes(preface)
        preface.categories = [
            category
            for each in await all_items(self._remote, _CATEGORIES, preface.shortfalls)
            if (category := self._category(each))
        ]
        return preface

    async def _read_contacts(self, preface: Preface) -> bool:
        source_list = ListReader(self._remote, _CONTACTS, optional=True)
        async for page in source_list.pages():
            self._spool = self._spool or Spool()
            self._spool.add((each["id"], each["client"]["id"], each) for each in page.items if _is_attached(each))
            self._add_contact_users(preface, page.items)
        preface.shortfalls += [source_list.shortfall] if source_list.shortfall else []
        return self._spool is not None

    async def _read_notes(self, preface: Preface) -> None:
        source_list = ListReader(self._remote, _NOTES, optional=True)
        async for page in source_list.pages():
            self._notes = self._notes or Spool()
            self._notes.add(
                (each["id"], each["resource"]["id"], each) for each in page.items if _belongs_to_client(each)
            )
        preface.shortfalls += [source_list.shortfall] if source_list.shortfall else []

    def _add_contact_users(self, preface: Preface, shown: list[Any]) -> None:
        for each in shown:
            if id_number(each) is not None and not _is_attached(each):
                values, field_errors = self._contact(each)
                preface.contact_users += [values] if values.get("id") else []
                preface.field_errors += [(each["id"], field_error) for field_error in field_errors]

    def _category(self, shown: Any) -> Category | None:
        values, field_errors = self._category_reader.read(shown) if isinstance(shown, Mapping) else ({}, ())
        if any(field_error.path == "type" for field_error in field_errors) or not values.get("id"):
            return None
        return Category(values.pop("id"), values.pop("name", ""), values.pop("is_default", None), values)

    async def pages(self, first: int) -> AsyncIterator[Page]:
        """Yield the pages from `first` on."""
        source_list = ListReader(self._remote, _CLIENTS, first)
        async for page in client_pages(source_list, lambda each: parsed(self._reader, each, self._incoming)):
            yield page

    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool:
        """Return False: /api shows no documents."""
        return False

    def _incoming(self, client_id: int, values: dict[str, Any], field_errors: list[FieldError]) -> Incoming:
        category = Category(values.pop("category_id", None), values.pop("category_name", ""))
        owner = {"id": values.pop("owner.id", None), "full_name": values.pop("owner.full_name", ""), "is_primary": True}
        tags = values.pop("tags", None)
        people = self._contacts(client_id, field_errors)
        client_notes = self._noted(client_id, field_errors)
        return Incoming(client_id, values, category, people or [owner], bool(people), tags, notes=client_notes)

    def _contacts(self, client_id: int, field_errors: list[Any]) -> list[dict[str, Any]]:
        people = []
        for shown in self._spool.of_client(client_id) if self._spool else ():
            values, of_contact = self._contact(shown)
            field_errors += of_contact
            people.append(values)
        return people

    def _noted(self, client_id: int, field_errors: list[Any]) -> list[dict[str, Any]] | None:
        if self._notes is None:
            return None
        client_notes = []
        for shown in self._notes.of_client(client_id):
            values, of_note = self._note_reader.read(shown, "notes.")
            field_errors += of_note
            # The ids of the source's team users belong to other users here.
            client_notes.append({name: value for name, value in values.items() if name not in ("client_id", "user_id")})
        return client_notes

    def _contact(self, shown: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
        values, field_errors = self._contact_reader.read(shown, "contacts.")
        social = {name: value for name in SOCIAL if (value := values.pop(f"social.{name}", ""))}
        return values | {"social": social}, field_errors


def _is_attached(contact: Any) -> bool:
    return _belongs(contact, "client")


def _belongs_to_client(note: Any) -> bool:
    return _belongs(note, "resource") and note["resource"].get("type") == "client"


def _belongs(item: Any, owner: str) -> bool:
    """Return whether it has an id, and an owner with an id."""
    if not isinstance(item, Mapping) or not isinstance(item.get(owner), Mapping):
        return False
    return all(isinstance(each, int) and 0 < each < 2**63 for each in (item.get("id"), item[owner].get("id")))
