"""Recognises the columns of a spreadsheet by their names, ignoring case, accents, blanks and punctuation."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from gateway.migration.remote import SourceFailed
from gateway.migration.sheet import COLUMNS
from gateway.migration.spreadsheets.words import (
    ADDRESS,
    BEFORE,
    BILLING_BEFORE,
    CLIENT,
    CONTACT,
    CONTACT_BEFORE,
    SHIPPING_BEFORE,
    SHIPPING_BEHIND,
    WITH_OTHER_COLUMN,
)

_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe", "&": "und", "º": "o"})


@dataclass(frozen=True)
class Columns:
    """The columns of a file, each with the name that the register uses, or None.

    `unknown` are the indexes of unrecognised columns, with a suggestion, or `""`.
    """

    headers: Sequence[str]
    names: Sequence[str | None]
    unknown: Mapping[int, str]

    def label(self, index: int) -> str:
        """Return the name of a column in messages."""
        return f"{self.headers[index].strip() or 'without a name'} (column {letters(index)})"


def plain(header: str) -> str:
    """Return the normal form of a column's name."""
    folded = unicodedata.normalize("NFC", header).casefold().translate(_SPELT_OUT)
    return "".join(each for each in unicodedata.normalize("NFD", folded) if each.isalnum())


def letters(index: int) -> str:
    """Return the letters of a column: A, B, …, Z, AA."""
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def recognised_count(headers: Sequence[str]) -> int:
    """Return how many of these are names of columns."""
    return sum(plain(header) in _columns_by_word() or plain(header) in WITH_OTHER_COLUMN for header in headers)


def columns_of(headers: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """Return the columns. `mapping` sets some of them: `""` leaves a column out. Raises `SourceFailed`."""
    _check_unique_headers(headers)
    chosen = _chosen(headers, mapping)
    plains = [plain(header) for header in headers]
    found = [chosen.get(index, _column_of(each, plains)) for index, each in enumerate(plains)]
    _check_unique_columns(headers, found)
    unknown = {
        index: suggestion(headers[index]) for index, name in enumerate(found) if name is None and headers[index].strip()
    }
    if not any(found):
        raise SourceFailed(f"The first row names no known column; known columns are {', '.join(COLUMNS)}.")
    return Columns(headers, [name or None for name in found], unknown)


def meant(word: str) -> str:
    """Return the column that a word means; `""` if none."""
    return _columns_by_word().get(plain(word), "")


def suggestion(header: str) -> str:
    """Return the column with a similar name; `""` if there is none."""
    close = get_close_matches(plain(header), _columns_by_word(), 1, 0.75)
    return _columns_by_word()[close[0]] if close else ""


def _column_of(word: str, all_words: Sequence[str]) -> str | None:
    other, name = WITH_OTHER_COLUMN.get(word, ("", ""))
    has_other = any(each in (other, other.removesuffix("s")) for each in all_words if each)
    if has_other and name not in map(_columns_by_word().get, all_words):
        return name
    return _columns_by_word().get(word) or ("name" if word in WITH_OTHER_COLUMN else None)


def _chosen(headers: Sequence[str], mapping: Mapping[str, str]) -> dict[int, str]:
    found = {}
    for header, name in mapping.items():
        at = [index for index, each in enumerate(headers) if each.strip() == header.strip()]
        at = at or [index for index, each in enumerate(headers) if plain(each) == plain(header)]
        if not at:
            there = ", ".join(map(repr, headers))
            raise SourceFailed(f"--map: there is no column {header!r}; the columns are {there}.")
        column = name if name in COLUMNS or not name else meant(name)
        if name and not column:
            raise SourceFailed(f"--map: there is no column {name!r}; known columns are {', '.join(COLUMNS)}.")
        found[at[0]] = column
    return found


def _check_unique_headers(headers: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for index, header in enumerate(headers):
        key = header.strip().casefold()
        if key and key in seen:
            raise SourceFailed(
                f"Two columns are called {header.strip()!r}: {letters(seen[key])} and {letters(index)}."
                " Rename or remove one of them. Nothing was imported."
            )
        seen.setdefault(key, index)


def _check_unique_columns(headers: Sequence[str], found: Sequence[str | None]) -> None:
    for index, name in enumerate(found):
        first = found.index(name)
        if name and first != index:
            raise SourceFailed(
                f"The columns {headers[first]!r} ({letters(first)}) and {headers[index]!r} ({letters(index)}) would"
                f" both be {name}. Leave one out, --map {headers[index] + '='!r}, or name its column,"
                f" --map {headers[index] + '=COLUMN'!r}. Nothing was imported."
            )


@cache
def _columns_by_word() -> dict[str, str]:
    """Return the column that each word means."""
    found = {plain(name): name for name in COLUMNS}
    for name, words in {**CLIENT, **ADDRESS}.items():
        before = ("", *BEFORE, *(BILLING_BEFORE if name in ADDRESS else CONTACT_BEFORE if name in CONTACT else ()))
        for word in words.split():
            for each in before:
                found.setdefault(each + word, name)
    for name, words in ADDRESS.items():
        for word in words.split():
            for form in (*(each + word for each in SHIPPING_BEFORE), *(word + each for each in SHIPPING_BEHIND)):
                found.setdefault(form, f"shipping_{name}")
    return found
