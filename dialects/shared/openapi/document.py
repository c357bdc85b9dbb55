"""A dialect's OpenAPI 3.1 document, generated from the operations and tables that serve the requests."""

from typing import Any

from dialects.shared.dialect import Dialect, Reference
from dialects.shared.openapi.headers import COMPONENTS
from dialects.shared.openapi.parameters import conditions, path_parameters, query_parameters
from dialects.shared.openapi.request_bodies import request_body
from dialects.shared.openapi.responses import responses
from dialects.shared.operation import Operation, Path
from schemas.openapi import components
from schemas.types import Schema


def openapi_document(dialect: Dialect, server_url: str) -> dict[str, Any]:
    """Return the whole document of a dialect that has a reference."""
    reference = dialect.documented
    schemas: dict[str, Schema] = {}
    for table in reference.tables:
        schemas |= components(table)
    schemas |= {
        "Error": _with_survivor(reference, reference.error_schema(400)),
        "ValidationError": reference.error_schema(422),
    }
    paths = {dialect.prefix + path.path: _path_item(dialect, path) for path in dialect.paths}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": reference.title,
            "version": "1.0.0",
            "description": reference.description,
            "contact": {"name": "The operator of this gateway"},
            "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
        },
        "servers": [{"url": server_url, "description": "This gateway."}],
        "security": [{reference.key_scheme: []}],
        "tags": [{"name": name, "description": about} for name, about in reference.tags.items()],
        "paths": _with_components(paths, schemas),
        "components": {
            "schemas": schemas,
            "securitySchemes": dict(reference.security_schemes),
            "headers": COMPONENTS,
        },
    }


def _with_components(node: Any, schemas: dict[str, Schema]) -> Any:
    """Return the tree with every titled schema moved to `schemas`, the components, and a reference in its place."""
    if isinstance(node, list):
        return [_with_components(each, schemas) for each in node]
    if not isinstance(node, dict):
        return node
    tree = {key: _with_components(each, schemas) for key, each in node.items()}
    if "title" not in tree or "type" not in tree:
        return tree
    about = {"description": tree.pop("description")} if "description" in tree else {}
    schemas[tree["title"]] = tree
    return {"$ref": f"#/components/schemas/{tree['title']}"} | about


def _with_survivor(reference: Reference, error: Schema) -> Schema:
    about = "If the client was merged into another one, for keys of edition 2026: the id of that client."
    merged_into = reference.id_schema | {"description": about}
    return error | {"properties": error["properties"] | {"merged_into": merged_into}}


def _path_item(dialect: Dialect, path: Path) -> dict[str, Any]:
    return {
        method.lower(): _operation(dialect, path, method.lower(), operation)
        for method, operation in path.operations.items()
    }


def _operation(dialect: Dialect, path: Path, method: str, operation: Operation) -> dict[str, Any]:
    reference = dialect.documented
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.about.rstrip("."),
        "description": reference.details.get(operation.name, operation.about),
        "tags": [path.tag],
        "parameters": [
            *path_parameters(dialect, path, operation),
            *query_parameters(operation),
            *conditions(method, operation),
        ],
        "responses": responses(dialect, path, method, operation),
        "x-required-scope": operation.scope.value,
    }
    if dialect.deprecation is not None:
        described["deprecated"] = True
    if operation.asks_password:
        described["security"] = [{reference.key_scheme: [], reference.password_scheme: []}]
    body = request_body(dialect, operation)
    return described | ({"requestBody": body} if body else {})
