"""Resources: the standard operations of a resource, built from its table and a module of the core."""

from collections.abc import Callable, Sequence
from typing import cast

from core.access.scopes import Scope
from core.query import StoredRecord
from dialects.shared.operation import Answer, Call, Operation, Reply
from dialects.shared.presentation import Creatable, Presentation, Updatable
from schemas.fields import FieldMap
from schemas.openapi import closed_object, reference


class Resource(Presentation):
    """A module of the core presented by a dialect's table, with the operations of its records."""

    def _check_exists(self, call: Call) -> None:
        # A missing record is reported before any error in the values.
        if self.locks_first:
            call.lock()
        elif call.locked is None:
            self.module.get(call.connection, call.actor, call.id(), self.states)

    def lists(self) -> Operation:
        """Return the operation for GET on the collection."""

        def handler(call: Call) -> Answer:
            found = self.module.page(call.connection, call.actor, call.query.search, self.view_for(call))
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
        creator = self.module
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
        changer = cast(Updatable, self.module)

        def handler(call: Call) -> Answer:
            self._check_exists(call)
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
        """Return a write on one record that answers with the record. `refused` are the errors that only it raises.

        `act` returns the changed record, or None if the record must be read for the answer.
        """

        def handler(call: Call) -> Answer:
            self._check_exists(call)
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

        message = self.message("deleted")
        its_id = {"type": "integer", "minimum": 1, "description": "The id."}
        gone = closed_object({"id": its_id}, f"The deleted {self.called}.")
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
