"""The mapping table of a resource: one row per field, used in both directions.

Reading, writing, the sort and filter parameters, the OpenAPI schema and the mapping page are all derived from these
rows. A row names a core attribute; an unknown attribute, or a duplicate key, fails when the table is made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from core.attribute import Attribute
from core.errors import Problem, Rejected
from core.query import Record, StoredRecord
from schemas.errors import BrokenRule, Invalid
from schemas.lists import as_items
from schemas.rendering import Fixed, Part, Render, Shown, renderer
from schemas.rows import Constant, Field, Many, Related, Row


class FieldMap:
    """The mapping table of a resource.

    `attribute` returns the core attribute of a name, or raises KeyError.
    """

    def __init__(
        self, name: str, attribute: Callable[[str], Attribute], *rows: Row, related: Sequence[Related] = ()
    ) -> None:
        self.name = name
        self.rows = rows
        self.related = related
        self.attribute = attribute
        self._check()
        self._inputs_by_verb: dict[str, list[tuple[str, Field | Many, bool]]] = {}
        self.render: Render = renderer(self._shown(str(row.key), row) for row in rows if row.key is not None)
        """Renders a record as this dialect shows it."""

    def _check(self) -> None:
        shown = [row.key for row in self.rows if row.key is not None]
        shown += [each.key for each in self.related if each.key not in self._edition_keys()]
        sent = [row.input_key for row in self.fields() if row.on]
        for keys in (shown, sent):
            repeated = {key for key in keys if keys.count(key) > 1}
            if repeated:
                raise ValueError(f"{self.name}: {', '.join(sorted(repeated))} is defined twice")
        for row in self.rows:
            if not isinstance(row, Constant):
                self.attribute(row.attribute)

    def _edition_keys(self) -> set[str]:
        """Return the keys that only some editions show by default."""
        return {str(row.key) for row in self.rows if row.edition}

    def fields(self) -> list[Field]:
        """Return the rows that are single fields."""
        return [row for row in self.rows if isinstance(row, Field)]

    def extended(self, rows: Iterable[Row]) -> "FieldMap":
        """Return a copy of this table with further rows."""
        return FieldMap(self.name, self.attribute, *self.rows, *rows, related=self.related)

    def including(self, related: Sequence[Related]) -> "FieldMap":
        """Return a copy of this table with these relations."""
        return FieldMap(self.name, self.attribute, *self.rows, related=related)

    def of_edition(self, edition: str = "") -> "FieldMap":
        """Return the table with the rows that keys of an edition see."""
        rows = [
            replace(row, of=row.of.of_edition(edition)) if isinstance(row, Many) else row
            for row in self.rows
            if row.edition in ("", edition)
        ]
        return FieldMap(self.name, self.attribute, *rows, related=self.related)

    # -- reading -------------------------------------------------------------------------------------------------

    def _shown(self, key: str, row: Row) -> Shown:
        if isinstance(row, Constant):
            return Fixed(key, row.value)
        attribute = self.attribute(row.attribute)
        if isinstance(row, Many):
            return Part(key, make=_render_each(attribute.read, row.of.render))
        if attribute.stored:
            return Part(key, attribute.stored, None if row.type.verbatim else row.type.format)
        return Part(key, make=_converted(attribute.read, row.type.format))

    def rendered(self, stored: StoredRecord) -> orjson.Fragment:
        """Return what `render` returns, as JSON: the stored rendering, or a new one."""
        return orjson.Fragment(stored.body or self.render_json(stored.record))

    def render_json(self, record: Record) -> str:
        """Return the resource as JSON."""
        return orjson.dumps(self.render(record)).decode()

    # -- writing -------------------------------------------------------------------------------------------------

    def parse(self, body: Mapping[str, Any], verb: str) -> dict[str, Any]:
        """Return the core attributes that a body sets. Keys not sent are not touched, unknown keys are ignored.

        A dot in a row's attribute (`owner.email`) makes a nested object of the result. Raises `Invalid` with every
        broken rule, by the client's own keys.
        """
        values, problems = self.understand(body, verb)
        if problems:
            raise Invalid(problems)
        return values

    def understand(self, body: Mapping[str, Any], verb: str, prefix: str = "") -> tuple[dict[str, Any], list[Problem]]:
        """Return the values that are valid, as `parse` returns them, and the problems of all others."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for key, row, required in self._input_rows(verb):
            if isinstance(row, Field) and row.also:
                key = row.key_in(body)
            sent = body.get(key)
            if required and isinstance(row, Field) and row.type.is_missing(sent):
                problems.append(Problem(prefix + key, "required"))
            elif key in body and (isinstance(row, Many) or not row.type.is_absent(sent)):
                _parse_field(row, sent, verb, prefix + key, values, problems)
        return values, problems

    def _input_rows(self, verb: str) -> "Sequence[tuple[str, Field | Many, bool]]":
        """Return the rows that a verb accepts: the key, the row, and whether it is required."""
        if verb not in self._inputs_by_verb:
            self._inputs_by_verb[verb] = [
                (row.input_key, row, isinstance(row, Field) and verb in row.required)
                for row in self.rows
                if isinstance(row, Field | Many) and verb in row.on
            ]
        return self._inputs_by_verb[verb]

    def own_keys(self, rejected: Rejected, body: Mapping[str, Any]) -> list[Problem]:
        """Return the register's problems with the keys of the body in place of attributes."""
        rows = {row.attribute: row for row in self.fields() if row.on and not row.fallback}
        rows |= {row.attribute.rpartition(".")[2]: row for row in self.fields() if row.on}
        return [_own_key(problem, rows.get(problem.attribute), body) for problem in rejected.problems]

    # -- describing ----------------------------------------------------------------------------------------------

    def sorts(self) -> dict[str, str]:
        """Return the sortable columns: the dialect's name and the core attribute."""
        return {row.sort: row.attribute for row in self.fields() if row.sort}


def _own_key(problem: Problem, row: Field | None, body: Mapping[str, Any]) -> Problem:
    if row is None:
        return problem
    rule = row.taken if problem.rule == "taken" else problem.rule
    return Problem(row.key_in(body), rule, problem.params)


def _parse_field(
    row: Field | Many, sent: Any, verb: str, key: str, values: dict[str, Any], problems: list[Problem]
) -> None:
    if isinstance(row, Many):
        _parse_array(row, sent, verb, key, values, problems)
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


def _parse_array(row: Many, sent: Any, verb: str, key: str, values: dict[str, Any], problems: list[Problem]) -> None:
    if sent is None:
        return
    items = [] if sent == "" else as_items(sent)
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        problems.append(Problem(key, "array"))
        return
    if len(items) > row.max_items:
        problems.append(Problem(key, "max_items", {"max": row.max_items}))
        return
    parsed = [row.of.understand(item, verb, f"{key}.{position}.") for position, item in enumerate(items)]
    values[row.attribute] = [item for item, _ in parsed]
    problems.extend(problem for _, wrong in parsed for problem in wrong)


def _render_each(read: Callable[[Record], Any], render: Render) -> Callable[[Record], list[dict[str, Any]]]:
    return lambda record: [render(each) for each in read(record)]


def _converted(read: Callable[[Record], Any], convert: Callable[[Any], Any]) -> Callable[[Record], Any]:
    return lambda record: convert(read(record))


def input_only(_name: str) -> Attribute:
    """Return the attribute of any name, for tables of input whose names are arguments of a core operation."""
    return Attribute(lambda record: record)
