"""Resources: the operations that every resource has, made of its table and a module of the core."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, cast, runtime_checkable

from sqlalchemy import Connection

from core.access.keys import Actor
from core.access.scopes import Scope
from core.query import ANY, Known, ResultPage, Search, State, StoredRecord
from core.view import View
from dialects.shared.editions import Shape
from dialects.shared.operation import Answer, Call, Operation, Reply
from schemas.fields import FieldMap
from schemas.openapi import closed_object, reference
from schemas.queries import Parameter
from schemas.rows import Row
from schemas.types import Schema


class Readable(Protocol):
    """A module of the core for a resource, such as `core.clients.clients`."""

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
    """What such a module offers in addition if a request can change the records."""

    def lock(
        self, connection: Connection, actor: Actor, record_id: int, states: frozenset[State], /
    ) -> StoredRecord: ...
    def update(
        self,
        connection: Connection,
        actor: Actor,
        record: Known,
        values: Mapping[str, Any],
        states: frozenset[State],
        /,
    ) -> StoredRecord: ...


@runtime_checkable
class Creatable(Protocol):
    """What such a module offers in addition if a request can create records."""

    def create(self, connection: Connection, actor: Actor, values: Mapping[str, Any], /) -> StoredRecord: ...
    def check(self, connection: Connection, actor: Actor, values: Mapping[str, Any], /) -> None: ...


class Envelope(Protocol):
    """How a dialect wraps its answers: a module `wire`. `nouns` is the plural of what a list contains."""

    CREATED: int

    def one(self, data: Any, message: str) -> dict[str, Any]: ...
    def many(self, data: list[Any], found: ResultPage, call: Call, message: str) -> dict[str, Any]: ...
    def describe_one(self, data: Schema, message: str) -> Schema: ...
    def describe_many(self, data: Schema, message: str, nouns: str) -> Schema: ...


Relation = Callable[[Call, Sequence[StoredRecord]], Mapping[int, Any]]


@dataclass(frozen=True)
class Resource:
    """A module of the core presented by a dialect's table.

    `states` are those in which the dialect can see a record by id. `title` begins a sentence ("Group setting"), and
    operations are named after it; `plural` is its plural if that is irregular. `default_search` is the search of a list
    if it differs from the dialect's own. With a `view` the core stores renderings of the records.

    The resource is `bounded` if one record, or a page near the beginning of a list with its total, reads a few rows
    however large the register is: then it may be read on the event loop.

    A write `locks_first` if it locks the record before it checks the values, where nothing but the record's absence can
    be reported first. A create `locks_company_to_create` if it takes the company's next number, for which it locks the
    company before anything else. `relations` load what the query includes, for all records of an answer at once, by
    their ids. `editions` are the shapes for keys of each edition; `fields` then contains the rows of all of them.
    """

    title: str
    noun: Readable
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
        """The title inside a sentence."""
        return self.title.lower()

    @property
    def plural_title(self) -> str:
        """The plural at the beginning of a sentence."""
        return self.plural or f"{self.title}s"

    def operation_name(self, verb: str, several: bool = False) -> str:
        """Return the name of an operation: `listGroupSettings`."""
        return verb + _camel(self.plural_title if several else self.title)

    def show(self, call: Call, record: Known, what: str, status: int = 200) -> Answer:
        """Return the answer that shows one record, given its id or the record just written, with a message."""
        if isinstance(record, StoredRecord):
            view = self.shape(call).view
            stored = record if view is None else record.seen_in(view.name)
        else:
            stored = self.noun.get(call.connection, call.actor, record, self.states, self.view_for(call))
        (shown,) = self.shown(call, [stored])
        content = self.envelope.one(shown, self._message(what))
        return Answer(content, status, stored.version, self.shape(call).tag)

    def shown(self, call: Call, found: Sequence[StoredRecord]) -> list[Any]:
        """Return records as the dialect shows them, each with the relations that the query includes."""
        fields = self.shape(call).fields
        if not call.query.search.include:
            return [fields.rendered(stored) for stored in found]
        asked = {key: load(call, found) for key, load in self.relations.items() if key in call.query.search.include}
        return [
            fields.render(stored.record) | {key.partition(".")[0]: of[stored.record["id"]] for key, of in asked.items()}
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

    def _look(self, call: Call) -> None:
        # That the record does not exist is reported before any error in the values.
        if self.locks_first:
            call.lock()
        elif call.locked is None:
            self.noun.get(call.connection, call.actor, call.id(), self.states)

    def target(self, call: Call) -> StoredRecord:
        """Lock the record in the path until commit and return it."""
        return cast(Updatable, self.noun).lock(call.connection, call.actor, call.id(), self.states)

    def _message(self, what: str) -> str:
        return f"{self.title} {what} successfully."

    def replies(self, what: str, status: int = 200) -> Reply:
        """Return the description of what `show` answers."""
        message = self._message(what)
        return Reply(message, self.envelope.describe_one(reference(self.fields), message), status, versioned=True)

    def lists(self) -> Operation:
        """Return the operation for GET on the collection."""

        def handler(call: Call) -> Answer:
            found = self.noun.page(call.connection, call.actor, call.query.search, self.view_for(call))
            return Answer(self.envelope.many(self.shown(call, found.records), found, call, message))

        message = f"{self.plural_title} retrieved successfully."
        nouns = self.plural_title.lower()
        reply = Reply(message, self.envelope.describe_many(reference(self.fields), message, nouns))
        return Operation(
            self.operation_name("list", several=True),
            handler,
            f"List {nouns}.",
            reply,
            Scope.READ,
            noun=self.called,
            bounded=lambda query: self.bounded and query.search.bounded,
            query=self.filters,
            default_search=self.default_search,
        )

    def shows(self) -> Operation:
        """Return the operation for GET on one record."""
        return Operation(
            self.operation_name("get"),
            lambda call: self.show(call, call.id(), "retrieved"),
            f"Show one {self.called}.",
            self.replies("retrieved"),
            Scope.READ,
            noun=self.called,
            bounded=lambda _query: self.bounded,
            query=self.show_parameters,
        )

    def creates(self) -> Operation:
        """Return the operation for POST on the collection."""
        creator = self.noun
        assert isinstance(creator, Creatable)

        def handler(call: Call) -> Answer:
            made = creator.create(call.connection, call.actor, call.values())
            return self.show(call, made, "created", self.envelope.CREATED)

        return Operation(
            self.operation_name("create"),
            handler,
            f"Create a {self.called}.",
            self.replies("created", self.envelope.CREATED),
            Scope.APPEND,
            noun=self.called,
            writes=True,
            body=self.fields,
            verb="create",
            extend=self.extend,
            check=lambda call, values: creator.check(call.connection, call.actor, values),
            query=self.show_parameters,
            locks_company=self.locks_company_to_create,
        )

    def updates(self) -> Operation:
        """Return the operation for PUT or PATCH on one record."""
        changer = cast(Updatable, self.noun)

        def handler(call: Call) -> Answer:
            self._look(call)
            written = changer.update(call.connection, call.actor, call.record, call.values(), self.states)
            return self.show(call, written, "updated")

        return Operation(
            self.operation_name("update"),
            handler,
            f"Change a {self.called}.",
            self.replies("updated"),
            Scope.WRITE,
            noun=self.called,
            writes=True,
            body=self.fields,
            verb="update",
            extend=self.extend,
            target=self.target,
            query=self.show_parameters,
        )

    def acts(
        self,
        name: str,
        about: str,
        act: Callable[[Call], StoredRecord | None],
        what: str,
        body: FieldMap | None = None,
        refused: Sequence[type[Exception]] = (),
        scope: Scope = Scope.WRITE,
    ) -> Operation:
        """Return a write on one record that answers with the record; it may be `refused` by these errors.

        The act returns the changed record, or None to have it read.
        """

        def handler(call: Call) -> Answer:
            self._look(call)
            written = act(call)
            return self.show(call, call.id() if written is None else written, what)

        reply = self.replies(what)
        return Operation(
            name,
            handler,
            about,
            reply,
            scope,
            noun=self.called,
            writes=True,
            body=body,
            query=self.show_parameters,
            target=self.target,
            refused=refused,
        )

    def deletes(
        self,
        about: str,
        act: Callable[[Call], object],
        refused: Sequence[type[Exception]] = (),
        scope: Scope = Scope.WRITE,
    ) -> Operation:
        """Return a write that removes one record and answers with its id."""

        def handler(call: Call) -> Answer:
            act(call)
            return Answer(self.envelope.one({"id": call.id()}, message))

        message = self._message("deleted")
        its_id = {"type": "integer", "minimum": 1, "description": "Its id."}
        gone = closed_object({"id": its_id}, f"The {self.called} that is gone.")
        return Operation(
            self.operation_name("delete"),
            handler,
            about,
            Reply(message, self.envelope.describe_one(gone, message)),
            scope,
            noun=self.called,
            writes=True,
            target=self.target,
            refused=refused,
        )


def _camel(words: str) -> str:
    return words.title().replace(" ", "")
