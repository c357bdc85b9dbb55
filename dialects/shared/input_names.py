"""Finds the names in a request that its operation understands: parameters, relations, columns and keys."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dialects.shared.operation import Operation
from schemas.fields import FieldMap
from schemas.lists import as_items
from schemas.queries import Include, SortBy, SortColumn
from schemas.rows import Field, Many

Name = tuple[str, str]  # the kind (see `core.access.usage_names.UsedName`) and the name


class Understood(NamedTuple):
    """The method of the operation, which may come from `_method`, and the names that it understood, without values."""

    method: str
    names: frozenset[Name] = frozenset()


class InputNames:
    """Finds the names that one operation understands."""

    def __init__(self, method: str, operation: Operation) -> None:
        self._nothing = Understood(method)
        self._parameters = {parameter.name: parameter for parameter in operation.query}
        self._fields, self._verb = operation.body, operation.verb

    def of(self, pairs: Sequence[tuple[str, str]], tree: Mapping[str, Any]) -> Understood:
        """Return the names in a query string and in a body."""
        if not pairs and not tree:
            return self._nothing
        found = frozenset((*self._query_names(pairs), *self._body_names(tree)))
        return Understood(self._nothing.method, found)

    def _query_names(self, pairs: Sequence[tuple[str, str]]) -> Iterator[Name]:
        for sent, value in pairs:
            name = sent.partition("[")[0]
            parameter = self._parameters.get(sent) or self._parameters.get(name)
            if parameter is None or not value:
                continue
            yield "query", parameter.name
            if isinstance(parameter, Include):
                known = {*parameter.always, *parameter.relations}
                yield from (("include", each) for each in _words(value) if each in known)
            elif isinstance(parameter, SortBy | SortColumn):
                yield from (("sort", each) for each in _words(value) if each in parameter.columns)

    def _body_names(self, tree: Mapping[str, Any]) -> Iterator[Name]:
        if self._fields is not None and tree:
            yield from (("body", name) for name in _keys(self._fields, self._verb, tree))


def _words(text: str) -> Iterator[str]:
    return (each.strip().partition("|")[0].strip() for each in text.split(","))


def _keys(fields: FieldMap, verb: str, tree: Mapping[str, Any]) -> Iterator[str]:
    """Return the understood keys: a nested array as `contacts[]`, and its keys as `contacts[].email`."""
    for row in fields.rows:
        if not isinstance(row, Field | Many) or verb not in row.on:
            continue
        key = row.key_in(tree) if isinstance(row, Field) else row.input_key
        if key not in tree:
            continue
        yield f"{key}[]" if isinstance(row, Many) else key
        if isinstance(row, Many):
            items = as_items(tree[key])
            for item in items if isinstance(items, list) else ():
                if isinstance(item, Mapping):
                    yield from (f"{key}[].{inner}" for inner in _keys(row.of, verb, item))
