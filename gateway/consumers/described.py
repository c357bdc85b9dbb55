"""The OpenAPI documents as a reference for single requests and responses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

Document = Mapping[str, Any]

JSON = "application/json"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MAX_PROBLEMS = 20  # of one body


class DescribedOperation:
    """An operation of a document; `label` has the form `GET /api/clients/{id}`."""

    def __init__(self, document: Document, method: str, path: str) -> None:
        self.label = f"{method} {path}"
        self._components = document.get("components", {})
        self._operation = document["paths"][path][method.lower()]
        self._validators: dict[int, Any] = {}

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names of the query parameters."""
        resolved = [self._resolved(each) for each in self._operation.get("parameters", [])]
        return frozenset(each["name"] for each in resolved if each["in"] == "query")

    def undeclared_parameters(self, query: str) -> Iterator[str]:
        """Yield the names in a query string that the operation does not declare, without indexes of lists."""
        for name in dict.fromkeys(name for name, _ in parse_qsl(query, keep_blank_values=True)):
            if name not in self.parameters and name.partition("[")[0] not in self.parameters:
                yield name

    def request_problems(self, media_type: str, body: Any) -> Iterator[str]:
        """Yield what is not declared or not allowed in a body, without values.

        `body` is JSON, a form's names, or None.
        """
        content = self._operation.get("requestBody", {}).get("content", {})
        if not content and body is None:
            return  # many programs send a type without a body
        if media_type not in content:
            yield f"undeclared media type {media_type or '(none)'} of the body"
            return
        schema = content[media_type].get("schema", {})
        if body is None:
            return
        if media_type in _FORMS:
            known = {name.partition("[")[0] for name in schema.get("properties", {})}
            yield from (f"undeclared key {name}" for name in body if name.partition("[")[0] not in known)
            return
        yield from (f"undeclared key {name}" for name in self._undeclared(schema, body))
        yield from self._invalid("the body", schema, body)

    def answer_problems(self, status: int, media_type: str, body: Any) -> Iterator[str]:
        """Yield what is not declared or not allowed in a response. `body` is None if it was not recorded."""
        answer = self._operation["responses"].get(str(status))
        if answer is None:
            yield f"undeclared status {status}"
            return
        content = self._resolved(answer).get("content", {})
        if media_type and content and media_type not in content:
            yield f"undeclared media type {media_type} of {status}"
        elif body is not None and media_type == JSON and JSON in content:
            yield from self._invalid(f"the answer {status}", content[JSON].get("schema", {}), body)

    def _invalid(self, what: str, schema: Document, body: Any) -> Iterator[str]:
        validator = self._validators.get(id(schema))
        if validator is None:
            whole = {**schema, "components": self._components}
            validator = self._validators[id(schema)] = jsonschema_rs.Draft202012Validator(whole)
        for number, error in enumerate(validator.iter_errors(body)):
            if number == _MAX_PROBLEMS:
                return
            at = _path(error.instance_path)
            if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
                yield from (
                    f"undeclared key {_path([*error.instance_path, name])} in {what}" for name in error.kind.unexpected
                )
            else:
                yield f"{what} breaks `{error.schema_path[-1] if error.schema_path else 'false'}` at {at or 'its root'}"

    def _undeclared(self, schema: Document, value: Any, path: str = "") -> Iterator[str]:
        options = [self._resolved(each) for each in _alternatives(self._resolved(schema))]
        if isinstance(value, dict):
            known = [each["properties"] for each in options if "properties" in each]
            if not known:
                return  # an object with arbitrary keys
            for key, inner in value.items():
                schemas = [each[key] for each in known if key in each]
                if not schemas:
                    yield f"{path}{key}"
                for each in schemas[:1]:
                    yield from self._undeclared(each, inner, f"{path}{key}.")
        elif isinstance(value, list):
            items = [each["items"] for each in options if isinstance(each.get("items"), dict)]
            for each in items[:1]:
                names = [name for item in value for name in self._undeclared(each, item, f"{path.rstrip('.')}[].")]
                yield from dict.fromkeys(names)

    def _resolved(self, node: Document) -> Document:
        while "$ref" in node:
            found: Any = {"components": self._components}
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = found
        return node


class Described:
    """All operations of some documents, found by method and path."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._routes: dict[tuple[str, ...], dict[str, DescribedOperation]] = {}
        for document in documents:
            for path, operations in document["paths"].items():
                found = {
                    method.upper(): DescribedOperation(document, method.upper(), path)
                    for method in operations
                    if method in _METHODS
                }
                self._routes[tuple(path.split("/"))] = found

    def operations(self, path: str) -> Mapping[str, DescribedOperation] | None:
        """Return the operations of a request's path by method; None if no document has the path."""
        steps = [step for step in path.split("/") if step]
        fitting = [route for route in self._routes if _fits([step for step in route if step], steps)]
        return self._routes[min(fitting, key=_names)] if fitting else None


_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def _fits(route: Sequence[str], steps: Sequence[str]) -> bool:
    return len(route) == len(steps) and all(
        known == step or known.startswith("{") for known, step in zip(route, steps, strict=True)
    )


def _names(route: Sequence[str]) -> int:
    return sum(step.startswith("{") for step in route)


def _alternatives(schema: Document) -> list[Document]:
    several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    return [*several, schema] if several else [schema]


def _path(steps: Sequence[str | int]) -> str:
    return ".".join("[]" if isinstance(step, int) else step for step in steps).replace(".[]", "[]")
