"""Parses the records that an installation shows: the inverse of `FieldMap.render`, for imports.

The source is not trusted: a value that does not match the table is reported as a field error and left out, and nothing
raises.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from core.errors import Problem
from core.importing.incoming import FieldError
from schemas.errors import BrokenRule, in_words
from schemas.fields import FieldMap
from schemas.rows import Constant, Field, Many
from schemas.types import NotGiven, Type

_UNKNOWN = "there is no field of this name"
_NO_OBJECT = "it is not an object"
_MISSING = object()

Read = Callable[[Any, str, list[FieldError]], Any]
"""Returns the value of what is shown at a path, and appends field errors. Raises `BrokenRule` and `NotGiven`."""


class Reader:
    """Parses the records that a table shows."""

    def __init__(self, fields: FieldMap) -> None:
        self._rows: list[tuple[str, str, str, Read]] = []
        self._constants: list[tuple[str, str, Any, str]] = []
        self._inner: dict[str, set[str]] = {}
        for row in fields.rows:
            if row.key is None:
                continue
            head, _, rest = row.key.partition(".")
            if rest:
                self._inner.setdefault(head, set()).add(rest)
            if isinstance(row, Constant):
                self._constants.append((head, rest, row.value, row.reason))
            else:
                self._rows.append(
                    (
                        head,
                        rest,
                        row.attribute,
                        _array_reader(row) if isinstance(row, Many) else _field_reader(row.type),
                    )
                )
        self._known = {head for head, *_ in [*self._rows, *self._constants]}

    def read(self, shown: Mapping[str, Any], prefix: str = "") -> tuple[dict[str, Any], list[FieldError]]:
        """Return the core attributes, by name, and the field errors; `prefix` begins their paths."""
        values: dict[str, Any] = {}
        field_errors = list(self._unknown(shown, prefix))
        for head, rest, constant, reason in self._constants:
            value = _value_at(shown, head, rest)
            if value is not _MISSING and value != constant and (value or constant):
                field_errors.append(FieldError(_path(prefix, head, rest), value, reason))
        for head, rest, attribute, read in self._rows:
            value = _value_at(shown, head, rest)
            if value is _MISSING:
                continue
            try:
                values[attribute] = read(value, prefix + head, field_errors)
            except NotGiven:
                continue
            except BrokenRule as broken:
                path = _path(prefix, head, rest)
                field_errors.append(FieldError(path, value, in_words(Problem(path, broken.rule, broken.params))))
        return values, field_errors

    def _unknown(self, shown: Mapping[str, Any], prefix: str) -> Iterator[FieldError]:
        if not shown.keys() <= self._known:
            yield from (FieldError(prefix + key, shown[key], _UNKNOWN) for key in shown if key not in self._known)
        for head, inner in self._inner.items():
            value = shown.get(head)
            if isinstance(value, Mapping):
                yield from (
                    FieldError(f"{prefix}{head}.{key}", value[key], _UNKNOWN) for key in value if key not in inner
                )
            elif value:
                yield FieldError(prefix + head, value, _NO_OBJECT)


def keys_of(fields: FieldMap) -> dict[str, str]:
    """Return the keys under which a table shows attributes, by attribute."""
    keys: dict[str, str] = {}
    for row in fields.rows:
        if isinstance(row, Field | Many) and row.key is not None:
            keys.setdefault(row.attribute, row.key)
        if isinstance(row, Many):
            keys |= {f"{row.attribute}.{name}": f"{row.key}.{key}" for name, key in keys_of(row.of).items()}
    return keys


def _value_at(shown: Mapping[str, Any], head: str, rest: str) -> Any:
    value = shown.get(head, _MISSING)
    if not rest:
        return value
    return value.get(rest, _MISSING) if isinstance(value, Mapping) else _MISSING


def _path(prefix: str, head: str, rest: str) -> str:
    return f"{prefix}{head}.{rest}" if rest else prefix + head


def _field_reader(kind: Type) -> Read:
    def read(value: Any, _path: str, _field_errors: list[FieldError]) -> Any:
        if kind.is_absent(value):
            raise NotGiven
        return kind.read_back(value)

    return read


def _array_reader(row: Many) -> Read:
    reader = Reader(row.of)

    def read(value: Any, path: str, field_errors: list[FieldError]) -> Sequence[Mapping[str, Any]]:
        items = [] if value in (None, "") else value
        if not isinstance(items, list):
            raise BrokenRule("array")
        if len(items) > row.max_items:
            raise BrokenRule("max_items", {"max": row.max_items})
        taken = []
        for item in items:
            if not isinstance(item, Mapping):
                field_errors.append(FieldError(path, item, _NO_OBJECT))
                continue
            values, of_item = reader.read(item, f"{path}.")
            field_errors.extend(of_item)
            taken.append(values)
        return taken

    return read
