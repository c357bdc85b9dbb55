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

# Of the same query again, as of a page that is asked for now and then, the meaning is known.
_MAX_KNOWN, _MAX_KNOWN_LENGTH = 512, 256  # queries of a path, and bytes of each
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
        self._known: dict[tuple[str, bytes, bool], Question] = {}

    def of(self, operation: Operation, request: ApiRequest) -> Question | Exception:
        """Return the parsed query string, or its error, which is raised once the key is known to be valid."""
        preferred = request.headers.get("prefer")
        strict = bool(preferred and _STRICT.search(preferred))
        text = request.scope["query_string"]
        if not text and not strict:
            return self._unasked[operation.name]
        return self._known.get((operation.name, text, strict)) or self._new(operation, text, strict)

    def _new(self, operation: Operation, text: bytes, strict: bool) -> Question | Exception:
        try:
            question = self._understood(operation, query_pairs(operation, text), strict)
        except RequestError as error:
            return error
        if isinstance(question, Question) and len(text) <= _MAX_KNOWN_LENGTH:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[operation.name, text, strict] = question
        return question

    def _understood(self, operation: Operation, pairs: Pairs, strict: bool) -> Question | Exception:
        parameters, inputs = divided(operation, pairs)
        try:
            default = operation.default_search or self._dialect.default_search
            query = parse_query(parameters, operation.query, default(), strict)
        except RequestError as error:
            return error
        return Question(pairs, strict, query, inputs)
