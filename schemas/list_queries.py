"""Further kinds of query parameters, in addition to those of `schemas.queries`: words, classes, and deleted records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.query import LIVE, WORDS, Filter, Search
from schemas.queries import Parameter, Where
from schemas.types import Boolean, Schema


@dataclass(frozen=True, kw_only=True)
class WhereWords(Where):
    """Several words, separated by white space; a record is found if it contains all of them."""

    def apply(self, text: str, search: Search) -> None:
        words = dict.fromkeys(self.type.parse(text).split())
        # A word that is contained in another one is found with it, so searching for it would only take time.
        distinct = tuple(word for word in words if not any(word in other for other in words if other != word))
        if distinct:
            search.filters.append(Filter(self.attribute, WORDS, distinct))


@dataclass(frozen=True, kw_only=True)
class WhereClasses(Where):
    """Records of any of several classes, separated by commas; a word that is not a class is a value itself."""

    classes: Sequence[str]
    listed: ClassVar[bool] = True

    def apply(self, text: str, search: Search) -> None:
        words = [word.strip() for word in self.type.parse(text).split(",")]
        search.filters.append(Filter(self.attribute, "eq", tuple(dict.fromkeys(filter(None, words)))))


@dataclass(frozen=True, kw_only=True)
class WithDeleted(Parameter):
    """Includes deleted records, unless another parameter restricts the states."""

    def apply(self, text: str, search: Search) -> None:
        if Boolean().parse(text):
            search.widen()

    def schema(self) -> Schema:
        return Boolean().text_schema()


@dataclass(frozen=True, kw_only=True)
class WithoutDeleted(Parameter):
    """Excludes deleted records, whatever other parameters say; `false` has no effect."""

    def apply(self, text: str, search: Search) -> None:
        if Boolean().parse(text):
            search.narrow(LIVE)

    def schema(self) -> Schema:
        return Boolean().text_schema()
