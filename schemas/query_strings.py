"""Query strings, parsed by the parameters of an operation (`schemas.queries`)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import Problem
from core.query import Search
from schemas.echo import MAX_NAMES, cut
from schemas.errors import BrokenRule, Invalid
from schemas.queries import Parameter

_ITEM = re.compile(r"\[[0-9]*\]$")


@dataclass(frozen=True)
class Query:
    """A parsed query string: its search, and the names that were not understood."""

    search: Search
    ignored: tuple[str, ...] = ()


def parse_query(
    pairs: Sequence[tuple[str, str]], parameters: Sequence[Parameter], search: Search, strict: bool
) -> Query:
    """Parse a query string, starting from a dialect's default search.

    The last value of a repeated name is used. Of a `listed` parameter all values are used, also under the names by
    which PHP sends an array (`sort[]`, `sort[0]`). An empty value counts as not sent. Raises `Invalid` with every
    broken rule; if `strict`, an unknown name is one.
    """
    known = {parameter.name: parameter for parameter in parameters}
    given = _values_by_name(pairs, known)
    ignored = tuple(name for name in given if name not in known)
    problems = unknown(ignored) if strict else []
    for name, parameter in known.items():
        if given.get(name, "") == "":
            continue
        try:
            parameter.apply(given[name], search)
        except BrokenRule as broken:
            problems.append(Problem(name, broken.rule, broken.params))
    if problems:
        raise Invalid(problems)
    return Query(search, ignored)


def _values_by_name(pairs: Sequence[tuple[str, str]], known: Mapping[str, Parameter]) -> dict[str, str]:
    given: dict[str, str] = {}
    for sent, value in pairs:
        name = _ITEM.sub("", sent)
        if name not in known or not known[name].listed:
            given[sent] = value
        elif value:
            given[name] = f"{given[name]},{value}" if given.get(name) else value
    return given


def unknown(names: Sequence[str], kind: str = "parameter", rest: str = "query") -> list[Problem]:
    """Return a problem for each of the first unknown names, and one under `rest` for the number of further ones."""
    problems = [Problem(cut(name), f"unknown_{kind}") for name in names[:MAX_NAMES]]
    more = len(names) - MAX_NAMES
    return problems + ([Problem(rest, f"unknown_{kind}s", {"count": more})] if more > 0 else [])
