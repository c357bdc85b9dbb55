"""Operations as data: what a method on a path needs, and the plain function that answers it."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from core.access.keys import Actor
from core.access.scopes import Scope
from core.documents.documents import StoredFile
from core.errors import NotFound, Problem, Rejected
from core.query import Record, RecordOrId, Search, StoredRecord
from schemas.bodies import Body
from schemas.errors import Invalid
from schemas.fields import FieldMap
from schemas.queries import Parameter
from schemas.query_strings import Query
from schemas.rows import Field, Row
from schemas.types import Schema


@dataclass(slots=True)
class Answer:
    """The answer of an operation: a JSON document, a status, and the version of the one record that it shows.

    If the query or the edition selects another representation (`shape` is the tag of an edition's), the version becomes
    part of that representation's tag. An answer without content may state the change that it `awaits`.
    """

    content: Any
    status: int = 200
    version: str = ""
    shape: str = ""
    awaits: "Awaited | None" = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A change of a company's clients later than `after_id`, for which a request waits at most `seconds`."""

    company_id: int
    after_id: int
    seconds: float


@dataclass(frozen=True)
class Download:
    """The answer of a download: the document whose bytes to send."""

    document: Record


@dataclass(frozen=True)
class Reply:
    """The success of an operation in the OpenAPI document: the JSON Schema of the body, or None for a file's bytes.

    A `versioned` one shows one record, whose version is in the `ETag`.
    """

    about: str
    schema: Schema | None
    status: int = 200
    versioned: bool = False


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    `handler` runs in one transaction, which is committed only if the operation `writes`. The key needs this `scope`.
    The operation is `bounded` if it looks up a few rows by key. `body` is the table that parses the request as `verb`,
    with the rows that `extend` adds for this company; `check` finds further problems in the values of an invalid
    request. `target` locks the record of a write, whose version `If-Match` must name. `noun` is the kind of record that
    the id in the path belongs to; `refused` are errors of the register that only this operation raises;
    `default_search` is the search of an empty query, if it differs from the dialect's. The operation `locks_company` if
    the company is the first thing that it locks.
    """

    name: str
    handler: Callable[["Call"], Answer | Download]
    about: str
    reply: Reply
    scope: Scope
    noun: str = "record"
    writes: bool = False
    bounded: Callable[[Query], bool] = lambda _query: False
    body: FieldMap | None = None
    verb: str = "update"
    extend: Callable[["Call"], Iterable[Row]] | None = None
    check: Callable[["Call", dict[str, Any]], None] | None = None
    target: Callable[["Call"], StoredRecord] | None = None
    query: Sequence[Parameter] = ()
    takes_files: bool = False
    asks_password: bool = False
    discards_documents: bool = False
    refused: Sequence[type[Exception]] = ()
    default_search: Callable[[], Search] | None = None
    locks_company: bool = False


@dataclass(frozen=True)
class Path:
    """A path of a dialect, relative to its prefix, with its operations by HTTP method."""

    path: str
    operations: Mapping[str, Operation]

    @property
    def tag(self) -> str:
        """The first segment of the path: its subject."""
        return self.path.strip("/").partition("/")[0]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Every method of the path, including HEAD and OPTIONS."""
        head = ("HEAD",) if "GET" in self.operations else ()
        return (*sorted(self.operations), *head, "OPTIONS")


@dataclass(slots=True)
class Call:
    """One request to an operation, inside its transaction.

    `locked` is the record of the request, once it is locked. `own_keys` are the keys of the company's custom fields,
    once the values are parsed.
    """

    operation: Operation
    connection: Connection
    actor: Actor
    path: str
    path_ids: Mapping[str, int | None]
    query: Query
    query_pairs: Sequence[tuple[str, str]]
    body: Body = field(default_factory=Body)
    files: Sequence[StoredFile] = ()
    locked: StoredRecord | None = None
    own_keys: Set[str] = frozenset()

    @property
    def record(self) -> RecordOrId:
        """The record in the path: the locked one if there is one, else its id."""
        return self.id() if self.locked is None else self.locked

    def lock(self) -> StoredRecord[Any]:
        """Lock the record of the operation until commit."""
        assert self.operation.target is not None
        if self.locked is None:
            self.locked = self.operation.target(self)
        return self.locked

    def id(self, name: str = "id") -> int:
        """Return the id in the path. Raises `NotFound` if the text there is not an id."""
        found = self.path_ids[name]
        if found is None:
            raise NotFound(self.operation.noun)
        return found

    def values(self) -> dict[str, Any]:
        """Return the core attributes that the body sets. Raises `Invalid`."""
        assert self.operation.body is not None
        rows = self.load_own_keys()
        fields = self.operation.body.extended(rows) if rows else self.operation.body
        values, problems = fields.understand(self.body.tree, self.operation.verb)
        if problems:
            raise Invalid(problems + self._further_problems(fields, values))
        return values

    def load_own_keys(self) -> list[Row]:
        """Store the keys that the company's own rows add to the body in `own_keys`, and return these rows."""
        rows = list(self.operation.extend(self)) if self.operation.extend else []
        self.own_keys = {row.input_key for row in rows if isinstance(row, Field)}
        return rows

    def _further_problems(self, fields: FieldMap, values: dict[str, Any]) -> list[Problem]:
        # All problems are reported at once, including those that only the register can find.
        try:
            if self.operation.check:
                self.operation.check(self, values)
        except Rejected as rejected:
            return fields.own_keys(rejected, self.body.tree)
        return []


def required(key: str) -> Invalid:
    """Return the error for one missing key."""
    return Invalid([Problem(key, "required")])
