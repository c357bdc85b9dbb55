"""Tools made from OpenAPI documents: one for each operation, with its name, its description and its input."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

JSON = "application/json"
BODY = "body"
READ = "read"
_SCHEMAS = "#/components/schemas/"
_METHODS = ("get", "post", "put", "patch", "delete")


class InvalidArguments(Exception):
    """The arguments do not match the tool; the text is for the assistant."""


@dataclass(frozen=True)
class Tool:
    """An operation: its name and description, and its arguments as one JSON object.

    `places` gives the place (`path` or `query`) and the original name of each argument but `body`.
    """

    name: str
    description: str
    dialect: str
    method: str
    path: str
    scope: str
    places: Mapping[str, tuple[str, str]]
    input_schema: Mapping[str, Any]

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing."""
        return self.scope == READ

    def target(self, arguments: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]]]:
        """Return the path, and the query as pairs. Raises `InvalidArguments`."""
        self._check(arguments)
        path, query = self.path, []
        for name, (place, sent_as) in self.places.items():
            if place == "path":
                path = path.replace(f"{{{sent_as}}}", _segment(name, arguments[name]))
            elif name in arguments:
                query += [(sent_as, _text(each)) for each in _values(arguments[name])]
        return path, query

    def _check(self, arguments: Mapping[str, Any]) -> None:
        unknown = sorted(arguments.keys() - self.input_schema["properties"].keys())
        missing = sorted(set(self.input_schema["required"]) - arguments.keys())
        if unknown or missing:
            wrong = [*(f"{each} is not an argument" for each in unknown), *(f"{each} is missing" for each in missing)]
            raise InvalidArguments(f"{self.name}: {'; '.join(wrong)}")


def tools_of(document: Mapping[str, Any], dialect: str) -> Iterator[Tool]:
    """Return the tools of a dialect's document.

    Operations that only take files are left out: assistants cannot send them.
    """
    schemas = document.get("components", {}).get("schemas", {})
    for path, operations in document["paths"].items():
        for method in (each for each in _METHODS if each in operations):
            operation = operations[method]
            content = operation.get("requestBody", {}).get("content", {})
            if not content or JSON in content:
                yield _tool(dialect, method, path, operation, schemas)


def _tool(dialect: str, method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Tool:
    name = f"{dialect}_{operation['operationId']}"
    scope = operation.get("x-required-scope", READ if method == "get" else "write")
    declared = [each for each in operation.get("parameters", ()) if each.get("in") in ("path", "query")]
    places = {_argument(each["name"]): (each["in"], each["name"]) for each in declared}
    texts = [operation.get("summary", "").rstrip(".") + ".", operation.get("description", "")]
    about = f"{' '.join(filter(None, texts))} ({method.upper()} {path}; needs a key of scope {scope}.)"
    return Tool(name, about, dialect, method.upper(), path, scope, places, _input_schema(declared, operation, schemas))


def _input_schema(
    declared: Iterable[Mapping[str, Any]], operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    properties = {_argument(each["name"]): _described(each) for each in declared}
    required = [_argument(each["name"]) for each in declared if each.get("required") or each["in"] == "path"]
    body = operation.get("requestBody", {})
    if content := body.get("content", {}).get(JSON):
        properties[BODY] = {**content.get("schema", {}), "description": "The body of the request, as a JSON object."}
        required += [BODY] if body.get("required") else []
    found = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    definitions = _definitions(found, schemas)
    moved: dict[str, Any] = _with_defs(found | ({"$defs": definitions} if definitions else {}))
    return moved


def _described(parameter: Mapping[str, Any]) -> dict[str, Any]:
    about = parameter.get("description")
    return {**parameter.get("schema", {}), **({"description": about} if about else {})}


def _definitions(schema: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return all schemas to which one refers, directly or indirectly."""
    found: dict[str, Any] = {}
    waiting = [*_references(schema)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting += _references(schemas[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            yield reference.removeprefix(_SCHEMAS)
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _with_defs(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: value.replace(_SCHEMAS, "#/$defs/")
            if name == "$ref" and isinstance(value, str)
            else _with_defs(value)
            for name, value in schema.items()
        }
    return [_with_defs(each) for each in schema] if isinstance(schema, list) else schema


def _argument(name: str) -> str:
    # Assistants accept only these characters in names of arguments, so `sort[]` becomes `sort`.
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_")


def _segment(name: str, value: Any) -> str:
    text = _text(value)
    if not text or set(text) == {"."}:
        raise InvalidArguments(f"{name} is empty")
    return quote(text, safe="")


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise InvalidArguments("An argument other than the body must be a text, a number or a list of them")
    return "" if value is None else str(value)
