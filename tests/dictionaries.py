"""`python -m tests.dictionaries`: train the compression dictionaries of renderings with invented clients.

They are written to dialects/shared/dictionaries. Run it when a table has changed so much that compression suffers,
which `tests/core/test_packing.py` notices. All renderings are then computed again, as after any other change of the
fingerprint.
"""

import random
import string
from collections.abc import Iterator
from typing import Any

import zstandard

from core.clients import record_statements
from core.text import countries
from core.text.names import full_name
from dialects.shared.views import dictionary_file
from gateway.enabled_dialects import dialects
from gateway.settings import Settings

CLIENTS = 4000
_BYTES = 6 * 1024
_DAY = 86_400_000_000  # microseconds

_FIRST = "Anna Maria John James Peter Laura Sophie Thomas Michael Sarah David Julia Martin Elena Paul Emma Lucas Nina"
_LAST = "Smith Müller Jones Martin García Rossi Brown Schmidt Dubois Silva Wilson Novak Taylor Weber Moreau Costa"
_WORDS = "Global North Blue First Green United Smart Alpha Prime Central City Royal Star Digital Solar Media Trade"
_KINDS = "Ltd|GmbH|Inc|S.A.|Group|Consulting|Solutions|Systems|Services|Partners|Design|Studio|& Sons|Holding|Labs"
_STREETS = "Street|Road|Avenue|Lane|Square|straße|platz|rue de la Gare|Via Roma|Calle Mayor|Boulevard|Park|Drive"
_CITIES = "London|Berlin|Paris|Madrid|Vienna|Zürich|Dublin|New York|Manchester|Hamburg|Lyon|Milan|Prague|Leeds|Boston"
_MAILS = "gmail.com outlook.com example.com example.org mail.example company.example"
_TAGS = "vip|customer|supplier|lead|prospect|premium|monthly|inactive"
_NOTES = "Pays by bank transfer.|Prefers to be called in the morning.|Contract since 2019.|Asked for an offer."


def client(number: int) -> dict[str, Any]:
    """An invented client, as the register has it."""
    chance = random.Random(number)
    at = 1_400_000_000_000_000 + chance.randrange(5000 * _DAY)
    people = [_person(chance, number, place, at) for place in range(chance.choice((1, 1, 1, 2, 3)))]
    name = f"{chance.choice(_WORDS.split())} {chance.choice(_LAST.split())} {chance.choice(_KINDS.split('|'))}"
    return {
        **record_statements.blank(),
        **{"id": number, "company_id": 1, "user_id": chance.choice((1, 2, 3)), "assigned_user_id": None},
        **{"category_id": chance.choice((1, 1, 2)), "category_name": chance.choice(("Default", "Wholesale"))},
        **{"name": name, "display_name": name, "number": f"{number:04d}", "client_hash": _random(chance)},
        **{"contacts": people, "created_at": at, "updated_at": at + chance.randrange(500 * _DAY)},
        **{"archived_at": chance.choice((0, 0, 0, 0, at + _DAY)), "tags": _some(chance, _TAGS.split("|"))},
        **{"documents": _some(chance, [_document(chance, number, at)]), "company_currency_id": "1"},
        **{"settings": chance.choice(({}, {"currency_id": "1"}, {"payment_terms": "14", "language_id": "1"}))},
        **{"balance": chance.choice((0, chance.randrange(10**10))), "paid_to_date": chance.choice((0, 10**8))},
        **_seldom(chance, number),
        **_address(chance, ""),
        **(_address(chance, "shipping_") if chance.random() < 0.3 else {}),
    }


def _seldom(chance: random.Random, number: int) -> dict[str, str]:
    """What half of the clients have, each."""
    possible = {
        "phone": f"+{chance.choice((1, 44, 49, 33))} {chance.randrange(10**9)}",
        "website": f"https://www.{_word(chance)}.example",
        "vat_number": f"{chance.choice(('GB', 'DE', 'FR'))}{chance.randrange(10**9)}",
        "id_number": f"{chance.choice('ABCDEK')}-{number}",
        "private_notes": chance.choice(_NOTES.split("|")),
        "public_notes": chance.choice(_NOTES.split("|")),
        "custom_value1": _word(chance).title(),
        "custom_value2": str(chance.randrange(1000)),
    }
    return {name: value for name, value in possible.items() if chance.random() < 0.5}


def _person(chance: random.Random, number: int, place: int, at: int) -> dict[str, Any]:
    first, last = chance.choice(_FIRST.split()), chance.choice(_LAST.split())
    (blank,) = record_statements.sample()["contacts"]
    person = {
        **{"id": 2 * number + place, "company_id": 1, "client_id": number, "first_name": first, "last_name": last},
        **{"email": f"{first.lower()}{number}@{chance.choice(_MAILS.split())}", "is_primary": place == 0},
        **{"phone": chance.choice(("", f"+44 {chance.randrange(10**10)}")), "send_email": chance.random() < 0.8},
        **{"contact_key": _random(chance), "created_at": at, "updated_at": at},
    }
    return {**blank, **person, "searched": full_name({"first_name": first, "last_name": last})}


def _document(chance: random.Random, number: int, at: int) -> dict[str, Any]:
    (blank,) = record_statements.sample()["documents"]
    named = {"id": number, "name": f"{_word(chance)}.pdf", "type": "pdf", "object_key": _random(chance)}
    return {**blank, **named, "user_id": 1, "size": chance.randrange(10**6), "created_at": at, "updated_at": at}


def _address(chance: random.Random, prefix: str) -> dict[str, Any]:
    country = chance.choice((826, 276, 250, 840, 724, 40, 756, 372))
    return {
        f"{prefix}address1": f"{chance.randrange(1, 300)} {_word(chance).title()} {chance.choice(_STREETS.split('|'))}",
        f"{prefix}address2": chance.choice(("", "", f"Floor {chance.randrange(20)}")),
        f"{prefix}city": chance.choice(_CITIES.split("|")),
        f"{prefix}region": chance.choice(("", "", "Kent", "CA", "Bayern")),
        f"{prefix}postal_code": chance.choice((f"{chance.randrange(10**5):05d}", f"SW{chance.randrange(20)} 4AB")),
        f"{prefix}country_id": country,
        f"{prefix}country_text": countries.name_of(country),
    }


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("aeiounrstlmdkbgpfhcw", k=chance.randrange(4, 10)))


def _random(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits, k=40))


def _some(chance: random.Random, values: list[Any]) -> list[Any]:
    return [value for value in values if chance.random() < 0.25]


def trained() -> Iterator[tuple[str, bytes]]:
    """The name of each view and its dictionary."""
    clients = [client(number) for number in range(1, CLIENTS)]
    for dialect in dialects(Settings()):
        for view in dialect.views:
            texts = [view.render(each).encode() for each in clients]
            yield view.name, zstandard.train_dictionary(_BYTES, texts, level=3, dict_id=1).as_bytes()


def main() -> None:
    """Write them."""
    for view, dictionary in trained():
        dictionary_file(view).write_bytes(dictionary)


if __name__ == "__main__":
    main()
