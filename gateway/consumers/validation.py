"""Checks traffic against the OpenAPI documents: what is not declared, and who sent it. No values are kept."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.consumers.caller import dialect_of
from gateway.consumers.described import Described
from gateway.consumers.traffic import Request, digest_of

_MAX_FINDINGS = 10_000  # different findings; further ones are only counted
_NAME = re.compile(r"[A-Za-z_][\w.\-\[\]]{0,63}")
_WORD = re.compile(r"[a-z_\-]{1,30}|v1")


@dataclass(frozen=True, order=True)
class Finding:
    """Something that a caller sent or received and the documents do not declare."""

    caller: str
    operation: str
    what: str


@dataclass
class Validation:
    """The requests so far, and what is wrong with them.

    `names` are those of keys by their digests. `secrets` are keys that must never be shown.
    """

    described: Described
    names: Mapping[str, str] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    found: Counter[Finding] = field(default_factory=Counter)
    secrets: set[str] = field(default_factory=set)
    beyond: int = 0

    def add(self, request: Request, key: str = "") -> None:
        """Check a request; requests to paths outside of the dialects are ignored."""
        path, _, query = request.target.partition("?")
        if not dialect_of(path):
            return
        if key:
            self.secrets.add(key)
        caller = self.names.get(digest_of(key), request.caller) if key else request.caller
        self.requests[caller] += 1
        for operation, what in self._wrong(request, path, query):
            finding = Finding(caller, operation, what)
            if finding in self.found or len(self.found) < _MAX_FINDINGS:
                self.found[finding] += 1
            else:
                self.beyond += 1

    def _wrong(self, request: Request, path: str, query: str) -> Iterator[tuple[str, str]]:
        operations = self.described.operations(path)
        if operations is None:
            if not path.endswith("/openapi.json"):
                yield f"{request.method} {_anonymous(path)}", "undeclared path"
            return
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return
        if method not in operations:
            (known, *_) = operations.values()
            yield f"{request.method} {known.label.partition(' ')[2]}", "undeclared method"
            return
        operation = operations[method]
        for name in operation.undeclared_parameters(query):
            yield operation.label, f"undeclared parameter {self._shown(name)}"
        if request.with_body and request.media_type:
            for what in operation.request_problems(request.media_type, request.body):
                yield operation.label, self._body_problem(what)
        if request.status:
            for what in operation.answer_problems(request.status, request.answered_type, request.answer):
                yield operation.label, what

    def _body_problem(self, what: str) -> str:
        kind, _, name = what.rpartition(" ")
        return f"{kind} {self._shown(name)}" if kind == "undeclared key" else what

    def _shown(self, name: str) -> str:
        """Return a name, unless it is a secret or not a plain name: then it may be a misplaced value."""
        if name in self.secrets or not _NAME.fullmatch(name):
            return "(not shown, because it may be a value)"
        return name


def _anonymous(path: str) -> str:
    """Return a path without segments that may be ids or other values."""
    return "/".join(step if _WORD.fullmatch(step) or not step else "…" for step in path.split("/"))
