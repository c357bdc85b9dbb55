"""Parses the query strings of requests for their operations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dialects.shared.dialect import Dialect
from dialects.shared.inputs import Pairs, divided, query_pairs
from dialects.shared.operation import Operation
from dialects.shared.paths import ApiRequest
from schemas.errors import RequestError
from schemas.query_strings import Query, parse_query

# Parsed query strings are cached, because many requests have the same one.
_MAX_KNOWN, _MAX_KNOWN_LENGTH = 512, 256  # query strings of a path, and bytes of each
_STRICT = re.compile(r"(^|[,;\s])handling\s*=\s*\"?strict\"?", re.IGNORECASE)


@dataclass(slots=True)
class RequestQuery:
    """The parsed query string of a request.

    `pairs` are its names and values, `query` is what they mean, and `inputs` are the pairs that a write uses as keys of
    its body. If `strict`, unknown names are errors.
    """

    pairs: Pairs
    strict: bool
    query: Query
    inputs: Pairs


class RequestQueries:
    """Parses and caches the query strings of a dialect's operations."""

    def __init__(self, dialect: Dialect, operations: Iterable[Operation]) -> None:
        self._dialect = dialect
        self._of_empty = {each.name: self._parsed(each, [], strict=False) for each in operations}
        self._known: dict[tuple[str, bytes, bool], RequestQuery] = {}

    def of(self, operation: Operation, request: ApiRequest) -> RequestQuery | Exception:
        """Return the parsed query string, or its error, which is raised once the key is known to be valid."""
        preferred = request.headers.get("prefer")
        # Preferences may be in several lines (RFC 7240, section 2).
        strict = bool(preferred and _STRICT.search(", ".join(request.headers.getlist("prefer"))))
        text = request.scope["query_string"]
        if not text and not strict:
            return self._of_empty[operation.name]
        return self._known.get((operation.name, text, strict)) or self._new(operation, text, strict)

    def _new(self, operation: Operation, text: bytes, strict: bool) -> RequestQuery | Exception:
        try:
            query = self._parsed(operation, query_pairs(operation, text), strict)
        except RequestError as error:
            return error
        if isinstance(query, RequestQuery) and len(text) <= _MAX_KNOWN_LENGTH:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[operation.name, text, strict] = query
        return query

    def _parsed(self, operation: Operation, pairs: Pairs, strict: bool) -> RequestQuery | Exception:
        parameters, inputs = divided(operation, pairs)
        try:
            default = operation.default_search or self._dialect.default_search
            query = parse_query(parameters, operation.query, default(), strict)
        except RequestError as error:
            return error
        return RequestQuery(pairs, strict, query, inputs)
