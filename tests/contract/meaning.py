"""The mutation table of meaning: faults that no schema can detect, each with the oracle that must catch it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from tests.contract.faulty import Fault, Request, Response, Send


@dataclass(frozen=True)
class MeaningFault:
    """A fault of meaning in one dialect, and the oracle that catches it."""

    about: str
    fault: Fault
    check: str
    dialect: str
    document: Callable[[Any], object] | None = None


MEANING: dict[str, MeaningFault] = {}

Change = Callable[[dict[str, Any]], object]
CHANGES = ("POST", "PUT", "PATCH")


def fault_of(dialect: str, check: str, about: str) -> Callable[[Fault], Fault]:
    """Put a fault in the table."""

    def register(fault: Fault) -> Fault:
        MEANING[fault.__name__] = MeaningFault(about, fault, check, dialect)
        return fault

    return register


def body_fault(dialect: str, check: str, about: str, name: str, path: str, change: Change, methods=CHANGES) -> None:
    """Add a fault that changes JSON bodies before they reach the gateway, for requests below a path."""

    async def fault(request: Request, send: Send) -> Response:
        if request.method in methods and is_below(request, dialect, path) and request.json:
            content = request.json
            change(content)
            return await send(request.with_json(content))
        return await send(request)

    fault.__name__ = name
    fault_of(dialect, check, about)(fault)


def record_fault(
    dialect: str, check: str, about: str, name: str, path: str, change: Change, methods=("GET", *CHANGES)
) -> None:
    """Add a fault that changes how records below a path are shown, by id and in lists."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        return changed(answer, change) if request.method in methods and is_below(request, dialect, path) else answer

    fault.__name__ = name
    fault_of(dialect, check, about)(fault)


def list_fault(
    dialect: str, check: str, about: str, name: str, path: str, change: Callable[[Request, dict], object]
) -> None:
    """Add a fault that changes the whole answer of a list."""

    async def fault(request: Request, send: Send) -> Response:
        answer = await send(request)
        if request.method != "GET" or request.path != prefix(dialect) + path or not answer.ok:
            return answer
        content = answer.json
        change(request, content)
        return answer.with_json(content)

    fault.__name__ = name
    fault_of(dialect, check, about)(fault)


def query_fault(
    dialect: str, check: str, about: str, name: str, path: str, change: Callable[[Request], Request]
) -> None:
    """Add a fault that changes the query of a list."""

    async def fault(request: Request, send: Send) -> Response:
        is_list = request.method == "GET" and request.path == prefix(dialect) + path
        return await send(change(request) if is_list else request)

    fault.__name__ = name
    fault_of(dialect, check, about)(fault)


def document_fault(dialect: str, check: str, about: str, name: str, change: Callable[[Any], object]) -> None:
    """Add a fault of the served OpenAPI document, which promises less than the published one."""

    async def fault(request: Request, send: Send) -> Response:
        return await send(request)

    MEANING[name] = MeaningFault(about, fault, check, dialect, change)


def prefix(dialect: str) -> str:
    return "/api" if dialect == "api" else "/api/v1"


def is_below(request: Request, dialect: str, path: str) -> bool:
    return request.path.startswith(prefix(dialect) + path)


def changed(answer: Response, change: Change) -> Response:
    """The answer after `change` was applied to its record, or to each record of its list."""
    if not answer.ok or not answer.body.startswith(b"{"):
        return answer
    content = answer.json
    data = content.get("data")
    for record in data if isinstance(data, list) else [data]:
        if isinstance(record, dict):
            change(record)
    return answer.with_json(content)


def key_of(request: Request) -> dict[str, str]:
    """The headers with which a fault sends further requests for this caller."""
    return {name: value for name, value in request.headers.items() if name in ("authorization", "x-api-token", "host")}


def get(request: Request, path: str, query: str = "") -> Request:
    """Another request of the same caller."""
    return replace(Request("GET", path, query, key_of(request), b""))


def faults() -> Mapping[str, Fault]:
    """All faults of meaning by name."""
    for kind in (
        "values",
        "writing",
        "lists",
        "details",
        "resources",
        "life_cycles",
        "answers",
        "protocol",
        "records",
        "actions",
        "queries",
        "requests",
        "documents",
        "followers",
        "neighbours",
        "conditions",
        "rarities",
        "edges",
        "corners",
        "crossings",
        "units",
        "conversations",
        "lasting",
        "keeping",
        "bodies",
        "blind_spots",
        "messages",
        "inputs",
        "amounts",
        "lines",
    ):
        import_module(f"tests.contract.faults_of_{kind}")
    return {name: each.fault for name, each in MEANING.items()}
