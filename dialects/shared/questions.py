"""Query strings in the terms of an operation."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dialects.shared.dialect import Dialect
from dialects.shared.inputs import Pairs, divided, query_pairs
from dialects.shared.operation import Operation
from dialects.shared.paths import ApiRequest
from schemas.errors import RequestError
from schemas.query_strings import Query, parse_query

_STRICT = re.compile(r"(^|[,;\s])handling\s*=\s*\"?strict\"?", re.IGNORECASE)


@dataclass(slots=True)
class Question:
    """A query string: its pairs, whether unknown names are errors (`strict`), and its meaning.

    `inputs` are the pairs that a write takes as keys of its body.
    """

    pairs: Pairs
    strict: bool
    query: Query
    inputs: Pairs


class Questions:
    """Parses the query strings of a dialect's operations. An empty query string is parsed once."""

    def __init__(self, dialect: Dialect, operations: Iterable[Operation]) -> None:
        self._dialect = dialect
        self._unasked = {each.name: self._understood(each, [], strict=False) for each in operations}

    def of(self, operation: Operation, request: ApiRequest) -> Question | Exception:
        """Return the parsed query string, or its error, which is raised once the key is known to be valid."""
        preferred = request.headers.get("prefer")
        strict = bool(preferred and _STRICT.search(preferred))
        if not request.scope["query_string"] and not strict:
            return self._unasked[operation.name]
        try:
            pairs = query_pairs(operation, request.scope["query_string"])
        except RequestError as error:
            return error
        return self._understood(operation, pairs, strict)

    def _understood(self, operation: Operation, pairs: Pairs, strict: bool) -> Question | Exception:
        parameters, inputs = divided(operation, pairs)
        try:
            default = operation.default_search or self._dialect.default_search
            query = parse_query(parameters, operation.query, default(), strict)
        except RequestError as error:
            return error
        return Question(pairs, strict, query, inputs)
