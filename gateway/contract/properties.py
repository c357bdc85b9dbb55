"""Properties of a schema, said in another way."""

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
    """Give these properties by a pattern that is their name, wherever they stand: the schema allows the same."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        for name in properties.keys() & set(names):
            schema.setdefault("patternProperties", {})[f"^{re.escape(name)}$"] = properties.pop(name)
    for each in _parts(schema):
        name_by_pattern(each, names)


def look_ahead(schema: Any) -> None:
    """Give the patterns of long texts as assertions, which allow the same and have no length of their own.

    Schemathesis folds `maxLength` into a pattern where it can, and a repetition of up to 65535 takes 80 megabytes and
    five seconds to compile, for each of hundreds of variants of a body.
    """
    if isinstance(schema, dict) and isinstance(length := schema.get("maxLength"), int) and length > _MAX_FOLDED_LENGTH:
        pattern = schema.get("pattern")
        if pattern in _BY_LOOKING_AHEAD:
            schema["pattern"] = _BY_LOOKING_AHEAD[pattern]
    for each in _parts(schema):
        look_ahead(each)


def thin_single_items(schema: Any) -> None:
    """Of an object that may stand for a list of one, leave the first key: the others are tried in the list.

    What it says of objects with numbers for keys goes too. Schemathesis would draw the names of such objects by their
    pattern, which takes longer than all the rest of a body; an oracle writes them.
    """
    if isinstance(schema, dict) and "propertyNames" in schema.get("if", ()):
        del schema["if"], schema["then"]
        schema["properties"] = dict(list(schema["properties"].items())[:1])
    for each in _parts(schema):
        thin_single_items(each)


def _parts(schema: Any) -> Iterator[Any]:
    yield from schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
