"""`create` and `edit`: show the blank or present record that client programs request before a write."""

from collections.abc import Callable
from dataclasses import replace

from core.access.scopes import Scope
from core.query import Record, StoredRecord
from dialects.shared.editions import Shape
from dialects.shared.operation import Answer, Call, Operation, Reply
from dialects.shared.resource import Resource
from schemas.fields import FieldMap
from schemas.openapi import reference


def blank(resource: Resource, fields: FieldMap, unsaved: Callable[[Call], Record]) -> Operation:
    """Return the operation for GET on the collection's `create`; `fields` is the table for unsaved records."""
    shapes = {edition: Shape(fields.of_edition(edition)) for edition in resource.editions}
    blanks = replace(resource, fields=fields, view=None, editions=shapes)

    def handler(call: Call) -> Answer:
        (shown,) = blanks.shown(call, [StoredRecord((), lambda: unsaved(call))])
        return Answer(resource.envelope.one(shown, ""))

    return Operation(
        resource.operation_name("getBlank"),
        handler,
        f"Show a new {resource.called} with its default values.",
        Reply(f"A {resource.called} that is not stored.", resource.envelope.describe_one(reference(fields), "")),
        Scope.READ,
        noun=resource.called,
        bounded=lambda _query: True,
        query=resource.show_parameters,
    )


def edit(resource: Resource) -> Operation:
    """Return the operation for GET on a record's `edit`, which answers with the record."""
    about = f"Show one {resource.called} for editing."
    return replace(resource.shows(), name=resource.operation_name("edit"), about=about)
