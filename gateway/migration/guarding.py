"""Guards text with an apostrophe where a spreadsheet would misinterpret it when it opens a CSV file.

Formulas are guarded in every file. CSV cannot mark a cell as text, so there everything is guarded that becomes a date,
a time, a percentage, an amount, a truth value or a rounded number in a spreadsheet of any common language. Whole
numbers of up to fifteen digits are not: `0042` that comes back as `42` is recognised.
"""

import re

# Also in full width, which spreadsheets in East Asian languages treat the same.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_MONTHS = (
    "january february march april may june july august september october november december "
    "januar märz mai juni juli oktober dezember januari februari maart mei augustus "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
)
_MONTH = (
    rf"(?:{'|'.join(sorted({each[:length] for each in _MONTHS.split() for length in (3, 4, 20)}, key=len)[::-1])})\.?"
)
_CURRENCY = r"(?:[€$£¥]|EUR|USD|CHF|GBP)"
_AMOUNT = r"(?:[0-9]{1,15}(?:[.,][0-9]{1,15})*[.,]?|[0-9]{1,3}(?:[ '’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?)"
_TIME = r"[0-9]{1,4}:[0-9]{1,2}(?::[0-9]{1,2}(?:[.,][0-9]+)?)?(?:\s?[ap]\.?m?\.?)?"
_MONTH_AND_YEAR = r"[0-9]{1,2}[/.\-][0-9]{4}"
_DATE = r"(?:[0-9]{1,2}|[0-9]{4})(?P<sep>[/.\-])\s?[0-9]{1,2}(?:(?P=sep)\s?(?:[0-9]{4}|[0-9]{0,2}))?"
_KINDS = (
    r"[0-9]{16,}(?:[.,][0-9]*)?",  # only fifteen digits of them are kept
    r"[0-9.,]+ ?E ?[+-]?[0-9]+",
    rf"\(?(?:{_CURRENCY}\s?)?{_AMOUNT}\s?(?:{_CURRENCY}|%)?\)?",
    r"[.,][0-9]+\s?%?",
    rf"(?:{_MONTH_AND_YEAR}|{_DATE})(?:[T\s]{_TIME}Z?)?",
    _TIME,
    r"[0-9]{1,4} [0-9]{1,4}/[0-9]{1,4}",
    rf"{_MONTH}[\s\-/]?[0-9]{{1,4}}(?:[\s,\-/]+[0-9]{{1,4}})?",
    rf"[0-9]{{1,4}}\.?[\s\-/]?{_MONTH}(?:[\s\-/]?[0-9]{{2,4}})?",
    "true|false|wahr|falsch|vrai|faux|verdadero|verdadeiro|falso|vero|waar|onwaar",
    r"#[A-Z/0]+[!?]?",
)
_OTHER = re.compile(rf"'*\s*(?:{'|'.join(_KINDS)})\s*", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]{1,15}")
_MAX_LENGTH = 100  # no value but text is longer


def guarded(text: str, is_csv: bool) -> str:
    """Return a text as a cell of a file."""
    is_doubtful = is_csv or text.startswith(("'", "#"))  # in a workbook too: text that looks guarded already
    return f"'{text}" if _FORMULA.match(text) or (is_doubtful and _is_other(text)) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell without its guard."""
    return cell[1:] if cell.startswith("'") and (_FORMULA.match(cell) or _is_other(cell)) else cell


def _is_other(text: str) -> bool:
    """Return whether a spreadsheet may read it as something other than text or a plain number."""
    return len(text) <= _MAX_LENGTH and _OTHER.fullmatch(text) is not None and _PLAIN.fullmatch(text) is None
