"""Languages as Invoice Ninja numbers them: the ids that integrations send in `settings.language_id`.

The numbers are the vendor's public reference data; they are identifiers, not an order.
"""

_LOCALES = (
    *("en", "it", "de", "fr", "pt_BR", "nl", "es", "nb_NO", "da", "ja"),
    *("sv", "es_ES", "fr_CA", "lt", "pl", "cs", "hr", "sq", "el", "en_GB"),
    *("pt_PT", "sl", "fi", "ro", "tr_TR", "th", "mk_MK", "zh_TW", "ru_RU", "ar"),
    *("fa", "lv_LV", "sr", "sk", "et", "bg", "he", "km_KH", "hu", "fr_CH"),
    *("lo_LA", "vi"),
)
_BY_CODE = {locale.lower(): str(number) for number, locale in enumerate(_LOCALES, start=1)}

IDS = frozenset(_BY_CODE.values())


def codes() -> list[str]:
    """Return every locale, as the vendor writes it."""
    return list(_LOCALES)


def by_code(code: str) -> str | None:
    """Return the id of a locale in any case, with a hyphen or an underscore (`pt-BR`)."""
    return _BY_CODE.get(code.lower().replace("-", "_"))
