"""JSON Schema (2020-12) of the output and input of a table, named for an OpenAPI document's components."""

from collections.abc import Iterable
from typing import Any

from schemas.fields import FieldMap
from schemas.lists import POSITION_PATTERN
from schemas.rows import Constant, Field, Many, Related, Row
from schemas.types import NOTHING, ListOf, Schema


def component_name(fields: FieldMap) -> str:
    """Return the name of a component: `gateway token` becomes `GatewayToken`."""
    return fields.name.title().replace(" ", "")


def reference(fields: FieldMap) -> Schema:
    """Return a reference to the output schema of the table."""
    return {"$ref": f"#/components/schemas/{component_name(fields)}"}


def components(fields: FieldMap) -> dict[str, Schema]:
    """Return the output schemas of the table and the tables nested in it, by component name."""
    found = {component_name(fields): output_schema(fields)}
    for row in (*fields.rows, *fields.related):
        if isinstance(row, Many | Related) and row.of is not None:
            found |= components(row.of)
    return found


def output_schema(fields: FieldMap) -> Schema:
    """Return the schema of what `render` returns: all keys but editions' are required, and no others allowed."""
    always = _nested_properties(((row.key, _shown(row)) for row in fields.rows if row.key is not None), fields.name)
    included = {each.key: _relation_properties(each) for each in fields.related if each.key not in always}
    needed = dict.fromkeys(row.key.partition(".")[0] for row in fields.rows if row.key is not None and not row.edition)
    return closed_object(always) | {"properties": always | included, "required": list(needed)}


def closed_object(properties: dict[str, Schema], about: str = "") -> Schema:
    """Return an object with exactly these keys."""
    return {
        "type": "object",
        **_described(about),
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _nested_properties(pairs: Iterable[tuple[str, Schema]], whose: str) -> dict[str, Schema]:
    tree: dict[str, Any] = {}
    groups: dict[str, list[tuple[str, Schema]]] = {}
    for key, schema in pairs:
        head, _, rest = key.partition(".")
        if rest:
            groups.setdefault(head, []).append((rest, schema))
            tree[head] = {}
        else:
            tree[head] = schema
    return tree | {
        head: closed_object(_nested_properties(inner, head), f"The {whose}'s {head}.") for head, inner in groups.items()
    }


def _shown(row: Row) -> Schema:
    if isinstance(row, Constant):
        return {"const": row.value, "type": _JSON_TYPES[type(row.value)], "description": row.reason}
    if isinstance(row, Many):
        return {"type": "array", "items": reference(row.of)} | _described(row.about)
    return row.type.schema() | _described(row.about)


def _relation_properties(related: Related) -> Schema:
    if related.of is None:
        return (related.schema or {}) | _described(related.about)
    if related.many:
        return {"type": "array", "items": reference(related.of)} | _described(related.about)
    nothing = {"type": "object", "maxProperties": 0, "additionalProperties": False}
    return {"anyOf": [reference(related.of), nothing]} | _described(related.about)


_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", type(None): "null"}


def _described(about: str) -> Schema:
    return {"description": about} if about else {}


def input_schema(fields: FieldMap, verb: str) -> Schema:
    """Return the schema of a JSON body for a verb. Unknown keys are ignored, so they are allowed."""
    rows = [row for row in fields.rows if isinstance(row, Field | Many) and verb in row.on]
    properties = {_sent_key(row): _input_properties(row, verb) for row in rows}
    required = [row.input_key for row in rows if isinstance(row, Field) and verb in row.required]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _sent_key(row: Field | Many) -> str:
    return row.key if isinstance(row, Many) else row.input_key


def _input_properties(row: Field | Many, verb: str) -> Schema:
    if isinstance(row, Many):
        items = input_schema(row.of, verb)
        array = {"type": ["array", "null"], "items": items, "maxItems": row.max_items}
        return {"anyOf": [array, items | _or_numbered(items, row.max_items), NOTHING]} | _described(row.about)
    needed = verb in row.required
    return (row.type.required_schema() if needed else row.type.input_schema()) | _described(row.about)


def _or_numbered(items: Schema, max_items: int) -> Schema:
    """Return the schema of the values of an object whose keys are all positions: it is a list of items."""
    numbered = {"maxProperties": max_items, "additionalProperties": items}
    return {"if": {"propertyNames": {"pattern": POSITION_PATTERN}}, "then": numbered}


def form_schema(fields: FieldMap, verb: str) -> Schema:
    """Return the schema of a form with flat keys; arrays have PHP's `[]`. Deeper brackets are left to JSON.

    The key of an array without `[]`, which can only empty it, is in `patternProperties`: client generators create a
    variable for each property, and both would have the same name.
    """
    properties: dict[str, Schema] = {}
    patterns: dict[str, Schema] = {}
    required: list[list[str]] = []
    for row in fields.rows:
        if isinstance(row, Field | Many) and verb in row.on:
            keys = _form_keys(row, verb)
            shown = {key: schema | _described(row.about) for key, schema in keys.items()}
            if len(keys) > 1:
                patterns[f"^{_sent_key(row)}$"] = shown.pop(_sent_key(row))
            properties |= shown
            if isinstance(row, Field) and verb in row.required:
                required.append([key for key, schema in keys.items() if schema is not NEVER])
    bare = {"patternProperties": patterns} if patterns else {}
    return {"type": "object", "properties": properties} | bare | _one_key_required(required)


NEVER: Schema = {"not": {}}
"""The schema of a key that a form cannot express."""


def _form_keys(row: Field | Many, verb: str) -> dict[str, Schema]:
    key = _sent_key(row)
    if isinstance(row, Many):
        return {key: NOTHING}
    if isinstance(row.type, ListOf):
        return {f"{key}[]": row.type.form_schema(), key: NEVER if row.type.min_items else NOTHING}
    schema = row.type.text_schema(verb in row.required)
    if schema is None:
        return {key: NOTHING}
    return {
        key: {"anyOf": [schema, NOTHING]} if schema.get("type") == "integer" and verb not in row.required else schema
    }


def _one_key_required(alternatives: list[list[str]]) -> Schema:
    """Return the schema that one key of each alternative is present.

    An `anyOf` would be equivalent, but client generators turn it into a body of any type.
    """
    single = [keys[0] for keys in alternatives if len(keys) == 1]
    several = [keys for keys in alternatives if len(keys) > 1]
    demanded: Schema = {"required": single} if single else {}
    if several:
        array, bare = several[0]
        demanded |= {"if": {"not": {"required": [bare]}}, "then": {"required": [array]}}
    return demanded
