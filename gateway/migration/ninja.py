"""A source that speaks /api/v1, read through that dialect's own table (the v1 document's "Get Clients")."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import IO, Any

from core.importing.incoming import Category, CustomField, FieldError, Incoming
from core.text.clock import SECOND
from dialects.v1.clients import client_fields
from dialects.v1.group_settings import group_fields
from gateway.migration.list_reader import ListReader, client_pages
from gateway.migration.listing import Figures, Listing, whole
from gateway.migration.remote import Remote
from gateway.migration.source import Page, Preface, parsed
from schemas.errors import BrokenRule
from schemas.hashing import Hashids
from schemas.reading import Reader, keys_of
from schemas.types import HashedId, NotGiven

_PER_PAGE = 500
_EVERY_STATE = "active,archived,deleted"
_WITHOUT_COMPANY = (400, 401, 403, 404, 405)
_MAX_TITLE = 255
_INCLUDE = {"include": "contacts,documents,gateway_tokens"}


def _figures(meta: Mapping[str, Any]) -> Figures:
    pagination = meta["pagination"]
    return Figures(
        whole(pagination.get("total_pages")), whole(pagination.get("total")), whole(pagination.get("per_page"))
    )


class Ninja:
    """Clients of /api/v1, including deleted ones, in the order of their ids."""

    def __init__(self, remote: Remote, salt: str, id_length: int) -> None:
        self._remote = remote
        self._ids = HashedId(Hashids(salt, id_length))
        fields = client_fields(self._ids, "")
        self._reader, self._group_reader = Reader(fields), Reader(group_fields(self._ids))
        self.keys = keys_of(fields)

    async def preface(self) -> Preface:
        """Return the groups, if the source lists them."""
        preface = Preface(is_live=True)
        listing = self._listing("group", "/api/v1/group_settings", {"per_page": _PER_PAGE, "status": _EVERY_STATE})
        groups = ListReader(self._remote, listing, optional=True)
        found = [group async for page in groups.pages() for group in page.items]
        preface.shortfalls += [groups.shortfall] if groups.shortfall else []
        preface.categories = [category for group in found if (category := self._category(group))]
        if groups.exists:  # a source that shows only clients shows no company either
            preface.custom_fields = await self._custom_fields()
        return preface

    async def _custom_fields(self) -> list[CustomField]:
        """Return the custom fields of clients, if the source shows its company: `client1: "Title|kind"` and so on."""
        answer = await self._remote.json("/api/v1/companies/current", {}, _WITHOUT_COMPANY)
        company = answer.get("data") if isinstance(answer, Mapping) else None
        fields = company.get("custom_fields") if isinstance(company, Mapping) else None
        if not isinstance(fields, Mapping):
            return []
        titles = {number: str(fields.get(f"client{number}") or "").partition("|")[0].strip() for number in range(1, 5)}
        return [CustomField(number, title[:_MAX_TITLE]) for number, title in titles.items() if title]

    def _listing(self, noun: str, path: str, query: Mapping[str, Any]) -> Listing:
        path_of: Callable[[int], str] = lambda number: f"{path}/{self._ids.format(number)}"  # noqa: E731
        return Listing(noun, path, query, _figures, self._number_of, self._ids.format, path_of)

    def _number_of(self, item: Any) -> int | None:
        try:
            return self._ids.parse(item.get("id")) if isinstance(item, Mapping) else None
        except (BrokenRule, NotGiven):
            return None

    def _category(self, group: Any) -> Category | None:
        values, _ = self._group_reader.read(group) if isinstance(group, Mapping) else ({}, ())
        group_id, name = values.pop("id", None), values.pop("name", "")
        return Category(group_id, name, False, values) if group_id else None

    async def pages(self, first: int) -> AsyncIterator[Page]:
        """Yield the pages from `first` on."""
        query = {"per_page": _PER_PAGE, "sort": "id|ASC", "status": _EVERY_STATE, **_INCLUDE}
        listing = replace(self._listing("client", "/api/v1/clients", query), show_query=_INCLUDE)
        source_list = ListReader(self._remote, listing, first)
        async for page in client_pages(source_list, lambda each: parsed(self._reader, each, self._incoming)):
            yield page

    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool:
        """Write the bytes of a document to the file."""
        # Not from its `url`, which may lead anywhere: the key would be sent there.
        return await self._remote.download(f"/api/v1/documents/{self._ids.format(document_id)}/download", file, limit)

    def _incoming(self, client_id: int, values: dict[str, Any], _field_errors: list[FieldError]) -> Incoming:
        group = Category(values.pop("group_id", None), is_default=False)
        children = {kind: values.pop(kind, None) for kind in ("contacts", "documents", "gateway_tokens")}
        return Incoming(client_id, values, group, **children, tick=SECOND)
