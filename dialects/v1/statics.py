"""The lists that the ids of /api/v1 count in: countries, currencies, languages, industries and sizes of companies.

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

_INDUSTRIES = (
    *("Accounting & Legal", "Advertising", "Aerospace", "Agriculture", "Automotive", "Banking & Finance"),
    *("Biotechnology", "Broadcasting", "Business Services", "Commodities & Chemicals", "Communications"),
    *("Computers & Hightech", "Defense", "Energy", "Entertainment", "Government", "Healthcare & Life Sciences"),
    *("Insurance", "Manufacturing", "Marketing", "Media", "Nonprofit & Higher Ed", "Pharmaceuticals"),
    *("Professional Services & Consulting", "Real Estate", "Retail & Wholesale", "Sports", "Transportation"),
    *("Travel & Luxury", "Other", "Photography", "Construction", "Restaurant & Catering"),
)
_SIZES = ("1 - 3", "4 - 10", "11 - 50", "51 - 100", "101 - 500", "500+")


@dataclass(frozen=True)
class _Statics:
    content: orjson.Fragment
    version: str


def statics() -> Operation:
    """GET on /statics."""
    return Operation(
        "getStatics",
        _answer,
        "Show the lists of countries, currencies, languages, industries and sizes.",
        Reply("The lists, each in the order of its ids.", _schema(), versioned=True),
        Scope.READ,
    )


def _answer(_call: Call) -> Answer:
    made = _made()
    return Answer(made.content, version=made.version)


@lru_cache(maxsize=1)
def _made() -> _Statics:
    body = orjson.dumps(
        {
            "countries": list(_countries()),
            "currencies": list(_currencies()),
            "languages": list(_languages()),
            "industries": _numbered(_INDUSTRIES),
            "sizes": _numbered(_SIZES),
        }
    )
    return _Statics(orjson.Fragment(body), sha256(body).hexdigest()[:32])


def _numbered(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"id": str(number), "name": name} for number, name in enumerate(names, start=1)]


def _countries() -> Iterable[dict[str, str]]:
    import pycountry  # with its lists, when they are first asked for

    for each in sorted(pycountry.countries, key=lambda country: int(country.numeric)):
        number = int(each.numeric)
        codes = {"iso_3166_2": each.alpha_2, "iso_3166_3": each.alpha_3}
        yield {"id": str(number), "name": countries.name_of(number), **codes}


def _currencies() -> Iterable[dict[str, Any]]:
    import pycountry

    for code in sorted(currency_codes.codes(), key=lambda each: int(currency_codes.by_code(each) or 0)):
        known = pycountry.currencies.get(alpha_3=code)
        yield {"id": currency_codes.by_code(code), "name": known.name if known else code, "code": code}


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


def _schema() -> Schema:
    named = {"id": "The id.", "name": "The name in English."}
    return closed_object(
        {
            "countries": _list(
                named | {"iso_3166_2": "The alpha-2 code.", "iso_3166_3": "The alpha-3 code."},
                "Values of `country_id`.",
            ),
            "currencies": _list(named | {"code": "The ISO 4217 code."}, "Values of `settings.currency_id`."),
            "languages": _list(named | {"locale": "The locale."}, "Values of `settings.language_id`."),
            "industries": _list(named, "Values of `industry_id`."),
            "sizes": _list(named, "Values of `size_id`."),
        }
    )


def _list(keys: dict[str, str], about: str) -> Schema:
    item = closed_object({key: {"type": "string", "description": said} for key, said in keys.items()})
    return {"type": "array", "items": item, "minItems": 1, "description": about}
