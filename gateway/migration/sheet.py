"""Clients as a spreadsheet: CSV (RFC 4180) in UTF-8, one row a client, columns named in the first row.

A cell that a spreadsheet would take for a formula is written behind an apostrophe, which reading takes off again.
"""

import csv
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from core.clients.attributes import attribute_of_client
from core.importing.incoming import Category, FieldError, Incoming
from core.query import State
from gateway.migration.native import PAGE, portions
from gateway.migration.remote import SourceFailed
from gateway.migration.source import Page, ParsedClient, Preface
from schemas.fields import Field, FieldMap
from schemas.reading import Reader, keys_of
from schemas.types import Choice, Email, Integer, IntegerText, IsoTime, Money, Text, TrimmedText, Type

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_BETWEEN = "; "
_NOTES = Text(max=65_535)


@dataclass(frozen=True)
class Titles(Type):
    """Tags in one cell."""

    def parse(self, value: Any) -> list[str]:
        return [title[:100] for part in str(value or "").split(_BETWEEN.strip()) if (title := part.strip())]

    def format(self, value: list[str]) -> str:
        return _BETWEEN.join(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


FIELDS = FieldMap(
    "row",
    attribute_of_client,
    Field("id", "id", Integer(1), about="The client's id; without one it is the client of that number, or a new one."),
    Field("number", "number", TrimmedText(), about="Unique number; given out in sequence where a new client has none."),
    Field("name", "name", Text(), about="The client's name."),
    Field("status", "state", Choice({each.value: each for each in State}), about="`active`, `archived` or `deleted`."),
    Field("id_number", "id_number", TrimmedText(), about="The client's own reference, unique when set."),
    Field("vat_number", "vat_number", Text(), about="VAT or tax number."),
    Field("website", "website", Text(), about="Website."),
    Field("phone", "phone", Text(), about="Telephone number."),
    Field("private_notes", "private_notes", _NOTES, about="Notes the client never sees."),
    Field("public_notes", "public_notes", _NOTES, about="Notes the client may see."),
    *(
        Field(f"{prefix}{key}", f"{prefix}{attribute}", Text(), about=f"{where} address.")
        for prefix, where in (("", "Billing"), ("shipping_", "Shipping"))
        for key, attribute in (
            ("address1", "address1"),
            ("address2", "address2"),
            ("city", "city"),
            ("state", "region"),
            ("postal_code", "postal_code"),
            ("country", "country"),
        )
    ),
    *(Field(f"custom_value{n}", f"custom_value{n}", Text(), about="Custom value.") for n in range(1, 5)),
    Field("payment_terms", "payment_terms", IntegerText(), about="Days until an invoice is due."),
    Field("category_id", "category_id", Integer(1), about="The category's id."),
    Field("category", "category_name", TrimmedText(), about="The category's name; one that is not known is made."),
    Field("tags", "tags", Titles(), about="Tags, separated by semicolons."),
    Field("balance", "balance", Money(), about="What the client owes."),
    Field("paid_to_date", "paid_to_date", Money(), about="What the client has paid."),
    Field("credit_balance", "credit_balance", Money(), about="The client's credit."),
    Field("first_name", "owner.first_name", Text(), about="The primary contact's first name."),
    Field("last_name", "owner.last_name", Text(), about="The primary contact's last name."),
    Field("email", "owner.email", Email(), about="The primary contact's email."),
    Field("created_at", "created_at", IsoTime(), about="When the client was made, ISO 8601."),
    Field("updated_at", "updated_at", IsoTime(), about="When it was last changed, ISO 8601."),
)
COLUMNS = [str(row.key) for row in FIELDS.fields()]
_TEXTS = {str(row.key) for row in FIELDS.fields() if isinstance(row.type, Text | Email | Titles | IntegerText)}


def cells(client: Mapping[str, Any]) -> list[Any]:
    """A client's row."""
    shown = FIELDS.render(dict(client))
    return [_guarded(shown[name]) if name in _TEXTS else shown[name] for name in COLUMNS]


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


class Sheet:
    """A CSV file. Columns that are not there leave what they are about as it is; an empty cell empties it."""

    def __init__(self, file: IO[str]) -> None:
        self._rows = csv.DictReader(file, strict=True)
        self._reader = Reader(FIELDS)
        self.keys = keys_of(FIELDS)

    async def preface(self) -> Preface:
        """Check the first row."""
        try:
            names = self._rows.fieldnames or ()
        except (csv.Error, UnicodeDecodeError) as error:
            raise SourceFailed(f"The file is not CSV in UTF-8: {error}.") from error
        unknown = [str(name) for name in names if name not in COLUMNS]
        if len(unknown) == len(names):
            raise SourceFailed(f"The first row names no column that is known; known are {', '.join(COLUMNS)}.")
        return Preface(remarks=[f"The column {name!r} is not known and left out." for name in unknown])

    async def pages(self, first: int) -> AsyncIterator[Page]:
        """The rows, a few hundred to a page."""
        try:
            for number, rows in enumerate(portions(iter(self._rows), PAGE), 1):
                if number >= first:
                    yield Page([self.parsed(row) for row in rows], number)
        except (csv.Error, UnicodeDecodeError) as error:
            raise SourceFailed(f"The file is not CSV in UTF-8 at line {self._rows.line_num}: {error}.") from error

    def parsed(self, row: Mapping[str | Any, Any]) -> ParsedClient:
        """The client of a row."""
        shown = {name: _unguarded(cell) for name, cell in row.items() if name in COLUMNS and cell is not None}
        shown = {name: cell for name, cell in shown.items() if cell.strip() or (name in _TEXTS and name != "number")}
        values, field_errors = self._reader.read(shown)
        if any(field_error.path == "id" for field_error in field_errors):
            return ParsedClient(None, field_errors, shown["id"][:40])
        if None in row:
            field_errors.append(FieldError("row", str(row[None]), "there are more cells than columns"))
        category = Category(values.pop("category_id", None), values.pop("category_name", ""))
        owner = {
            name: values.pop(f"owner.{name}")
            for name in ("first_name", "last_name", "email")
            if f"owner.{name}" in values
        }
        contacts = [{**owner, "is_primary": True}] if owner else None
        client = Incoming(
            values.pop("id", None),
            values,
            category if category.id or category.name else None,
            contacts,
            all_contacts=False,
            tags=values.pop("tags", None),
        )
        return ParsedClient(client, field_errors)

    async def fetch(self, document_id: int, file: IO[bytes], limit: int) -> bool:
        """A row tells of no documents."""
        return False
