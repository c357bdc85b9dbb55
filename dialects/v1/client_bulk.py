"""The bulk actions on clients: those of the document, and two of the vendor's public reference.

`assign_group` puts clients into a group, `bulk_update` sets one field of all of them.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from core.clients import clients
from core.errors import Problem, RecordDeleted
from dialects.shared.operation import Operation, required
from dialects.shared.resource import Resource
from dialects.v1.bulk import Act, Acts, MoreActs, bulk
from dialects.v1.types import AsSent
from schemas.errors import BrokenRule, Invalid
from schemas.fields import FieldMap
from schemas.rows import UPDATE, Field, Row
from schemas.types import Choice, HashedId

Values = Mapping[str, Any]

COLUMNS = ("public_notes", "industry_id", "size_id", "country_id", *(f"custom_value{n}" for n in range(1, 5)))

_ACTS: Acts = {"archive": clients.archive, "restore": clients.restore, "delete": clients.soft_delete}


def client_bulk(resource: Resource, ids: HashedId) -> Operation:
    """Return the operation for POST on /clients/bulk."""
    about = "Archive, restore or delete clients, put them into a group, or set one field of them."
    more_acts: MoreActs = {"assign_group": _assign_group, "bulk_update": partial(_bulk_update, resource.fields)}
    return bulk(
        resource,
        ids,
        _ACTS,
        clients.lock_all,
        clients.get_all,
        about,
        more_acts,
        _more(ids),
        refused=(RecordDeleted,),
    )


def _more(ids: HashedId) -> tuple[Row, ...]:
    group = "For `assign_group`: the group; empty for the default one."
    column = Choice({key: key for key in COLUMNS}, optional=True)
    return (
        Field("group_settings_id", "group_id", ids, on=UPDATE, about=group),
        Field("column", "column", column, on=UPDATE, about="For `bulk_update`: the field to set."),
        Field("new_value", "new_value", AsSent(), on=UPDATE, about="For `bulk_update`: the new value."),
    )


def _assign_group(values: Values) -> Act:
    if "group_id" not in values:
        raise required("group_settings_id")
    return partial(clients.update, values={"group_id": values["group_id"]})


def _bulk_update(fields: FieldMap, values: Values) -> Act:
    missing = [key for key in ("column", "new_value") if key not in values]
    if missing:
        raise Invalid([Problem(key, "required") for key in missing])
    row = next(each for each in fields.fields() if each.key == values["column"])
    try:
        value = row.type.parse(values["new_value"])
    except BrokenRule as broken:
        raise Invalid([Problem("new_value", broken.rule, broken.params)]) from broken
    return partial(clients.update, values={row.attribute: value})
