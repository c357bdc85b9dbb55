"""Query parameters as data: each has a name, parses its text and adds its meaning to a `Search`.

The kinds below are the operators of the API documents; a dialect's list operation has a table of them.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from core.query import LIVE, Filter, Search, Sort, State
from schemas.errors import BrokenRule, UnknownInclude
from schemas.types import SPACES, Boolean, Choice, Integer, Schema, Text, Type, trimmed

_COMPARISONS = ("lt", "lte", "gt", "gte", "eq")
_DIRECTION = "([aA][sS][cC]|[dD][eE][sS][cC])"
_AMOUNT = "-?[0-9]+([.][0-9]+)?"
MAX_PAGE = 10**15  # beyond any list, while its offset is within the range of a database's integers


@dataclass(frozen=True, kw_only=True)
class Parameter(ABC):
    """One query parameter. A `listed` one accepts several values, separated by commas or as repeated parameters."""

    listed: ClassVar[bool] = False

    name: str
    about: str = ""
    example: str | None = None

    @abstractmethod
    def apply(self, text: str, search: Search) -> None:
        """Add the meaning of this text to a search. Raises `BrokenRule`."""

    @abstractmethod
    def schema(self) -> Schema:
        """Return the JSON Schema of the parameter's values."""


@dataclass(frozen=True, kw_only=True)
class Where(Parameter):
    """A condition on one filterable attribute with a fixed operator."""

    attribute: str
    operator: str = "eq"
    type: Type = field(default_factory=Text)

    def apply(self, text: str, search: Search) -> None:
        search.filters.append(Filter(self.attribute, self.operator, self.type.parse(text)))

    def schema(self) -> Schema:
        return self.type.text_schema() or {"type": "string"}


@dataclass(frozen=True, kw_only=True)
class WhereCompared(Where):
    """`lt:10`, also `10:lt`, also a bare value for equality."""

    def apply(self, text: str, search: Search) -> None:
        parts = text.split(":")
        operators = [part for part in parts if part in _COMPARISONS]
        values = [part for part in parts if part not in _COMPARISONS]
        if len(values) != 1 or len(operators) != len(parts) - 1:
            raise BrokenRule("comparison")
        try:
            value = self.type.parse(values[0])
        except BrokenRule:
            raise BrokenRule("comparison") from None
        search.filters.append(Filter(self.attribute, operators[0] if operators else "eq", value))

    def schema(self) -> Schema:
        operators, amount = f"({'|'.join(_COMPARISONS)})", f"{SPACES}{_AMOUNT}{SPACES}"
        return {"type": "string", "pattern": f"^({operators}:{amount}|{amount}:{operators}|{amount})$"}


@dataclass(frozen=True, kw_only=True)
class WhereBetween(Where):
    """`10:20`, both ends included, in either order."""

    def apply(self, text: str, search: Search) -> None:
        parts = text.split(":")
        try:
            low, high = sorted(self.type.parse(part) for part in parts)
        except ValueError:
            raise BrokenRule("range") from None
        search.filters.append(Filter(self.attribute, "between", (low, high)))

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{SPACES}{_AMOUNT}{SPACES}:{SPACES}{_AMOUNT}{SPACES}$"}


@dataclass(frozen=True, kw_only=True)
class WhereState(Parameter):
    """Records in the states that a word stands for; several words separated by commas if `many`."""

    listed: ClassVar[bool] = True
    words: Mapping[str, frozenset[State]]
    many: bool = False

    def apply(self, text: str, search: Search) -> None:
        choice = Choice(self.words)
        words = [trimmed(part) for part in text.split(",")] if self.many else [text]
        search.narrow(frozenset().union(*map(choice.parse, words)))

    def schema(self) -> Schema:
        if self.many:
            word = f"{SPACES}({'|'.join(self.words)}){SPACES}"
            return {"type": "string", "pattern": f"^{word}(,{word})*$"}
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, kw_only=True)
class WhereDeleted(Parameter):
    """Only deleted records, or only the others."""

    def apply(self, text: str, search: Search) -> None:
        search.narrow(frozenset({State.DELETED}) if Boolean().parse(text) else LIVE)

    def schema(self) -> Schema:
        return Boolean().text_schema()


@dataclass(frozen=True, kw_only=True)
class PageNumber(Parameter):
    """The page, counted from 1. A page beyond the end is empty, however large its number."""

    type = Integer(1, MAX_PAGE, capped=True)

    def apply(self, text: str, search: Search) -> None:
        search.page = self.type.parse(text)

    def schema(self) -> Schema:
        return self.type.text_schema() | {"default": 1}


@dataclass(frozen=True, kw_only=True)
class PageSize(Parameter):
    """The number of rows per page; a larger number than `cap` counts as `cap`."""

    default: int
    cap: int

    @property
    def type(self) -> Integer:
        """The type of its value."""
        return Integer(1, self.cap, capped=True)

    def apply(self, text: str, search: Search) -> None:
        search.size = self.type.parse(text)

    def schema(self) -> Schema:
        return self.type.text_schema() | {"default": self.default}


@dataclass(frozen=True, kw_only=True)
class SortColumn(Parameter):
    """The column to sort by; the direction is a parameter of its own."""

    columns: Mapping[str, str]

    def apply(self, text: str, search: Search) -> None:
        search.sort = Sort(Choice(self.columns).parse(text), search.sort.descending)

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.columns)}


@dataclass(frozen=True, kw_only=True)
class SortOrder(Parameter):
    """The direction of the sort, `descending` unless it is given."""

    descending: bool = True

    def apply(self, text: str, search: Search) -> None:
        search.sort = Sort(search.sort.name, Choice({"asc": False, "desc": True}).parse(text.lower()))

    def schema(self) -> Schema:
        # A pattern, because generated clients cannot name members of an enumeration that differ only in case.
        return {"type": "string", "pattern": f"^{_DIRECTION}$", "default": "desc" if self.descending else "asc"}


@dataclass(frozen=True, kw_only=True)
class SortBy(Parameter):
    """Columns and directions, as in `name|DESC`: the direction in any case, ascending if omitted.

    Several are levels of the order, the first one first; a repeated column has no further effect.
    """

    listed: ClassVar[bool] = True
    columns: Mapping[str, str]

    def apply(self, text: str, search: Search) -> None:
        levels: dict[str, bool] = {}
        for level in text.split(","):
            column, _, direction = trimmed(level).partition("|")
            if column not in self.columns or direction.lower() not in ("", "asc", "desc"):
                raise BrokenRule("sort")
            if "id" not in levels:  # the id is unique, so further levels change nothing
                levels.setdefault(self.columns[column], direction.lower() == "desc")
        sort: Sort | None = None
        for column, descending in reversed(levels.items()):
            sort = Sort(column, descending, sort)
        search.sort = sort or search.sort

    def schema(self) -> Schema:
        level = rf"{SPACES}({'|'.join(self.columns)})(\|({_DIRECTION})?)?{SPACES}"
        return {"type": "string", "pattern": f"^{level}(,{level})*$"}


@dataclass(frozen=True, kw_only=True)
class Include(Parameter):
    """A comma-separated list of relations: those in `always` are in every answer, the others only on request."""

    listed: ClassVar[bool] = True
    always: Sequence[str]
    relations: Sequence[str] = ()

    def apply(self, text: str, search: Search) -> None:
        for relation in filter(None, (trimmed(part) for part in text.split(","))):
            if relation in self.relations:
                search.include.add(relation)
            elif relation not in self.always:
                raise UnknownInclude(relation)

    def schema(self) -> Schema:
        relation = f"{SPACES}({'|'.join(map(re.escape, (*self.always, *self.relations)))})?{SPACES}"
        return {"type": "string", "pattern": f"^{relation}(,{relation})*$"}
