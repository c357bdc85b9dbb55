"""Writes that remove a record permanently and only confirm it (the document's "Client Purge")."""

from collections.abc import Callable, Sequence

from core.access.scopes import Scope
from core.query import StoredRecord
from dialects.shared.operation import Answer, Call, Operation, Reply
from schemas.fields import FieldMap
from schemas.openapi import closed_object

_DONE = closed_object({"message": {"const": "Success", "description": "The record was removed."}}, "The confirmation.")
_REPLY = Reply("The record was removed.", closed_object({"data": _DONE}))


def removes(
    name: str,
    noun: str,
    about: str,
    remove: Callable[[Call], object],
    target: Callable[[Call], StoredRecord] | None = None,
    body: FieldMap | None = None,
    asks_password: bool = False,
    discards_documents: bool = False,
    refused: Sequence[type[Exception]] = (),
    scope: Scope = Scope.WRITE,
) -> Operation:
    """Return a write that removes a record by `remove` and answers only with a confirmation."""

    def handler(call: Call) -> Answer:
        remove(call)
        return Answer({"data": {"message": "Success"}})

    return Operation(
        name,
        handler,
        about,
        _REPLY,
        scope,
        noun=noun,
        writes=True,
        body=body,
        target=target,
        asks_password=asks_password,
        discards_documents=discards_documents,
        refused=refused,
    )
