"""What `include` shows of clients beside what is always shown. Each is loaded once for all clients of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.clients import groups
from core.events import activities
from core.events.activities import Kind
from core.query import Record, StoredRecord
from dialects.shared.operation import Call
from dialects.shared.resource import Relation
from dialects.v1.activities import LEDGER_FIELDS
from schemas.fields import FieldMap, Related

_MAX_PER_CLIENT = 50
_MAX_PER_ANSWER = 5000


def related(activity: FieldMap, group: FieldMap) -> tuple[Related, ...]:
    """The keys that a client has only when they are asked for."""
    newest = f"the newest {_MAX_PER_CLIENT}, on pages of more than {_MAX_PER_ANSWER // _MAX_PER_CLIENT} clients fewer."
    return (
        Related("activities", activity, about=f"If included: what was done to the client; {newest}"),
        Related("ledger", LEDGER_FIELDS, about=f"If included: how its balance came about; {newest}"),
        Related(
            "group_settings", group, many=False, about="If included: its group; an empty object for the default one."
        ),
    )


def relations(fields: FieldMap) -> Mapping[str, Relation]:
    """What loads each of the keys that a client's table has as related."""
    of = {each.key: each.of for each in fields.related}

    def all_activities(call: Call, found: Sequence[StoredRecord]) -> dict[int, Any]:
        return _rendered(of["activities"], _activities(call, found, tuple(Kind)))

    def ledger(call: Call, found: Sequence[StoredRecord]) -> dict[int, Any]:
        noted = _activities(call, found, (Kind.BALANCE,))
        entries = {each: [one for one in noted[each] if "balance" in one["after"]] for each in noted}
        return _rendered(of["ledger"], entries)

    def group_settings(call: Call, found: Sequence[StoredRecord]) -> dict[int, Any]:
        group_of = {each.record["id"]: each.record["category_id"] for each in found}
        known = groups.find(call.connection, call.actor, group_of.values())
        shown = {each: of["group_settings"].render(known[each].record) for each in known}
        return {client_id: shown.get(group_id, {}) for client_id, group_id in group_of.items()}

    return {"activities": all_activities, "ledger": ledger, "group_settings": group_settings}


def _activities(call: Call, found: Sequence[StoredRecord], kinds: Sequence[Kind]) -> dict[int, list[Record]]:
    ids = [each.record["id"] for each in found]
    size = min(_MAX_PER_CLIENT, _MAX_PER_ANSWER // max(1, len(ids)))
    return activities.of_clients(call.connection, call.actor.company_id, ids, size, kinds)


def _rendered(fields: FieldMap, found: Mapping[int, Sequence[Record]]) -> dict[int, Any]:
    return {client_id: [fields.render(record) for record in records] for client_id, records in found.items()}
