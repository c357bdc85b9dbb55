"""The input of a write: the body and the query string, whose keys the body overrides.

Both vendors' framework (Laravel) merges them this way. Input that neither the operation's parameters nor its table
understand is reported in `X-Ignored-Query` and `X-Ignored-Body`; `Prefer: handling=strict` (RFC 7240) refuses it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from dialects.shared.operation import Call, Operation
from schemas.bodies import Body, nest
from schemas.echo import header_list
from schemas.errors import Invalid, MalformedBody
from schemas.json_bodies import MAX_DEPTH
from schemas.query_strings import unknown
from schemas.unused import KeyPath, bracketed, unused_keys

METHOD = "_method"
FILE_FIELDS = ("documents", "file", "files")

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Ignored:
    """The names in a query and the keys of a body that were not understood."""

    query: Sequence[str] = ()
    body: Sequence[KeyPath] = ()

    def headers(self) -> dict[str, str]:
        """Return the response headers that list them, each bounded."""
        headers = {"X-Ignored-Query": header_list(self.query)} if self.query else {}
        return headers | ({"X-Ignored-Body": header_list([bracketed(each) for each in self.body])} if self.body else {})

    def refuse(self) -> None:
        """Raise `Invalid` if there are any."""
        problems = unknown(self.query) + unknown([".".join(each) for each in self.body], "field", "body")
        if problems:
            raise Invalid(problems)


def method_in_query(query_string: bytes) -> str:
    """Return the method in a POST's `_method` query parameter, in capitals; `""` without one."""
    if METHOD.encode() not in query_string:
        return ""
    return dict(parse_qsl(query_string.decode("latin-1"))).get(METHOD, "").upper()


def query_pairs(operation: Operation, query_string: bytes) -> Pairs:
    """Return the pairs of a query string. Raises `MalformedBody` if they are input of a write and not UTF-8."""
    if operation.body is None:
        return parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    try:
        return parse_qsl(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedBody("The query cannot be decoded.") from error


def divided(operation: Operation, pairs: Pairs) -> tuple[Pairs, Pairs]:
    """Return the pairs that are parameters of the operation, and the pairs that are input of a write."""
    if not operation.writes:
        return pairs, ()
    names = {parameter.name for parameter in operation.query}
    inputs = [(name, text) for name, text in pairs if name not in names and name != METHOD]
    return [(name, text) for name, text in pairs if name in names], inputs


def with_query(body: Body, inputs: Pairs) -> Body:
    """Return the body with the keys of the query that it does not have itself."""
    return replace(body, tree=_tree(inputs) | body.tree) if inputs else body


def ignored_input(call: Call, body: Body, inputs: Pairs) -> Ignored:
    """Return what an operation did not understand of a write's query and body."""
    return Ignored(tuple(_ignored_names(call, inputs)) if inputs else (), _ignored_keys(call, body))


def _tree(inputs: Pairs) -> dict[str, Any]:
    return nest((name, text) for name, text in inputs if _is_shallow(name))


def _is_shallow(name: str) -> bool:
    return name.count("[") < MAX_DEPTH


def _ignored_names(call: Call, inputs: Pairs) -> Iterable[str]:
    paths = unused_keys(call.operation.body, call.operation.verb, _tree(inputs), call.own_keys)
    heads = {path[0] for path in paths if len(path) == 1}
    yield from dict.fromkeys(name for name, _ in inputs if not _is_shallow(name) or _head(name) in heads)
    yield from (bracketed(path) for path in paths if len(path) > 1)


def _head(name: str) -> str:
    (head,) = nest([(name, "")])
    return head


def _ignored_keys(call: Call, body: Body) -> Sequence[KeyPath]:
    operation = call.operation
    also = {*call.own_keys, METHOD} if body.is_form else call.own_keys
    keys = unused_keys(operation.body, operation.verb, body.tree, also) if body.tree else []
    taken = FILE_FIELDS if operation.takes_files else ()
    return keys + list(dict.fromkeys((name,) for name, _ in body.files if name not in taken))
