"""Compares JSON Schemas (2020-12, without references): what one allows and another does not."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

Schema = Mapping[str, Any]

_TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Keywords that can only be tested for equality; a different value may refuse anything.
_OPAQUE = ("pattern", "format", "not", "contains", "allOf", "if", "propertyNames", "patternProperties", "multipleOf")


class Flow(StrEnum):
    """The direction of the values: readers ignore unknown keys, but miss keys that are gone."""

    SENT = "sent"
    ANSWERED = "answered"


def refusals(wide: Any, narrow: Any, flow: Flow, path: str = "") -> Iterator[str]:
    """Yield what `wide` allows and `narrow` does not, as phrases that begin with the place: `billing.city: null`."""
    options = _alternatives(narrow)
    for alternative in _alternatives(wide):
        alike = [option for option in options if _types(alternative) <= _types(option)]
        found = [list(_refused(alternative, option, flow, path)) for option in alike or options]
        if all(found):
            yield from min(found, key=len)


def _alternatives(schema: Any) -> list[Schema]:
    if not isinstance(schema, Mapping):
        return [{}]  # `true` allows everything
    several = schema.get("anyOf") or schema.get("oneOf")
    if several:
        common = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
        return [common | dict(each) for option in several for each in _alternatives(option)]
    types = schema.get("type")
    return [{**schema, "type": each} for each in types] if isinstance(types, list) else [schema]


def _refused(wide: Schema, narrow: Schema, flow: Flow, path: str) -> Iterator[str]:
    types = _types(wide)
    lost = types - _types(narrow)
    if lost:
        yield _at_path(path, "a value of any type" if types == _TYPES else " or ".join(sorted(lost)))
        return
    if types != {"null"}:
        yield from _refused_values(wide, narrow, path)
    if "object" in types:
        yield from _refused_keys(wide, narrow, flow, path)
    if "array" in types and "items" in narrow:
        yield from refusals(wide.get("items", {}), narrow["items"], flow, f"{path}[]")


def _types(schema: Schema) -> frozenset[str]:
    types = frozenset({schema["type"]}) if "type" in schema else _types_of_values(schema)
    return types | {"integer"} if "number" in types else types


def _types_of_values(schema: Schema) -> frozenset[str]:
    values = _values(schema)
    texts_only = values is not None and all(isinstance(value, str) for value in values)
    return frozenset({"string"}) if texts_only else _TYPES


def _refused_values(wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
    allowed, accepted = _values(narrow), _values(wide)
    if allowed is not None and accepted is None:
        yield _at_path(path, f"anything but {', '.join(map(repr, allowed))}")
    if accepted is not None:
        # Each by itself, because the keywords below would have to be applied to every value.
        yield from (_at_path(path, repr(value)) for value in accepted if allowed is not None and value not in allowed)
        return
    yield from _refused_by_keywords(wide, narrow, path)


def _refused_by_keywords(wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
    for keyword in _LEAST:
        if keyword in narrow and narrow[keyword] > wide.get(keyword, float("-inf")):
            yield _at_path(path, f"less than {keyword} {narrow[keyword]}")
    for keyword in _UPPER_BOUNDS:
        if keyword in narrow and narrow[keyword] < wide.get(keyword, float("inf")):
            yield _at_path(path, f"more than {keyword} {narrow[keyword]}")
    for keyword in _OPAQUE:
        if keyword in narrow and narrow[keyword] != wide.get(keyword):
            yield _at_path(path, f"what does not meet `{keyword}` {narrow[keyword]}")


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _refused_keys(wide: Schema, narrow: Schema, flow: Flow, path: str) -> Iterator[str]:
    known, seen = wide.get("properties", {}), narrow.get("properties", {})
    yield from (
        _at_path(path, f"an object without `{key}`")
        for key in narrow.get("required", ())
        if key not in wide.get("required", ())
    )
    if flow is Flow.SENT:
        yield from (_at_path(path, f"the key `{key}`") for key in known if key not in seen)
    for key in known:
        if key in seen:
            yield from refusals(known[key], seen[key], flow, f"{path}.{key}".lstrip("."))


def _at_path(path: str, what: str) -> str:
    return f"{path}: {what}" if path else what
