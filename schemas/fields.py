"""The mapping table of a resource: one row a field, used in both directions.

Reading, writing, the sort and filter parameters, the OpenAPI schema and the mapping page all derive from these rows.
A row names a core attribute; an unknown one, or a key given twice, fails when the table is made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.attribute import Attribute
from core.errors import Problem, Rejected
from core.query import Record, StoredRecord
from schemas.errors import BrokenRule, Invalid
from schemas.rendering import Part, Render, Same, Shown, renderer
from schemas.types import Type

Verbs = frozenset[str]

NEVER: Verbs = frozenset()
CREATE: Verbs = frozenset({"create"})
UPDATE: Verbs = frozenset({"update"})
BOTH: Verbs = CREATE | UPDATE


@dataclass(frozen=True)
class Field:
    """One row: the dialect's key, the core attribute, and the conversion between them.

    `key` is where a reader finds it, dots entering objects (`billing.city`); None if it is never shown.
    `write` is the key a writer sends, the same as `key` unless given. `on` are the verbs that take it, `required`
    those that refuse to go without. A `fallback` row gives way when another row sets the same attribute.
    """

    key: str | None
    attribute: str
    type: Type
    on: Verbs = NEVER
    write: str | None = None
    required: Verbs = NEVER
    fallback: bool = False
    sort: str | None = None
    about: str = ""

    @property
    def input_key(self) -> str:
        """The key under which a writer sends it."""
        return self.write or self.key or self.attribute


@dataclass(frozen=True)
class Constant:
    """A documented key without a meaning in the register, with the reason."""

    key: str
    value: Any
    reason: str


@dataclass(frozen=True)
class Many:
    """A nested array of another resource."""

    key: str
    attribute: str
    of: "FieldMap"
    on: Verbs = NEVER
    max_items: int = 500
    about: str = ""

    @property
    def input_key(self) -> str:
        """The key under which a writer sends it."""
        return self.key


@dataclass(frozen=True)
class Related:
    """What a reader may ask to be shown beside the record: an array of another resource, or one or an empty object."""

    key: str
    of: "FieldMap"
    many: bool = True
    about: str = ""


Row = Field | Constant | Many


class FieldMap:
    """A resource's table. `attribute` finds what the core knows of the resource by name, or raises KeyError."""

    def __init__(
        self, name: str, attribute: Callable[[str], Attribute], *rows: Row, related: Sequence[Related] = ()
    ) -> None:
        self.name = name
        self.rows = rows
        self.related = related
        self.attribute = attribute
        self._check()
        self._taken: dict[str, list[tuple[str, Field | Many, bool]]] = {}
        self.render: Render = renderer(self._shown(str(row.key), row) for row in rows if row.key is not None)
        """Makes of a record the resource as this dialect shows it."""

    def _check(self) -> None:
        shown = [row.key for row in (*self.rows, *self.related) if row.key is not None]
        sent = [row.input_key for row in self.fields() if row.on]
        for keys in (shown, sent):
            repeated = {key for key in keys if keys.count(key) > 1}
            if repeated:
                raise ValueError(f"{self.name}: {', '.join(sorted(repeated))} stands twice")
        for row in self.rows:
            if not isinstance(row, Constant):
                self.attribute(row.attribute)

    def fields(self) -> list[Field]:
        """The rows that are single fields."""
        return [row for row in self.rows if isinstance(row, Field)]

    def extended(self, rows: Iterable[Row]) -> "FieldMap":
        """This table with more rows."""
        return FieldMap(self.name, self.attribute, *self.rows, *rows, related=self.related)

    def including(self, related: Sequence[Related]) -> "FieldMap":
        """This table with what may be asked for beside."""
        return FieldMap(self.name, self.attribute, *self.rows, related=related)

    # -- reading -------------------------------------------------------------------------------------------------

    def _shown(self, key: str, row: Row) -> Shown:
        if isinstance(row, Constant):
            return Same(key, row.value)
        attribute = self.attribute(row.attribute)
        if isinstance(row, Many):
            return Part(key, make=_of_each(attribute.read, row.of.render))
        if attribute.stored:
            return Part(key, attribute.stored, None if row.type.verbatim else row.type.format)
        return Part(key, make=_then(attribute.read, row.type.format))

    def rendered(self, stored: StoredRecord) -> orjson.Fragment:
        """What `render` returns, as JSON already: as it was kept, or made now."""
        return orjson.Fragment(stored.body or self.render_json(stored.record))

    def render_json(self, record: Record) -> str:
        """The resource as JSON."""
        return orjson.dumps(self.render(record)).decode()

    # -- writing -------------------------------------------------------------------------------------------------

    def parse(self, body: Mapping[str, Any], verb: str) -> dict[str, Any]:
        """The core attributes that a body sets. Keys not sent are not touched, unknown keys are ignored.

        A dot in a row's attribute (`owner.email`) enters an object of the result.
        Raises `Invalid` with every broken rule, by the client's own keys.
        """
        values, problems = self.understand(body, verb)
        if problems:
            raise Invalid(problems)
        return values

    def understand(self, body: Mapping[str, Any], verb: str, prefix: str = "") -> tuple[dict[str, Any], list[Problem]]:
        """What `parse` returns, as far as it goes, and what it complains of."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for key, row, required in self._taken_by(verb):
            sent = body.get(key)
            if required and isinstance(row, Field) and row.type.is_missing(sent):
                problems.append(Problem(prefix + key, "required"))
            elif key in body and (isinstance(row, Many) or not row.type.is_absent(sent)):
                _take(row, sent, verb, prefix + key, values, problems)
        return values, problems

    def _taken_by(self, verb: str) -> "Sequence[tuple[str, Field | Many, bool]]":
        """The rows that a verb takes: the key sent, the row, and whether a writer must send it."""
        if verb not in self._taken:
            self._taken[verb] = [
                (row.input_key, row, isinstance(row, Field) and verb in row.required)
                for row in self.rows
                if isinstance(row, Field | Many) and verb in row.on
            ]
        return self._taken[verb]

    def own_keys(self, rejected: Rejected) -> list[Problem]:
        """The register's complaints under the keys that this table's writers send."""
        keys = {row.attribute: row.input_key for row in self.fields() if row.on and not row.fallback}
        keys |= {row.attribute.rpartition(".")[2]: row.input_key for row in self.fields() if row.on}
        return [Problem(keys.get(p.attribute, p.attribute), p.rule, p.params) for p in rejected.problems]

    # -- describing ----------------------------------------------------------------------------------------------

    def sorts(self) -> dict[str, str]:
        """The columns a list can be sorted by: the dialect's name and the core attribute."""
        return {row.sort: row.attribute for row in self.fields() if row.sort}


def _take(row: Field | Many, sent: Any, verb: str, key: str, values: dict[str, Any], problems: list[Problem]) -> None:
    if isinstance(row, Many):
        _take_many(row, sent, verb, key, values, problems)
        return
    try:
        value = row.type.parse(sent)
    except BrokenRule as broken:
        problems.append(Problem(key, broken.rule, broken.params))
        return
    *path, name = row.attribute.split(".")
    target = values
    for step in path:
        target = target.setdefault(step, {})
    if not (row.fallback and target.get(name)):
        target[name] = value


def _take_many(row: Many, sent: Any, verb: str, key: str, values: dict[str, Any], problems: list[Problem]) -> None:
    if sent is None:
        return
    items = [] if sent == "" else sent
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        problems.append(Problem(key, "array"))
        return
    if len(items) > row.max_items:
        problems.append(Problem(key, "max_items", {"max": row.max_items}))
        return
    parsed = [row.of.understand(item, verb, f"{key}.{position}.") for position, item in enumerate(items)]
    values[row.attribute] = [item for item, _ in parsed]
    problems.extend(problem for _, wrong in parsed for problem in wrong)


def _of_each(read: Callable[[Record], Any], render: Render) -> Callable[[Record], list[dict[str, Any]]]:
    return lambda record: [render(each) for each in read(record)]


def _then(read: Callable[[Record], Any], convert: Callable[[Any], Any]) -> Callable[[Record], Any]:
    return lambda record: convert(read(record))


def input_only(_name: str) -> Attribute:
    """The attribute finder of tables that are only ever sent: what they name are arguments of a core verb."""
    return Attribute(lambda record: record)
