"""Hashids, optimised for single numbers.

The library shuffles its alphabet for every id that it encodes or decodes, which is most of its work. A shuffle depends
only on the alphabet and a salt, and for single numbers there are only as many shuffles as letters, so they are cached.
Decoding a single number needs only some of the library's functions.
"""

import re
from functools import lru_cache

import hashids

_reorder = hashids._reorder = lru_cache(maxsize=4096)(hashids._reorder)


class Hashids(hashids.Hashids):  # type: ignore[misc]
    """A codec with the same results as the library's."""

    def __init__(self, salt: str = "", min_length: int = 0) -> None:
        super().__init__(salt=salt, min_length=min_length)
        self._at_guards = re.compile(f"[{re.escape(self._guards)}]").split
        letters = self._alphabet
        # The first letter of an id determines the order of the alphabet for its digits.
        self._orders = {first: _reorder(letters, (first + salt + letters)[: len(letters)]) for first in letters}
        self._places = {first: {letter: at for at, letter in enumerate(self._orders[first])} for first in letters}

    def number(self, text: str) -> int | None:
        """Return the number whose id is `text`; None if `text` is not the id of any number."""
        parts = self._at_guards(text)
        digits = parts[1] if len(parts) in (2, 3) else parts[0]
        first, number, base = digits[:1], 0, len(self._alphabet)
        places = self._places.get(first)
        if places is None or len(digits) < 2:
            return None
        for letter in digits[1:]:
            place = places.get(letter)
            if place is None:
                return None
            number = number * base + place
        return number if self._is_own(text, digits, number) else None

    def _is_own(self, text: str, digits: str, number: int) -> bool:
        first, remainder = digits[0], number % 100
        if first != self._alphabet[remainder % len(self._alphabet)]:
            return False
        if len(digits) > 2 and not self._places[first][digits[1]]:
            return False  # a leading zero
        if len(digits) >= self._min_length:
            return text == digits
        padded = hashids._ensure_length(digits, self._min_length, self._orders[first], self._guards, remainder)
        return bool(text == padded)
