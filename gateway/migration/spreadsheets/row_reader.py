"""Converts a row to a client in the register's terms, and reports what it cannot convert."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.importing.incoming import Category, FieldError, Incoming
from gateway.migration.sheet import FIELDS
from gateway.migration.spreadsheets.headers import Columns, plain
from gateway.migration.spreadsheets.judging import named_cells
from gateway.migration.spreadsheets.keys import MATCHES, Key
from gateway.migration.spreadsheets.layout import Row
from gateway.migration.spreadsheets.values import UNDERSTOOD, understood
from schemas.reading import Reader, keys_of

_ABOUT = {str(row.key): row.attribute for row in FIELDS.fields()}
_NUMBER_OF_COUNTRY = "countryid"


@dataclass(frozen=True)
class ReadRow:
    """A row: the register's values by attribute, errors by column, and doubts about other values."""

    values: dict[str, Any]
    errors: Mapping[str, FieldError]
    doubts: Mapping[str, str]


class RowReader:
    """Reads rows with known columns and decimal sign."""

    def __init__(self, columns: Columns, decimal: str) -> None:
        self._columns, self._decimal = columns, decimal
        self._reader = Reader(FIELDS)
        self._labels = {name: columns.label(index) for index, name in enumerate(columns.names) if name}
        self._numeric_countries = frozenset(
            name
            for header, name in zip(columns.headers, columns.names, strict=True)
            if name and plain(header).endswith(_NUMBER_OF_COUNTRY)
        )

    def labels(self) -> dict[str, str]:
        """Return the names of columns in messages of the core, by attribute."""
        named = {attribute: self._labels[key] for attribute, key in keys_of(FIELDS).items() if key in self._labels}
        by_attribute = {attribute.replace("owner.", "contacts."): label for attribute, label in named.items()}
        return by_attribute | {name: self._labels[name] for name in MATCHES if name in self._labels}

    def label(self, name: str) -> str:
        """Return the name of a column in messages."""
        return self._labels.get(name, name)

    def read(self, row: Row) -> ReadRow:
        """Return the values of a row."""
        shown = named_cells(row, self._columns)
        cells = understood(shown, self._decimal, self._numeric_countries)
        values, unread = self._reader.read(cells.values)
        errors = {each.path: self._complaint(each.path, shown, each.why) for each in unread}
        errors |= {name: self._complaint(name, shown, why) for name, why in cells.left_out.items()}
        errors |= dict(self._surplus(row))
        return ReadRow(values, errors, {_ABOUT[name]: why for name, why in cells.doubted.items()})

    def _complaint(self, name: str, shown: Mapping[str, str], why: str) -> FieldError:
        hint = f"; {UNDERSTOOD[name]}" if name in UNDERSTOOD else ""
        return FieldError(self._labels[name], shown[name], f"{why.rstrip('.')}{hint}")

    def _surplus(self, row: Row) -> Iterator[tuple[str, FieldError]]:
        """Yield cells beyond the named columns."""
        headers = self._columns.headers
        for index, cell in enumerate(row.cells):
            if cell.strip() and (index >= len(headers) or not headers[index].strip()):
                yield str(index), FieldError("cells without a column", cell, "there are more cells than columns")


def client_of(read: ReadRow, key: Key | None) -> Incoming:
    """Return the client of a row; `key` identifies it if it has no id."""
    values = read.values
    category = Category(values.pop("category_id", None), values.pop("category_name", ""))
    owner = {
        name: values.pop(f"owner.{name}") for name in ("first_name", "last_name", "email") if f"owner.{name}" in values
    }
    return Incoming(
        values.pop("id", None),
        values,
        category if category.id or category.name else None,
        [{**owner, "is_primary": True}] if owner else None,
        all_contacts=False,
        tags=values.pop("tags", None),
        key=key,
        doubts=read.doubts,
        respelt=True,
    )
