"""PUT and PATCH on a record: both change only what is sent, as in the vendor's framework."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dialects.shared.operation import Operation
from dialects.shared.resource import Resource


def updating(resource: Resource, refused: Sequence[type[Exception]] = ()) -> Mapping[str, Operation]:
    """Return the operations for PUT and PATCH on one record, by method; both may be `refused` by these errors."""
    update = replace(resource.updates(), refused=refused)
    return {"PUT": update, "PATCH": replace(update, name=resource.operation_name("patch"))}
