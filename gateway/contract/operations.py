"""The operations that a run examines, selected by name from the OpenAPI documents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.request import urlopen

from gateway.contract.reading_only import READING

PREFIXES = {"api": "/api", "v1": "/api/v1"}
_METHODS = ("get", "head", "options", "post", "put", "patch", "delete", "trace", "query")
_TIMEOUT_SECONDS = 30


class Unusable(Exception):
    """The requested operations cannot be examined; the text is for the user."""


class AccessRefused(Exception):
    """Nothing can be proved with these keys; the text is one sentence for the user."""


@dataclass(frozen=True)
class Operation:
    """An operation: its `operationId`, its label as `GET /api/clients/{id}`, and the operations that it links to."""

    name: str
    label: str
    links: frozenset[str] = frozenset()

    @property
    def reads(self) -> bool:
        """Whether it can be examined without `--write`."""
        return self.label.partition(" ")[0] in READING


@dataclass(frozen=True)
class Selection:
    """The labels of the operations of one dialect, and whether any answer links to one of them."""

    labels: tuple[str, ...]
    linked: bool


def document_of(url: str, dialect: str) -> Any:
    """Return the OpenAPI document that a deployment serves for a dialect. Raises `Unusable`."""
    address = f"{url}{PREFIXES[dialect]}/openapi.json"
    try:
        with urlopen(address, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 (http or https, as the command checks)
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise Unusable(f"There is no OpenAPI document at {address}: {error}") from error


def operations_of(document: Any) -> list[Operation]:
    """Return the operations of an OpenAPI document that have an `operationId`. Raises `Unusable`."""
    paths = document.get("paths") if isinstance(document, dict) else None
    if not isinstance(paths, dict):
        raise Unusable("The deployment does not serve an OpenAPI document.")
    return [
        Operation(str(operation["operationId"]), f"{method.upper()} {path}", frozenset(_links(operation)))
        for path, operations in paths.items()
        if isinstance(operations, dict)
        for method, operation in operations.items()
        if method in _METHODS and isinstance(operation, dict) and "operationId" in operation
    ]


def _links(operation: Mapping[str, Any]) -> Iterator[str]:
    for response in _objects(operation.get("responses")):
        for link in _objects(response.get("links")):
            yield str(link.get("operationId"))


def _objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a JSON object; none if it is something else."""
    return [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []


def selected(names: Sequence[str], known: Mapping[str, Sequence[Operation]], write: bool) -> dict[str, Selection]:
    """Return, for each dialect that has any, the operations with one of these names that may be sent.

    Raises `Unusable` for a name that no dialect knows, and for one that cannot be examined without `write`.
    """
    everything = [operation for operations in known.values() for operation in operations]
    for name in names:
        _check(name, [each for each in everything if each.name == name], everything, known, write)
    chosen = {
        dialect: _selection([each for each in operations if each.name in names and (write or each.reads)])
        for dialect, operations in known.items()
    }
    return {dialect: selection for dialect, selection in chosen.items() if selection.labels}


def _selection(operations: Sequence[Operation]) -> Selection:
    names = {each.name for each in operations}
    return Selection(tuple(each.label for each in operations), any(each.links & names for each in operations))


def _check(
    name: str,
    found: Sequence[Operation],
    everything: Sequence[Operation],
    dialects: Mapping[str, Sequence[Operation]],
    write: bool,
) -> None:
    if not found:
        similar = get_close_matches(name, sorted({each.name for each in everything}), 5)
        where = " or ".join(PREFIXES[dialect] for dialect in dialects)
        hint = f" Similar names: {', '.join(similar)}." if similar else ""
        raise Unusable(f"There is no operation {name!r} in {where}.{hint}")
    if not write and not any(each.reads for each in found):
        raise Unusable(f"Operation {name!r} writes ({found[0].label}) and needs --write. Never use that on live data.")
