"""The presentation of a resource: a module of the core, a dialect's table, and the dialect's envelope."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, cast, runtime_checkable

from sqlalchemy import Connection

from core.access.keys import Actor
from core.query import ANY, RecordOrId, ResultPage, Search, State, StoredRecord
from core.view import View
from dialects.shared.editions import Shape
from dialects.shared.operation import Answer, Call, Reply
from schemas.fields import FieldMap
from schemas.openapi import reference
from schemas.queries import Parameter
from schemas.rows import Row
from schemas.types import Schema


class Readable(Protocol):
    """The functions that a module of the core must have for a resource, such as `core.clients.clients`."""

    def get(
        self,
        connection: Connection,
        actor: Actor,
        record_id: int,
        states: frozenset[State],
        view: View | None = None,
        /,
    ) -> StoredRecord: ...
    def page(self, connection: Connection, actor: Actor, search: Search, view: View | None = None, /) -> ResultPage: ...


class Updatable(Readable, Protocol):
    """The further functions of such a module if requests can change its records."""

    def lock(
        self, connection: Connection, actor: Actor, record_id: int, states: frozenset[State], /
    ) -> StoredRecord: ...
    def update(
        self,
        connection: Connection,
        actor: Actor,
        record: RecordOrId,
        values: Mapping[str, Any],
        states: frozenset[State],
        /,
    ) -> StoredRecord: ...


@runtime_checkable
class Creatable(Protocol):
    """The further functions of such a module if requests can create records."""

    def create(self, connection: Connection, actor: Actor, values: Mapping[str, Any], /) -> StoredRecord: ...
    def check(self, connection: Connection, actor: Actor, values: Mapping[str, Any], /) -> None: ...


class Envelope(Protocol):
    """The envelope of a dialect's answers: its module `wire`, or an object.

    `nouns` is the plural of what a list has.
    """

    CREATED: int

    def one(self, data: Any, message: str) -> dict[str, Any]: ...
    def many(self, data: list[Any], found: ResultPage, call: Call, message: str) -> dict[str, Any]: ...
    def describe_one(self, data: Schema, message: str) -> Schema: ...
    def describe_many(self, data: Schema, message: str, nouns: str) -> Schema: ...


Relation = Callable[[Call, Sequence[StoredRecord]], Mapping[int, Any]]
"""Loads what an included relation shows, for all records of an answer, by their ids."""


@dataclass(frozen=True)
class Presentation:
    """A module of the core, and how a dialect shows its records.

    `states` are those in which the dialect can see a record by id. `title` begins a sentence ("Group setting"), and
    operations are named after it; `plural` is its plural if that is irregular. `default_search` is the search of a list
    if it differs from the dialect's own. With a `view` the core stores renderings of the records.

    The resource is `bounded` if one record, or a page near the beginning of a list with its total, reads a few rows
    however large the register is: then it may be read on the event loop.

    With `locks_first`, a write locks the record before it checks the values, so that a missing record is reported
    first. With `locks_company_to_create`, a create locks the company before anything else, because it takes the
    company's next number. `relations` load what the query includes. `editions` are the shapes for keys of each edition;
    `fields` then contains the rows of all of them.
    """

    title: str
    module: Readable
    fields: FieldMap
    envelope: Envelope
    states: frozenset[State] = ANY
    filters: Sequence[Parameter] = ()
    show_parameters: Sequence[Parameter] = ()
    extend: Callable[[Call], Iterable[Row]] | None = None
    view: View | None = None
    plural: str = ""
    default_search: Callable[[], Search] | None = None
    bounded: bool = False
    locks_first: bool = False
    locks_company_to_create: bool = False
    relations: Mapping[str, Relation] = field(default_factory=dict)
    editions: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """The title as it appears inside a sentence."""
        return self.title.lower()

    @property
    def plural_title(self) -> str:
        """The plural of the title."""
        return self.plural or f"{self.title}s"

    def operation_name(self, verb: str, several: bool = False) -> str:
        """Return the name of an operation: `listGroupSettings`."""
        return verb + _camel(self.plural_title if several else self.title)

    def show(self, call: Call, record: RecordOrId, what: str, status: int = 200) -> Answer:
        """Return the answer that shows one record, given its id or the record just written, with a message."""
        if isinstance(record, StoredRecord):
            view = self.shape(call).view
            stored = record if view is None else record.with_body_of(view.name)
        else:
            stored = self.module.get(call.connection, call.actor, record, self.states, self.view_for(call))
        (shown,) = self.shown(call, [stored])
        content = self.envelope.one(shown, self.message(what))
        return Answer(content, status, stored.version, self.shape(call).tag)

    def shown(self, call: Call, found: Sequence[StoredRecord]) -> list[Any]:
        """Return records as the dialect shows them, each with the relations that the query includes."""
        fields = self.shape(call).fields
        if not call.query.search.include:
            return [fields.rendered(stored) for stored in found]
        included = {key: load(call, found) for key, load in self.relations.items() if key in call.query.search.include}
        return [
            fields.render(stored.record)
            | {key.partition(".")[0]: of[stored.record["id"]] for key, of in included.items()}
            for stored in found
        ]

    def shape(self, call: Call) -> Shape:
        """Return the shape for the key that makes the request."""
        return self.editions.get(call.actor.edition) or self._only

    @cached_property
    def _only(self) -> Shape:
        return Shape(self.fields, self.view)

    def view_for(self, call: Call) -> View | None:
        """Return the view in which records are to be read for an answer."""
        # Renderings have no relations, and relations are loaded by values of the record.
        return None if call.query.search.include else self.shape(call).view

    def target(self, call: Call) -> StoredRecord:
        """Lock the record in the path until commit and return it."""
        return cast(Updatable, self.module).lock(call.connection, call.actor, call.id(), self.states)

    def message(self, what: str) -> str:
        """Return the message of an answer after an operation: `Client updated successfully.`"""
        return f"{self.title} {what} successfully."

    def replies(self, what: str, status: int = 200) -> Reply:
        """Return the description of what `show` answers."""
        message = self.message(what)
        return Reply(message, self.envelope.describe_one(reference(self.fields), message), status, versioned=True)


def _camel(words: str) -> str:
    return words.title().replace(" ", "")
