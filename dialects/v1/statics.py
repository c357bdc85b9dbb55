"""The lists of values behind the ids of /api/v1: countries, currencies, languages, industries and sizes of companies.

Countries are those of ISO 3166-1, currencies' names those of ISO 4217 and languages' those of ISO 639, from pycountry;
the numbers are the vendor's, as are industries and sizes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from core.access.scopes import Scope
from core.text import countries, currency_codes, languages
from dialects.shared.operation import Answer, Call, Operation, Reply
from schemas.openapi import closed_object
from schemas.types import Schema

INDUSTRIES = (
    *("Accounting & Legal", "Advertising", "Aerospace", "Agriculture", "Automotive", "Banking & Finance"),
    *("Biotechnology", "Broadcasting", "Business Services", "Commodities & Chemicals", "Communications"),
    *("Computers & Hightech", "Defense", "Energy", "Entertainment", "Government", "Healthcare & Life Sciences"),
    *("Insurance", "Manufacturing", "Marketing", "Media", "Nonprofit & Higher Ed", "Pharmaceuticals"),
    *("Professional Services & Consulting", "Real Estate", "Retail & Wholesale", "Sports", "Transportation"),
    *("Travel & Luxury", "Other", "Photography", "Construction", "Restaurant & Catering"),
)
# Client programs require these keys of a currency or a country; they format amounts themselves.
_PLAIN_NUMBERS = {"thousand_separator": ",", "decimal_separator": ".", "swap_currency_symbol": False}
_AS_CURRENCY = {"thousand_separator": "", "decimal_separator": "", "swap_currency_symbol": False}
_SIGNS = {"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "INR": "₹", "ILS": "₪", "UAH": "₴", "TRY": "₺", "KRW": "₩"}
SIZES = ("1 - 3", "4 - 10", "11 - 50", "51 - 100", "101 - 500", "500+")


@dataclass(frozen=True)
class _Statics:
    content: orjson.Fragment
    version: str


def statics() -> Operation:
    """Return the operation for GET on /statics."""
    return Operation(
        "getStatics",
        _answer,
        "Show the lists of countries, currencies, languages, industries and sizes.",
        Reply("The lists, each in the order of its ids.", _schema(), versioned=True),
        Scope.READ,
    )


def _answer(_call: Call) -> Answer:
    made = _build()
    return Answer(made.content, version=made.version)


@lru_cache(maxsize=1)
def _build() -> _Statics:
    body = orjson.dumps(
        {
            "countries": list(_countries()),
            "currencies": list(_currencies()),
            "languages": list(_languages()),
            "industries": _numbered(INDUSTRIES),
            "sizes": _numbered(SIZES),
        }
    )
    return _Statics(orjson.Fragment(body), sha256(body).hexdigest()[:32])


def _numbered(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"id": str(number), "name": name} for number, name in enumerate(names, start=1)]


def _countries() -> Iterable[dict[str, Any]]:
    import pycountry  # imported late, because it loads its lists

    for each in sorted(pycountry.countries, key=lambda country: int(country.numeric)):
        number = int(each.numeric)
        codes = {"iso_3166_2": each.alpha_2, "iso_3166_3": each.alpha_3}
        yield {"id": str(number), "name": countries.name_of(number), **codes, "swap_postal_code": False, **_AS_CURRENCY}


def _currencies() -> Iterable[dict[str, Any]]:
    import pycountry

    for code in sorted(currency_codes.codes(), key=lambda each: int(currency_codes.by_code(each) or 0)):
        known = pycountry.currencies.get(alpha_3=code)
        named = {"id": currency_codes.by_code(code), "name": known.name if known else code, "code": code}
        formats = {"symbol": _SIGNS.get(code, code), "precision": currency_codes.decimals(code), "exchange_rate": 1}
        yield named | formats | _PLAIN_NUMBERS


def _languages() -> Iterable[dict[str, Any]]:
    import pycountry

    for locale in languages.codes():
        language, _, region = locale.partition("_")
        known, place = pycountry.languages.get(alpha_2=language), pycountry.countries.get(alpha_2=region or "--")
        name = known.name if known else language
        yield {
            "id": languages.by_code(locale),
            "name": f"{name} ({place.name})" if place else name,
            "locale": locale,
        }


_SWAPPED: Schema = {"type": "boolean", "description": "Whether the sign follows the amount; always false here."}
_FORMATS: dict[str, Schema] = {
    "thousand_separator": {
        "type": "string",
        "description": "Between thousands; empty if that of the currency applies.",
    },
    "decimal_separator": {"type": "string", "description": "Before decimals; empty if that of the currency applies."},
    "swap_currency_symbol": _SWAPPED,
}
_OF_COUNTRIES: dict[str, Schema] = {
    "swap_postal_code": {"type": "boolean", "description": "Whether the postal code comes first; always false here."},
    **_FORMATS,
}
_OF_CURRENCIES: dict[str, Schema] = {
    "symbol": {"type": "string", "description": "The sign, or the code if there is no sign."},
    "precision": {"type": "integer", "minimum": 0, "maximum": 3, "description": "Decimals (ISO 4217)."},
    "exchange_rate": {"type": "number", "const": 1, "description": "The register has no exchange rates."},
    **_FORMATS,
}


def _schema() -> Schema:
    named = {"id": "The id.", "name": "The name in English."}
    iso = {"iso_3166_2": "The alpha-2 code.", "iso_3166_3": "The alpha-3 code."}
    return closed_object(
        {
            "countries": _list(named | iso, "Values of `country_id`.", _OF_COUNTRIES),
            "currencies": _list(
                named | {"code": "The ISO 4217 code."}, "Values of `settings.currency_id`.", _OF_CURRENCIES
            ),
            "languages": _list(named | {"locale": "The locale."}, "Values of `settings.language_id`."),
            "industries": _list(named, "Values of `industry_id`."),
            "sizes": _list(named, "Values of `size_id`."),
        }
    )


def _list(keys: dict[str, str], about: str, more: dict[str, Schema] | None = None) -> Schema:
    texts: dict[str, Schema] = {
        key: {"type": "string", "description": description} for key, description in keys.items()
    }
    return {"type": "array", "items": closed_object(texts | (more or {})), "minItems": 1, "description": about}
