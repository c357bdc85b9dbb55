"""Clients as a spreadsheet: one row per client, columns named in the first row.

A cell that a spreadsheet would misinterpret is written with an apostrophe before it, which reading removes.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.clients.attributes import attribute_of_client
from core.query import State
from gateway.migration.guarding import guarded
from schemas.errors import BrokenRule
from schemas.fields import FieldMap
from schemas.rows import Field
from schemas.types import Choice, Email, Integer, IntegerText, IsoTime, Money, Text, TrimmedText, Type

_BETWEEN = "; "
_TO_QUOTE = re.compile(r"\s*\"|.*[;\r\n]|\s|.*\s$", re.DOTALL)
_MILLIONTHS = -6
_NOTES = Text(max=65_535)


@dataclass(frozen=True)
class Titles(Type):
    """Tags in one cell, separated by semicolons; ambiguous ones are in quotation marks."""

    def parse(self, value: Any) -> list[str]:
        titles = [TrimmedText(max=100).parse(each) for each in _parts(str(value or ""))]
        return list(dict.fromkeys(filter(None, titles)))

    def format(self, value: list[str]) -> str:
        return _BETWEEN.join(_quoted(each) if _TO_QUOTE.match(each) else each for each in value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class Amount(Money):
    """An amount as text with every stored digit; a number of spreadsheets or JSON has at most fifteen."""

    def format(self, value: int) -> str:  # type: ignore[override]
        return f"{Decimal(value).scaleb(_MILLIONTHS).normalize():f}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _parts(cell: str) -> list[str]:
    try:
        return next(csv.reader([cell], delimiter=_BETWEEN.strip(), skipinitialspace=True, strict=True), [])
    except csv.Error:
        return cell.split(_BETWEEN.strip())  # written without quotation marks


@dataclass(frozen=True)
class Word(Choice):
    """One of a few words in any case."""

    def parse(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise BrokenRule("in")
        return super().parse(value.strip().casefold())


FIELDS = FieldMap(
    "row",
    attribute_of_client,
    Field("id", "id", Integer(1), about="The client's id."),
    Field("number", "number", TrimmedText(), about="Unique number; given out in sequence where a new client has none."),
    Field("name", "name", Text(), about="The client's name."),
    Field("status", "state", Word({each.value: each for each in State}), about="`active`, `archived` or `deleted`."),
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
    Field("category", "category_name", TrimmedText(), about="The category's name; an unknown one is created."),
    Field(
        "tags",
        "tags",
        Titles(),
        about="Tags, separated by semicolons; put a tag that contains a semicolon in quotation marks.",
    ),
    Field("balance", "balance", Amount(), about="What the client owes."),
    Field("paid_to_date", "paid_to_date", Amount(), about="What the client has paid."),
    Field("credit_balance", "credit_balance", Amount(), about="The client's credit."),
    Field("first_name", "owner.first_name", Text(), about="The primary contact's first name."),
    Field("last_name", "owner.last_name", Text(), about="The primary contact's last name."),
    Field("email", "owner.email", Email(), about="The primary contact's email."),
    Field("created_at", "created_at", IsoTime(), about="When the client was created, ISO 8601."),
    Field("updated_at", "updated_at", IsoTime(), about="When it was last changed, ISO 8601."),
)
COLUMNS = [str(row.key) for row in FIELDS.fields()]
AMOUNTS = {str(row.key) for row in FIELDS.fields() if isinstance(row.type, Amount)}
NUMBERS = AMOUNTS | {str(row.key) for row in FIELDS.fields() if isinstance(row.type, Integer)}
TEXTS = {str(row.key) for row in FIELDS.fields() if isinstance(row.type, Text | Email | Titles | IntegerText)}


def cells(client: Mapping[str, Any], is_csv: bool) -> list[str]:
    """Return a client's row."""
    shown = FIELDS.render(dict(client))
    return [guarded(shown[name], is_csv) if name in TEXTS else _as_text(shown[name]) for name in COLUMNS]


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)
