"""The changes between two OpenAPI documents that break an integration written for the older one."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.reference.breaking.change import Change, key_of, removed_words
from gateway.reference.breaking.schemas import Flow, refusals

Part = Mapping[str, Any]

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


def breaking_changes(old: Part, new: Part) -> list[Change]:
    """Return one sentence for each change, in the order of the older document; none if no integration can notice."""
    before, after = _without_references(old, old), _without_references(new, new)
    return [*_operations(before["paths"], after["paths"]), *_security_schemes(before, after)]


def _without_references(node: Any, document: Part) -> Any:
    """Return the node with every `$ref` replaced by its target. (Our schemas are not recursive.)"""
    if isinstance(node, list):
        return [_without_references(each, document) for each in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" not in node:
        return {key: _without_references(each, document) for key, each in node.items()}
    found: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return _without_references(found, document)


def _operations(before: Part, after: Part) -> Iterator[Change]:
    for path, operations in before.items():
        for method in _METHODS:
            if method not in operations:
                continue
            name, now = f"{method.upper()} {path}", after.get(path, {}).get(method)
            if now is None:
                yield Change(f"{name} is gone", name)
            else:
                yield from (change.of(name) for change in _changes(operations[method], now))


def _changes(before: Part, after: Part) -> Iterator[Change]:
    yield from _parameters(before.get("parameters", []), after.get("parameters", []))
    yield from _bodies(before.get("requestBody"), after.get("requestBody"))
    yield from _answers(before["responses"], after["responses"])


def _parameters(before: list[Part], after: list[Part]) -> Iterator[Change]:
    known = {(each["in"], each["name"]): each for each in before}
    now = {(each["in"], each["name"]): each for each in after}
    for place, name in known:
        if (place, name) not in now:
            yield Change(f"the {place} parameter `{name}` is gone", "", place, name)
    for (place, name), parameter in now.items():
        earlier = known.get((place, name), {})
        if parameter.get("required") and not earlier.get("required"):
            yield Change(f"the {place} parameter `{name}` is required")
        if earlier:
            before_and_now = earlier.get("schema", {}), parameter.get("schema", {})
            words = removed_words(*before_and_now)
            for each in refusals(*before_and_now, Flow.SENT):
                yield Change(f"the {place} parameter `{name}` no longer takes {each}", "", place, name, words)


def _bodies(before: Part | None, after: Part | None) -> Iterator[Change]:
    if after is not None and after.get("required") and not (before or {}).get("required"):
        yield Change("a request body is required")
    if before is None:
        return
    if after is None:
        yield Change("the request body is gone")
        return
    for media_type, content in before["content"].items():
        if media_type not in after["content"]:
            yield Change(f"the request body is no longer taken as {media_type}")
            continue
        lost = refusals(content.get("schema", {}), after["content"][media_type].get("schema", {}), Flow.SENT)
        for each in lost:
            yield Change(f"the {media_type} body no longer takes {each}", "", "body", key_of(each))


def _answers(before: Part, after: Part) -> Iterator[Change]:
    for status, answer in before.items():
        if status not in after:
            if status.startswith("2"):
                yield Change(f"{status} is no longer answered")
            continue
        yield from _headers(status, answer.get("headers", {}), after[status].get("headers", {}))
        for media_type, content in answer.get("content", {}).items():
            now = after[status].get("content", {}).get(media_type)
            if now is None:
                yield Change(f"{status} no longer answers {media_type}")
                continue
            news = refusals(now.get("schema", {}), content.get("schema", {}), Flow.ANSWERED)
            yield from (Change(f"{status} may now answer {each}") for each in news)
    yield from (
        Change(f"{status} may now be answered") for status in after if status not in before and status.startswith("2")
    )


def _headers(status: str, before: Part, after: Part) -> Iterator[Change]:
    for name, header in before.items():
        if header.get("required") and not after.get(name, {}).get("required"):
            yield Change(f"{status} may now lack the header {name}")


def _security_schemes(before: Part, after: Part) -> Iterator[Change]:
    now = after.get("components", {}).get("securitySchemes", {})
    for name, scheme in before.get("components", {}).get("securitySchemes", {}).items():
        if _but_description(scheme) != _but_description(now.get(name, {})):
            yield Change(f"the security scheme `{name}` is another or gone")


def _but_description(part: Part) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != "description"}
