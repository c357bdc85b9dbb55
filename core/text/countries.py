"""Countries by ISO 3166-1, from pycountry: the numeric code as an integer (8, 840) is what the register stores."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

# Everyday names that the ISO lists carry in another form, so that a legacy register's spelling resolves.
_EVERYDAY = {
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

# What people say in other languages instead of the names that the lists have.
_EVERYDAY_ABROAD = {
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


def _all() -> Iterable[Any]:
    import pycountry  # and its lists, of which a process that reads what is kept rendered needs none

    found: Iterable[Any] = pycountry.countries
    return found


@lru_cache(maxsize=1)
def _names() -> dict[int, str]:
    return {int(c.numeric): getattr(c, "common_name", c.name) for c in _all()}


@lru_cache(maxsize=1)
def _by_name() -> dict[str, int]:
    found = dict(_EVERYDAY)
    for country in _all():
        for key in ("name", "common_name", "official_name"):
            if hasattr(country, key):
                found[getattr(country, key).casefold()] = int(country.numeric)
    return found


@lru_cache(maxsize=1)
def _by_name_abroad() -> dict[str, int]:
    """Countries by their names in other languages, without accents. A name of two countries stands for none."""
    import gettext

    import pycountry

    found: dict[str, int] = {}
    for language in _LANGUAGES:
        translated = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True).gettext
        for country in _all():
            for key in ("name", "common_name", "official_name"):
                if hasattr(country, key):
                    name = _bare(translated(getattr(country, key)))
                    numeric = int(country.numeric)
                    found[name] = numeric if found.get(name, numeric) == numeric else 0
    return found | _EVERYDAY_ABROAD


def _bare(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.strip().casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


@lru_cache(maxsize=1)
def _by_code() -> dict[str, int]:
    return {code.casefold(): int(country.numeric) for country in _all() for code in (country.alpha_2, country.alpha_3)}


def name_of(numeric: int) -> str:
    """The everyday English name, `""` for an unknown number (0 among them)."""
    return _names().get(numeric, "")


def exists(numeric: int) -> bool:
    """Whether ISO 3166-1 assigns this numeric code."""
    return numeric in _names()


def by_code(code: str) -> int | None:
    """The numeric code for an alpha-2 or alpha-3 code in any case."""
    return _by_code().get(code.strip().casefold())


def by_name(name: str) -> int | None:
    """The numeric code for a name in any case, the everyday, short or official one.

    English names are looked for first, then German, French, Spanish, Italian, Dutch and Portuguese ones.
    """
    return _by_name().get(name.strip().casefold()) or _by_name_abroad().get(_bare(name)) or None


def known_names() -> list[str]:
    """Every name by which `by_name` knows a country, as it is compared."""
    return [*_by_name(), *_by_name_abroad()]


def numbers() -> list[int]:
    """Every numeric code, ascending."""
    return sorted(_names())


def codes() -> list[str]:
    """Every alpha-2 and alpha-3 code in upper case, sorted."""
    return sorted(code.upper() for code in _by_code())
