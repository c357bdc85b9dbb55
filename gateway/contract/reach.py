"""The coverage of a document by a run: operations, their statuses, parameters, enumerated values and links."""

import json
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REACH = "GATEWAY_CONTRACT_REACH"  # the variable with the file into which Schemathesis' hooks write their counters
_METHODS = ("get", "post", "put", "patch", "delete")
_BODY, _PATH = "$response.body#", "$request.path."
_MAX_LINK_VALUES = 500  # of a link: the newest values are the likeliest to be sent
_TOO_BUSY = ("429", "503")
_MAX_SAMPLE = 65_536  # bytes of an answer that is searched for values of links

Label = str  # `GET /api/clients/{id}`
Document = Mapping[str, Any]


@dataclass
class Reach:
    """Counters for one document. `count` adds one exchange, `merge` the counters of another process."""

    document: Document
    statuses: dict[Label, Counter[str]] = field(default_factory=dict)
    reached: set[tuple[Label, str]] = field(default_factory=set)
    unreadable_answers: Counter[str] = field(default_factory=Counter)  # answers that a check could not read, by check

    def __post_init__(self) -> None:
        self._routes = [
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "([^/]+)", path) + "/?"), f"{method.upper()} {path}")
            for path, operations in sorted(self.document["paths"].items(), key=lambda each: each[0].count("{"))
            for method in operations
            if method in _METHODS
        ]
        self._names = {operation["operationId"]: label for label, operation in self.operations()}
        self._link_values: dict[tuple[Label, str], deque[tuple[str, str]]] = {}

    def operations(self) -> Iterator[tuple[Label, dict[str, Any]]]:
        """Yield the operations of the document with their labels."""
        for path, operations in self.document["paths"].items():
            for method in _METHODS:
                if method in operations:
                    yield f"{method.upper()} {path}", operations[method]

    def operation(self, label: Label) -> dict[str, Any]:
        """Return an operation by its label."""
        method, _, path = label.partition(" ")
        return dict(self.document["paths"][path][method.lower()])

    def count(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        body: Any,
        status: int,
        content: bytes,
    ) -> None:
        """Count one exchange."""
        found = self._match(method, path)
        if found is None:
            return
        label, ids = found
        self.statuses.setdefault(label, Counter())[str(status)] += 1
        operation = self.operation(label)
        if 200 <= status < 400:
            self._count_parameters(label, operation, query, headers, ids)
            self._count_body(label, body if isinstance(body, dict) else {})
            self._count_links(label, ids, body)
        if 200 <= status < 300 and len(content) <= _MAX_SAMPLE:
            self._store_link_values(label, operation, str(status), content, ids)

    def _match(self, method: str, path: str) -> tuple[Label, dict[str, str]] | None:
        for known, pattern, label in self._routes:
            if known == method and (found := pattern.fullmatch(path)):
                return label, dict(zip(re.findall(r"\{(\w+)\}", label), found.groups(), strict=True))
        return None

    def _count_parameters(
        self,
        label: Label,
        operation: Mapping[str, Any],
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        ids: Mapping[str, str],
    ) -> None:
        sent = {name.removesuffix("[]"): value for name, value in query}
        named = {name.lower(): value for name, value in headers.items()}
        for each in operation.get("parameters", ()):
            name = each["name"]
            value = {"query": sent.get(name), "path": ids.get(name)}.get(each["in"], named.get(name.lower()))
            if value is not None:
                self.reached.add((label, f"{each['in']} {name}"))
                if value in each.get("schema", {}).get("enum", ()):
                    self.reached.add((label, f"{each['in']} {name}={value}"))

    def _count_body(self, label: Label, body: Mapping[str, Any]) -> None:
        for name, value in body.items():
            self.reached.add((label, f"body {name}"))
            if isinstance(value, str):
                self.reached.add((label, f"body {name}={value}"))

    def _store_link_values(
        self, label: Label, operation: Mapping[str, Any], status: str, content: bytes, ids: Mapping[str, str]
    ) -> None:
        links = operation["responses"].get(status, {}).get("links", {})
        if not links:
            return
        try:
            body = json.loads(content)
        except ValueError:
            return
        for name, link in links.items():
            target = self._names.get(link.get("operationId"), "")
            for key, value in _values(link, body, ids):
                values = self._link_values.setdefault((target, key), deque(maxlen=_MAX_LINK_VALUES))
                values.append((value, f"{label}\tlink {name}"))

    def _count_links(self, label: Label, ids: Mapping[str, str], body: Any) -> None:
        sent = dict(ids)
        for name, value in body.items() if isinstance(body, dict) else ():
            sent[name] = str(value[0]) if isinstance(value, list) and value else str(value)
        for key, value in sent.items():
            for of_answer, link in self._link_values.get((label, key), ()):
                if of_answer == value:
                    source, _, what = link.partition("\t")
                    self.reached.add((source, what))

    def wanted(self, label: Label) -> list[str]:
        """Return what a run can reach of an operation other than its statuses: parameters, their values, and links."""
        operation = self.operation(label)
        wanted = []
        for each in operation.get("parameters", ()):
            wanted.append(f"{each['in']} {each['name']}")
            values = each.get("schema", {}).get("enum", ())
            wanted += [f"{each['in']} {each['name']}={value}" for value in values if value != ""]
        links = [name for answer in operation["responses"].values() for name in answer.get("links", {})]
        return list(dict.fromkeys([*wanted, *(f"link {name}" for name in links)]))

    def missing(self, label: Label) -> list[str]:
        """Return what the run has never reached of an operation."""
        counts = self.statuses.get(label, Counter())
        statuses = [status for status in self.operation(label)["responses"] if not counts[status]]
        return [*statuses, *(each for each in self.wanted(label) if (label, each) not in self.reached)]

    def succeeded(self, label: Label) -> bool:
        """Return whether an operation was ever answered with a success."""
        return any(status.startswith("2") for status in self.statuses.get(label, ()))

    def too_busy(self) -> tuple[int, int]:
        """Return the number of answers 429 and 503, and the number of all answers."""
        counts = list(self.statuses.values())
        busy = sum(count[status] for count in counts for status in _TOO_BUSY)
        return busy, sum(count.total() for count in counts)

    def dump(self) -> dict[str, Any]:
        """Return the counters, for `merge`."""
        statuses = {label: dict(each) for label, each in self.statuses.items()}
        return {
            "statuses": statuses,
            "reached": sorted(self.reached),
            "unreadable_answers": dict(self.unreadable_answers),
        }

    def merge(self, dumped: Mapping[str, Any]) -> None:
        """Add the counters of another process."""
        for label, counts in dumped["statuses"].items():
            self.statuses.setdefault(label, Counter()).update(counts)
        self.reached |= {(label, what) for label, what in dumped["reached"]}
        self.unreadable_answers.update(dumped["unreadable_answers"])

    def write(self, file: Path) -> None:
        """Write the counters to a file."""
        file.write_text(json.dumps(self.dump()))


def _values(link: Mapping[str, Any], body: Any, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Return the values that a link takes from an answer, by the parameters of its target."""
    given = {**link.get("parameters", {})}
    if isinstance(link.get("requestBody"), dict):
        given |= link["requestBody"]
    for name, expression in given.items():
        single = str(expression[0] if isinstance(expression, list) and expression else expression)
        if single.startswith("$"):
            of_path = ids.get(single.removeprefix(_PATH))
            value = _at(body, single.removeprefix(_BODY)) if single.startswith(_BODY) else of_path
            if value not in (None, ""):
                yield name.rpartition(".")[2], str(value)


def _at(body: Any, pointer: str) -> Any:
    for step in filter(None, pointer.split("/")):
        if isinstance(body, list):
            body = body[int(step)] if step.isdigit() and int(step) < len(body) else None
        elif isinstance(body, dict):
            body = body.get(step)
        else:
            return None
    return body
