"""Converts cells to values of the register, with messages for those that cannot be converted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from core.text import countries
from gateway.migration.guarding import unguarded
from gateway.migration.sheet import AMOUNTS, TEXTS
from gateway.migration.spreadsheets import amounts
from gateway.migration.spreadsheets.formulas import NO_RESULT

_ERROR = re.compile(r"#(N/A|N/D|NV|REF|BEZUG|VALUE|WERT|VALEUR|VALOR|DIV/0|NAME|NOM|NULL|NUL|NUM|ZAHL)[!?]?")
_SHORTENED = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)
_GERMAN_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?: ([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?))?")
_COUNTRIES = ("country", "shipping_country")
_DATES = ("created_at", "updated_at")
_CODES = ("number", "id_number", "vat_number", "phone", "postal_code", "shipping_postal_code")
UNDERSTOOD = {
    "id": "accepted are whole numbers",
    "status": "accepted are active, archived and deleted; what /api calls suspended is archived here",
    "payment_terms": "accepted are whole days from 0 to 10000, without a word after them",
    "category_id": "accepted are whole numbers; the name of a category belongs in the column category",
    "email": "accepted is one address",
    "tags": "a tag has at most 100 characters; several are separated by semicolons",
    **dict.fromkeys(AMOUNTS, "accepted are amounts such as 1234.56, and 1.234,56 where --decimal is comma"),
    **dict.fromkeys(_DATES, "accepted are dates such as 2026-11-29, 2026-11-29T10:15:00Z and 29.11.2026"),
}
"""The accepted values of a column, if they are not just any text."""


@dataclass
class Cells:
    """A row by its columns: its values, and why a column is `left_out`, or `doubted` though it is used."""

    values: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    doubted: dict[str, str] = field(default_factory=dict)


def understood(shown: Mapping[str, str], decimal: str, numeric_countries: frozenset[str]) -> Cells:
    """Return the values of the cells of a row. Columns of `numeric_countries` have countries by number."""
    cells = Cells()
    for name, raw in shown.items():
        cell = unguarded(raw)
        if not cell.strip():
            # An empty cell empties a text; for any other value it has no effect.
            if name in TEXTS and name != "number":
                cells.values[name] = cell
        elif why := _reason_for(name, raw):  # after an apostrophe it is text, not an error of the spreadsheet
            cells.left_out[name] = why
        else:
            cells.values[name] = _plain(name, cell, decimal, name in numeric_countries)
            if name in _COUNTRIES and (why := _country_problem(cells.values[name])):
                cells.doubted[name] = why
    return cells


def _reason_for(name: str, cell: str) -> str:
    if cell == NO_RESULT:
        return "the workbook has no result of this formula; open it in a spreadsheet program and save it"
    if _ERROR.fullmatch(cell.strip()):
        return "this is a spreadsheet error, not a value"
    if name in _CODES and _SHORTENED.fullmatch(cell.strip()):
        return "a spreadsheet has shortened this number; format the column as text, and enter it again"
    return ""


def _plain(name: str, cell: str, decimal: str, is_number_of_country: bool) -> str:
    if name in AMOUNTS:
        return amounts.plain(cell, decimal) or cell
    if name in _DATES:
        return _iso(cell)
    if is_number_of_country and cell.strip().isdecimal():
        return countries.name_of(int(cell[:9])) or cell
    return cell


def _iso(cell: str) -> str:
    found = _GERMAN_DATE.fullmatch(cell.strip())
    if found is None:
        return cell
    day, month, year, time = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{time:0>5}" if time else "")


def _country_problem(cell: str) -> str:
    """Return why a text is not a country in /api/v1; `""` if it is."""
    if countries.by_code(cell) is not None or countries.by_name(cell) is not None:
        return ""
    why = "this is not a known country: /api shows it unchanged, /api/v1 shows none"
    number = countries.name_of(int(cell)) if cell.strip().isdecimal() and len(cell) < 9 else ""
    if number:
        return f"{why}; the number is that of {number}, so write that name if it is meant"
    close = get_close_matches(cell.strip().casefold(), countries.known_names(), 1, 0.8)
    hint = f"did you mean {close[0].title()}" if close else "accepted are names such as Germany and Deutschland"
    return f"{why}; {hint}, or a code such as DE"
