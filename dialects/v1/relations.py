"""The relations that `include` adds to clients. Each is loaded once for all clients of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.clients import groups
from core.clients.extras import locations_of
from core.events import activities
from core.events.activities import Kind
from core.models.operating_records import ActivityRecord
from core.models.records import StoredClient
from core.query import Record
from dialects.shared.operation import Call
from dialects.shared.presentation import Relation
from dialects.v1.activities import HISTORY_FIELDS, LEDGER_FIELDS
from dialects.v1.tags import TITLES
from schemas.fields import FieldMap
from schemas.rows import Related

_MAX_PER_CLIENT = 50
_MAX_PER_ANSWER = 5000


def related(activity: FieldMap, group: FieldMap, location: FieldMap) -> tuple[Related, ...]:
    """Return the keys that a client has only if they are included."""
    few = _MAX_PER_ANSWER // _MAX_PER_CLIENT
    newest = f"at most {_MAX_PER_CLIENT}, newest first; fewer on pages of more than {few} clients."
    return (
        Related("activities", activity, about=f"If included: the activities of the client, {newest}"),
        Related("ledger", LEDGER_FIELDS, about=f"If included: the changes of its balance, {newest}"),
        Related(
            "group_settings",
            group,
            many=False,
            about="If included: its group; an empty object for the default category.",
        ),
        Related(
            "system_logs",
            schema={"type": "array", "items": {}, "maxItems": 0},
            about="If included: an empty array, because the register calls no other systems for a client.",
        ),
        Related("locations", location, about="If included: all locations of the client."),
        Related("tags", schema=TITLES, about="If included: the titles of its tags."),
    )


def relations(fields: FieldMap) -> Mapping[str, Relation]:
    """Return the loaders of a client's relations, by key."""
    of = {each.key: each.of for each in fields.related if each.of is not None}

    def all_activities(call: Call, found: Sequence[StoredClient]) -> dict[int, Any]:
        return _rendered(of["activities"], _activities(call, found, tuple(Kind)))

    def with_history(call: Call, found: Sequence[StoredClient]) -> dict[int, Any]:
        listed = _activities(call, found, tuple(Kind))
        show, history = of["activities"].render, HISTORY_FIELDS.render
        return {client: [show(each) | {"history": history(each)} for each in listed[client]] for client in listed}

    def ledger(call: Call, found: Sequence[StoredClient]) -> dict[int, Any]:
        changes = _activities(call, found, (Kind.BALANCE,))
        entries = {each: [one for one in changes[each] if "balance" in one["after"]] for each in changes}
        return _rendered(of["ledger"], entries)

    def group_settings(call: Call, found: Sequence[StoredClient]) -> dict[int, Any]:
        group_of = {each.record["id"]: each.record["category_id"] for each in found}
        known = groups.find(call.connection, call.actor, group_of.values())
        shown = {each: of["group_settings"].render(known[each].record) for each in known}
        return {client_id: shown.get(group_id, {}) for client_id, group_id in group_of.items()}

    def locations(_call: Call, found: Sequence[StoredClient]) -> dict[int, Any]:
        return _rendered(of["locations"], {each.record["id"]: locations_of(each.record) for each in found})

    return {
        "activities": all_activities,
        "activities.history": with_history,
        "ledger": ledger,
        "group_settings": group_settings,
        "system_logs": lambda _call, found: {each.record["id"]: [] for each in found},
        "locations": locations,
        "tags": lambda _call, found: {each.record["id"]: each.record["tags"] for each in found},
    }


def _activities(call: Call, found: Sequence[StoredClient], kinds: Sequence[Kind]) -> dict[int, list[ActivityRecord]]:
    ids = [each.record["id"] for each in found]
    size = min(_MAX_PER_CLIENT, _MAX_PER_ANSWER // max(1, len(ids)))
    return activities.of_clients(call.connection, call.actor.company_id, ids, size, kinds)


def _rendered(fields: FieldMap, found: Mapping[int, Sequence[Record]]) -> dict[int, Any]:
    return {client_id: [fields.render(record) for record in records] for client_id, records in found.items()}
