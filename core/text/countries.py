"""Countries by ISO 3166-1, from pycountry. The register stores the numeric code as an integer (8, 840)."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

# Common names that the ISO lists have in another form, as legacy registers spell them.
_COMMON_NAMES = {
    "uk": 826,
    "great britain": 826,
    "england": 826,
    "russia": 643,
    "turkey": 792,
    "ivory coast": 384,
    "cape verde": 132,
    "swaziland": 748,
    "macedonia": 807,
    "burma": 104,
    "vatican city": 336,
    "palestine": 275,
    "brunei": 96,
    "east timor": 626,
    "usa": 840,
    "united states of america": 840,
    "the netherlands": 528,
    "holland": 528,
}

# Common names in other languages that are not in the lists.
_COMMON_FOREIGN_NAMES = {
    "grossbritannien": 826,
    "england": 826,
    "russland": 643,
    "tschechische republik": 203,
    "holland": 528,
    "hollande": 528,
    "holanda": 528,
    "angleterre": 826,
    "grande-bretagne": 826,
    "russie": 643,
    "republique tcheque": 203,
    "inglaterra": 826,
    "gran bretana": 826,
    "rusia": 643,
    "republica checa": 203,
    "ee. uu.": 840,
    "ee.uu.": 840,
    "eeuu": 840,
}
_LANGUAGES = ("de", "fr", "es", "it", "nl", "pt")


def _countries() -> Iterable[Any]:
    import pycountry  # loads its lists, which a process that serves stored renderings never needs

    found: Iterable[Any] = pycountry.countries
    return found


@lru_cache(maxsize=1)
def _names() -> dict[int, str]:
    return {int(c.numeric): getattr(c, "common_name", c.name) for c in _countries()}


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, int]:
    found = dict(_COMMON_NAMES)
    for country in _countries():
        for key in ("name", "common_name", "official_name"):
            if hasattr(country, key):
                found[getattr(country, key).casefold()] = int(country.numeric)
    return found


@lru_cache(maxsize=1)
def _codes_by_foreign_name() -> dict[str, int]:
    """Return countries by their names in other languages, without accents; ambiguous names are left out."""
    import gettext

    import pycountry

    found: dict[str, int] = {}
    for language in _LANGUAGES:
        translated = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True).gettext
        for country in _countries():
            for key in ("name", "common_name", "official_name"):
                if hasattr(country, key):
                    name = _without_accents(translated(getattr(country, key)))
                    numeric = int(country.numeric)
                    found[name] = numeric if found.get(name, numeric) == numeric else 0
    return found | _COMMON_FOREIGN_NAMES


def _without_accents(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.strip().casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


@lru_cache(maxsize=1)
def _codes_by_code() -> dict[str, int]:
    return {
        code.casefold(): int(country.numeric) for country in _countries() for code in (country.alpha_2, country.alpha_3)
    }


def name_of(numeric: int) -> str:
    """Return the common English name; `""` for an unknown number (including 0)."""
    return _names().get(numeric, "")


def exists(numeric: int) -> bool:
    """Return whether ISO 3166-1 assigns this numeric code."""
    return numeric in _names()


def by_code(code: str) -> int | None:
    """Return the numeric code of an alpha-2 or alpha-3 code in any case."""
    return _codes_by_code().get(code.strip().casefold())


def by_name(name: str) -> int | None:
    """Return the numeric code of a common, short or official name in any case.

    English names are looked up first, then German, French, Spanish, Italian, Dutch and Portuguese ones.
    """
    return _codes_by_name().get(name.strip().casefold()) or _codes_by_foreign_name().get(_without_accents(name)) or None


def known_names() -> list[str]:
    """Return every name by which `by_name` finds a country, in its normalised form."""
    return [*_codes_by_name(), *_codes_by_foreign_name()]


def numbers() -> list[int]:
    """Return every numeric code, ascending."""
    return sorted(_names())


def codes() -> list[str]:
    """Return every alpha-2 and alpha-3 code in upper case, sorted."""
    return sorted(code.upper() for code in _codes_by_code())
