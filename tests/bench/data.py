"""The rows of a generated register. They depend only on the client's number, so every run has the same ones.

Client `i` has the id `i`, the contacts `2i - 1` (primary) and `2i`, the tags and documents that `_tags` and
`_documents` say. Nothing that the schema fills in by itself is listed.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from core.text.names import searched_text

Row = tuple[Any, ...]

COMPANY, TEAM_USER, CATEGORY = 1, 1, 1  # what `gateway bootstrap` makes first in an empty register

# One client in a hundred has a given pair of these in its name, and a search for it finds those.
_BEGINNINGS = ("Ash", "Birch", "Cold", "Dun", "Elm", "Fair", "Glen", "Hart", "Kings", "Oak")
_ENDINGS = ("bury", "combe", "dale", "field", "ford", "ham", "mere", "ridge", "stead", "worth")
SEARCHED = "akfor"

_TRADES = ("Bakery", "Foundry", "Joinery", "Logistics", "Nursery", "Optics", "Press", "Roofing", "Textiles")
_FIRST_NAMES = ("Ada", "Ben", "Chloë", "Dev", "Edith", "Farid", "Grace", "Hugo", "Iris", "Jonas", "Kofi")
_LAST_NAMES = ("Archer", "Baker", "Carter", "Draper", "Ellis", "Fowler", "Gardner", "Hayes", "Ives", "Jordan")
_CITIES = ("Bath", "Cork", "Derby", "Exeter", "Fareham", "Galway", "Hove")
_COUNTRIES = ((826, "United Kingdom"), (372, "Ireland"), (276, "Germany"), (840, "United States"))
_TITLES = ("priority", "wholesale", "newsletter", "overdue", "partner")

_EPOCH = 1_700_000_000_000_000  # microseconds
_MINUTE = 60_000_000

COLUMNS = {
    "clients": [
        "id",
        "company_id",
        "user_id",
        "category_id",
        "name",
        "display_name",
        "number",
        "id_number",
        "vat_number",
        "website",
        "phone",
        "private_notes",
        "address1",
        "address2",
        "city",
        "region",
        "postal_code",
        "country_id",
        "country_text",
        "shipping_city",
        "custom_value1",
        "custom_value2",
        "settings",
        "balance",
        "paid_to_date",
        "client_hash",
        "created_at",
        "updated_at",
        "archived_at",
        "deleted_at",
    ],
    "contacts": [
        "id",
        "company_id",
        "client_id",
        "first_name",
        "last_name",
        "email",
        "email_key",
        "phone",
        "is_primary",
        "send_email",
        "contact_key",
        "searched",
        "client_deleted",
        "created_at",
        "updated_at",
    ],
    "client_tags": ["company_id", "client_id", "position", "title"],
    "documents": [
        "company_id",
        "client_id",
        "user_id",
        "name",
        "type",
        "object_key",
        "size",
        "searched",
        "created_at",
        "updated_at",
    ],
}


def state(client: int) -> str:
    """Return the state of a client: one in forty is archived, one in fifty is deleted."""
    if client % 50 == 49:
        return "deleted"
    return "archived" if client % 40 == 39 else "active"


def name(client: int) -> str:
    """Return the client's name."""
    mixed = client * 2_654_435_761 >> 5
    place = _BEGINNINGS[mixed % 10] + _ENDINGS[mixed // 10 % 10]
    return f"{place} {_TRADES[client % 9]} {client}"


def people(client: int) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Return first name, last name and email of the client's contacts, the primary one first."""
    return (
        (_FIRST_NAMES[client % 11], _LAST_NAMES[client // 11 % 10], f"owner{client}@mail{client % 97}.example"),
        (_FIRST_NAMES[client // 7 % 11], _LAST_NAMES[client % 10], f"books{client}@mail{client % 97}.example"),
    )


def custom_values(client: int) -> tuple[str, str]:
    """Return the client's first two custom values."""
    return f"Region {client % 12}", f"Rep {client % 250}"


def rows(table: str, first: int, last: int) -> Iterator[Row]:
    """Return the rows of a table for the clients from `first` to `last`, in the order of `COLUMNS`."""
    return _ROWS[table](range(first, last + 1))


def _clients(numbers: range) -> Iterator[Row]:
    for i in numbers:
        created = _EPOCH + i * _MINUTE
        country_id, country = _COUNTRIES[i % 4]
        where = state(i)
        yield (
            *(i, COMPANY, TEAM_USER, CATEGORY, name(i), name(i), f"{i:04d}", f"REF-{i}", f"GB{i:09d}"),
            *(f"https://client{i}.example", f"+44 20 {i:07d}", f"Met at the fair of {2000 + i % 25}."),
            *(f"{i % 300 + 1} High Street", f"Unit {i % 40}", _CITIES[i % 7], "", f"AB{i % 99} {i % 9}CD"),
            *(country_id, country, _CITIES[i // 7 % 7], *custom_values(i), '{"payment_terms":"30"}'),
            *(i % 5000 * 1_250_000, i % 900 * 10_000_000, _name40("client", i), created, created + _MINUTE),
            *(created if where == "archived" else 0, created if where == "deleted" else 0),
        )


def phone(contact: int) -> str:
    """Return the telephone number of a contact."""
    return f"+44 7{contact:09d}"


def _contacts(numbers: range) -> Iterator[Row]:
    for i in numbers:
        created = _EPOCH + i * _MINUTE
        for position, (first, last, email) in enumerate(people(i)):
            number, primary = 2 * i - 1 + position, position == 0
            contact_phone = phone(number)
            searched_row = searched_text(
                {"first_name": first, "last_name": last, "email": email, "phone": contact_phone}
            )
            yield (
                *(number, COMPANY, i, first, last, email, email, contact_phone, primary, primary),
                *(_name40("contact", number), searched_row, state(i) == "deleted", created, created),
            )


def _tags(numbers: range) -> Iterator[Row]:
    for i in numbers:
        for position in range(i % 4):
            yield COMPANY, i, position, _TITLES[(i + position) % 5]


def _documents(numbers: range) -> Iterator[Row]:
    for i in numbers:
        if i % 5 == 0:
            created = _EPOCH + i * _MINUTE
            key = f"bench/{_name40('document', i)}"
            name = f"contract-{i}.pdf"
            yield COMPANY, i, TEAM_USER, name, "pdf", key, 1000 + i % 9000, name, created, created


def _name40(kind: str, number: int) -> str:
    return hashlib.sha1(f"{kind}{number}".encode()).hexdigest()


_ROWS = {"clients": _clients, "contacts": _contacts, "client_tags": _tags, "documents": _documents}
