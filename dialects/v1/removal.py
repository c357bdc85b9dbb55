"""Writes that remove a record for good and only confirm it (the document's "Client Purge")."""

from collections.abc import Callable, Sequence

from core.access.scopes import Scope
from core.query import StoredRecord
from dialects.shared.operation import Answer, Call, Operation, Reply
from schemas.fields import FieldMap
from schemas.openapi import closed_object

_DONE = closed_object({"message": {"const": "Success", "description": "It was done."}}, "Nothing is left to be shown.")
_REPLY = Reply("It is gone.", closed_object({"data": _DONE}))


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
    """Return a write that only confirms that it was done."""

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
