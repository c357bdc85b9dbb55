"""Rewrites parts of a schema that Schemathesis misunderstands or handles slowly."""

import re
from collections.abc import Collection, Iterator
from typing import Any

_MAX_FOLDED_LENGTH = 1000  # characters
_WITHOUT_NUL = r"^[^\u0000]*$"
_NOT_BLANK = r"^[^\u0000]*[^\s\u0000-\u001f\u0085\ufeff][^\u0000]*$"
_BY_LOOKING_AHEAD = {
    _WITHOUT_NUL: r"^(?![^\u0000]*\u0000)",
    _NOT_BLANK: r"^(?=[^\u0000]*[^\s\u0000-\u001f\u0085\ufeff])(?![^\u0000]*\u0000)",
}


def name_by_pattern(schema: Any, names: Collection[str]) -> None:
    """Declare these properties as patterns of their names, at any depth; the schema allows the same values."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        for name in properties.keys() & set(names):
            schema.setdefault("patternProperties", {})[f"^{re.escape(name)}$"] = properties.pop(name)
    for each in _parts(schema):
        name_by_pattern(each, names)


def use_lookaheads(schema: Any) -> None:
    """Write the patterns of long texts as lookaheads, which allow the same values and match no characters themselves.

    Schemathesis folds `maxLength` into a pattern where it can, and a repetition of up to 65535 takes 80 megabytes and
    five seconds to compile, for each of hundreds of variants of a body.
    """
    if isinstance(schema, dict) and isinstance(length := schema.get("maxLength"), int) and length > _MAX_FOLDED_LENGTH:
        pattern = schema.get("pattern")
        if pattern in _BY_LOOKING_AHEAD:
            schema["pattern"] = _BY_LOOKING_AHEAD[pattern]
    for each in _parts(schema):
        use_lookaheads(each)


def reduce_single_items(schema: Any) -> None:
    """Reduce an object that may replace a list of one to its first key: the others are tried in the list.

    Objects with numbers as keys are removed too, because generating their keys by a pattern takes longer than the rest
    of a body; an oracle tries them.
    """
    if isinstance(schema, dict) and "propertyNames" in schema.get("if", ()):
        del schema["if"], schema["then"]
        schema["properties"] = dict(list(schema["properties"].items())[:1])
    for each in _parts(schema):
        reduce_single_items(each)


def allow_any_file(responses: dict[str, Any]) -> None:
    """Remove the schemas of files: Schemathesis reads a file as JSON if it can, and then it is no longer a string."""
    for response in responses.values():
        for content in response.get("content", {}).values():
            if content.get("schema", {}).get("format") == "binary":
                del content["schema"]


def _parts(schema: Any) -> Iterator[Any]:
    yield from schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
