"""The two verbs that change a record: PUT changes what is sent, as PATCH does in the vendor's framework."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dialects.shared.operation import Operation
from dialects.shared.resource import Resource


def updating(resource: Resource, refused: Sequence[type[Exception]] = ()) -> Mapping[str, Operation]:
    """PUT and PATCH on one record, by verb; both may be `refused` by these errors."""
    update = replace(resource.updates(), refused=refused)
    return {"PUT": update, "PATCH": replace(update, name=resource.operation_name("patch"))}
