"""The register's own complete format of clients: JSON, one object per line; the first line is about the company.

A client's line has every stored column by its name, its contacts, gateway tokens, documents (without their bytes) and
tags, so that an imported client looks the same in both dialects. Times are microseconds, amounts are millionths.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

import orjson
from sqlalchemy import JSON, Boolean, Column, String, Table

from core.attribute import Attribute
from core.clients.attributes import DOCUMENT
from core.importing.incoming import Category, Incoming
from core.models import categories, client_gateway_tokens, clients, contacts, documents, notes
from gateway.migration.remote import SourceFailed, TooLarge
from gateway.migration.source import Page, ParsedClient, Preface
from schemas.fields import FieldMap
from schemas.reading import Reader
from schemas.rows import Field, Many
from schemas.types import Boolean as Truth
from schemas.types import Integer, JsonObject, ListOf, Text, Type

FORMAT = 1
PAGE = 500
_MAX_LINE = 8 * 1024 * 1024
_NOT_EXPORTED = frozenset(
    {"company_id", "client_id", "display_name", "email_key", "object_key", "searched", "client_deleted"}
    | {"version_ahead", "hash_told", "number_generated"}
)
_SECRETS = frozenset({"password_hash"})


def _type_of(column: Column[Any]) -> Type:
    if isinstance(column.type, JSON):
        return JsonObject(max_bytes=_MAX_LINE)  # a stored value may be the sum of many writes
    if isinstance(column.type, Boolean):
        return Truth()
    return Text(max=column.type.length or 2**20) if isinstance(column.type, String) else Integer()


def _stored(name: str) -> Attribute:
    return DOCUMENT["hash"] if name == "hash" else Attribute(itemgetter(name), stored=name)


def _columns(table: Table, left_out: frozenset[str]) -> list[Field]:
    return [Field(each.name, each.name, _type_of(each)) for each in table.columns if each.name not in left_out]


_NOTE_TAGS = Field("tags", "tags", ListOf(Text()))
CATEGORY_FIELDS = FieldMap("category", _stored, *_columns(categories, _NOT_EXPORTED))


def client_fields(secrets: bool) -> FieldMap:
    """Return the table of a client; with `secrets` also the hashes of contacts' passwords."""
    left_out = _NOT_EXPORTED if secrets else _NOT_EXPORTED | _SECRETS
    return FieldMap(
        "client",
        _stored,
        *_columns(clients, left_out),
        Field("category_name", "category_name", Text()),
        Field("category_is_default", "category_is_default", Truth()),
        Field("tags", "tags", ListOf(Text())),
        Many("contacts", "contacts", FieldMap("contact", _stored, *_columns(contacts, left_out))),
        Many(
            "documents",
            "documents",
            FieldMap("document", _stored, *_columns(documents, left_out), Field("hash", "hash", Text())),
        ),
        Many(
            "gateway_tokens",
            "gateway_tokens",
            FieldMap("gateway token", _stored, *_columns(client_gateway_tokens, left_out)),
        ),
        Many(
            "notes",
            "notes",
            FieldMap("note", _stored, *_columns(notes, left_out | {"tags"}), _NOTE_TAGS),
            max_items=100_000,
        ),
    )


class Native:
    """A file in this format. `folder` has documents' bytes under the names in the lines."""

    keys: dict[str, str] = {}

    def __init__(self, file: IO[bytes], folder: Path | None) -> None:
        self._file = file
        self._folder = folder
        self._reader, self._category_reader = Reader(client_fields(secrets=True)), Reader(CATEGORY_FIELDS)
        self._currency_id = ""
        self._names: dict[int, str] = {}

    async def preface(self) -> Preface:
        """Return the content of the first line."""
        head = _object(self._file.readline(_MAX_LINE))
        if head.get("gateway_clients") != FORMAT:
            raise SourceFailed("The file was not written by `gateway export json`.")
        self._currency_id = str(head.get("currency_id", ""))
        next_number = head.get("next_number")
        parsed = head.get("categories")
        categories = [
            self._category(each) for each in (parsed if isinstance(parsed, list) else ()) if isinstance(each, dict)
        ]
        return Preface(categories, next_number if type(next_number) is int and 0 < next_number < 10**9 else 0)

    def _category(self, shown: Mapping[str, Any]) -> Category:
        values, _ = self._category_reader.read(shown)
        values["is_deleted"] = bool(values.pop("deleted_at", 0))
        return Category(values.pop("id", None), values.pop("name", ""), values.pop("is_default", False), values)

    async def pages(self, first: int) -> AsyncIterator[Page]:
        """Yield the lines, a few hundred per page."""
        lines = islice(iter(lambda: self._file.readline(_MAX_LINE), b""), (first - 1) * PAGE, None)
        for number, page in enumerate(chunked((self.parsed(line) for line in lines if line.strip()), PAGE), first):
            yield Page(page, number)

    def parsed(self, line: bytes) -> ParsedClient:
        """Return the client of a line."""
        try:
            shown = _object(line)
        except SourceFailed:
            return ParsedClient(None, name=line[:40].decode(errors="replace"))
        values, field_errors = self._reader.read(shown)
        client_id = values.pop("id", None)
        if client_id is None:
            return ParsedClient(None, field_errors, str(shown.get("id"))[:40])
        category = Category(
            values.pop("category_id", None), values.pop("category_name", ""), values.pop("category_is_default", None)
        )
        if "settings" in values and self._currency_id:
            values["settings"] = {"currency_id": self._currency_id} | values["settings"]
        children = {
            kind: values.pop(kind, None) for kind in ("contacts", "documents", "gateway_tokens", "tags", "notes")
        }
        for document in children["documents"] or ():
            self._names[document.get("id", 0)] = document.get("hash", "")
        return ParsedClient(Incoming(client_id, values, category, **children), field_errors)

    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool:
        """Return the bytes of a document, from the folder."""
        name = self._names.get(document_id, "")
        if self._folder is None or not name or Path(name).name != name:
            return False
        try:
            with (self._folder / name).open("rb") as found:
                while chunk := found.read(2**20):
                    file.write(chunk)
                    if file.tell() > limit:
                        raise TooLarge(name)
        except FileNotFoundError:
            return False
        return True


def chunked(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Yield the items in lists of at most `size`."""
    take: Callable[[], list[Any]] = lambda: list(islice(items, size))  # noqa: E731
    return iter(take, [])


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SourceFailed("The file is not JSON with one object in each line.") from error
    if not isinstance(found, dict):
        raise SourceFailed("The file is not JSON with one object in each line.")
    return found
