"""Currencies by their ISO 4217 codes, in the order in which Invoice Ninja numbers them (`core.text.currencies`)."""

_CODES = (
    *("USD", "GBP", "EUR", "ZAR", "DKK", "ILS", "SEK", "KES", "CAD", "PHP"),
    *("INR", "AUD", "SGD", "NOK", "NZD", "VND", "CHF", "GTQ", "MYR", "BRL"),
    *("THB", "NGN", "ARS", "BDT", "AED", "HKD", "IDR", "MXN", "EGP", "COP"),
    *("XOF", "CNY", "RWF", "TZS", "ANG", "TTD", "XCD", "GHS", "BGN", "AWG"),
    *("TRY", "RON", "HRK", "SAR", "JPY", "MVR", "CRC", "PKR", "PLN", "LKR"),
    *("CZK", "UYU", "NAD", "TND", "RUB", "MZN", "OMR", "UAH", "MOP", "TWD"),
    *("DOP", "CLP", "ISK", "PGK", "JOD", "MMK", "PEN", "BWP", "HUF", "UGX"),
    *("BBD", "BND", "GEL", "QAR", "HNL", "SRD", "BHD", "VES", "KRW", "MAD"),
    *("JMD", "AOA", "HTG", "ZMW", "NPR", "XPF", "MUR", "CVE", "KWD", "DZD"),
    *("MKD", "FJD", "BOB", "ALL", "RSD", "LBP", "AMD", "AZN", "BAM", "BYN"),
    *("GIP", "MDL", "KZT", "XAU", "ETB", "GMD", "PYG", "MWK", "ZWL", "KHR"),
    *("VUV", "CUP", "KYD", "SZL", "BZD", "LYD", "XAG", "XPD", "XPT", "NIO"),
)
_WITHOUT_DECIMALS = frozenset(
    (
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"),
        *("UYI", "VND", "VUV", "XAF", "XAG", "XAU", "XOF", "XPD", "XPF", "XPT"),
    )
)
_WITH_THREE = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_BY_CODE = {code.lower(): str(number) for number, code in enumerate(_CODES, start=1)}


def codes() -> list[str]:
    """Return every known code, in upper case."""
    return list(_CODES)


def by_code(code: str) -> str | None:
    """Return the vendor's id of a currency code in any case."""
    return _BY_CODE.get(code.lower())


def decimals(code: str) -> int:
    """Return the number of decimals of amounts in a currency (ISO 4217's minor unit; 0 if it has none)."""
    return 0 if code in _WITHOUT_DECIMALS else 3 if code in _WITH_THREE else 2
