"""Amounts in the formats of offices: `1.234,56 €`, `1 234,56`, `1,234.56`, `(12.50)`."""

import re
from dataclasses import dataclass, field

from gateway.migration.remote import SourceFailed

COMMA, POINT = ",", "."
_CURRENCY = re.compile(r"^(?:[^\W\d_]{1,3}\.?|\W?[€$£¥])\s*|\s*(?:[^\W\d_]{1,3}\.?|[€$£¥])$")
_BLANKS = re.compile(r"[\s'\u2019\u00a0\u2009\u202f]")
_SHAPE = re.compile(r"-?[0-9.,]*[0-9][0-9.,]*")
_EITHER = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")


def plain(cell: str, decimal: str) -> str | None:
    """Return an amount as digits with a decimal point and perhaps a sign; None if it is not an amount."""
    text = _digits_and_signs(cell)
    if not _SHAPE.fullmatch(text):
        return None
    whole, _, rest = text.partition(decimal)
    grouping = POINT if decimal == COMMA else COMMA
    if not re.fullmatch(rf"-?(?:[0-9]*|[0-9]{{1,3}}(?:\{grouping}[0-9]{{3}})+)", whole) or not re.fullmatch(
        "[0-9]*", rest
    ):
        return None
    whole = whole.replace(grouping, "")
    return f"{whole}.{rest}" if rest else whole


@dataclass
class Evidence:
    """Evidence for the decimal sign of a file: the first row that is clear one way, and the other.

    `unclear` are rows with amounts that can be read either way, such as `1.234`, by the sign that they contain.
    """

    clear: dict[str, int] = field(default_factory=dict)
    unclear: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def is_any(self) -> bool:
        """Whether there are amounts with a point or a comma."""
        return bool(self.clear or self.unclear)

    def add(self, cell: str, row: int) -> None:
        """Add the evidence of an amount."""
        text = _digits_and_signs(cell)
        if not _SHAPE.fullmatch(text):
            return
        if _EITHER.fullmatch(text):
            self.unclear.setdefault(COMMA if COMMA in text else POINT, (row, cell.strip()))
        elif sign := _sign_of(text):
            self.clear.setdefault(sign, row)

    def decimal(self, separator: str) -> str:
        """Return the decimal sign of a file with this separator. Raises `SourceFailed` if it is unclear."""
        if len(self.clear) == 2:
            raise SourceFailed(
                f"Amounts have a decimal point in row {self.clear[POINT]} and a decimal comma in row"
                f" {self.clear[COMMA]}. Correct that, or set --decimal point or --decimal comma; others are"
                " left out. Nothing was imported."
            )
        if self.clear:
            return next(iter(self.clear))
        if separator == COMMA:
            return POINT
        self._check_is_clear(COMMA if separator == ";" else "")
        return COMMA if separator == ";" else POINT

    def _check_is_clear(self, decimal: str) -> None:
        for sign, (row, cell) in self.unclear.items():
            if sign != decimal:
                raise SourceFailed(
                    f"The amount {cell!r} in row {row} can be read in two ways, and no other amount shows which:"
                    " set --decimal point or --decimal comma. Nothing was imported."
                )


def _digits_and_signs(cell: str) -> str:
    """Return the digits, points and commas of an amount, with a minus sign if it is negative."""
    text = cell.strip().replace("\u2212", "-")
    negative = (text.startswith("(") and text.endswith(")")) or text.startswith("-") or text.endswith("-")
    text = _CURRENCY.sub("", text.strip("()- "))
    if text.startswith("-"):
        negative, text = True, text[1:]
    text = _BLANKS.sub("", text)
    return f"-{text}" if negative else text


def _sign_of(text: str) -> str:
    """Return the decimal sign of an amount (point or comma); `""` if it has none."""
    points, commas = text.count(POINT), text.count(COMMA)
    if points and commas:
        return max(POINT, COMMA, key=text.rfind)
    if points > 1 or commas > 1:
        return COMMA if points > 1 else POINT
    return POINT if points else COMMA if commas else ""
