"""Activities and ledger entries of a client in /api/v1, shown if they are included.

The keys are those of the vendor's public reference; `dialect`, `before` and `after` are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.events.activities import Kind
from core.events.activity_attributes import ACTIVITY, LEDGER_ENTRY
from dialects.v1.types import ReadOnly
from schemas.fields import FieldMap
from schemas.rows import Constant, Field, Many, Related
from schemas.types import Boolean, HashedId, Money, Schema, Text, UnixTime

TEXT = Text()
TIME = UnixTime()
MONEY = Money()

_NUMBERS = {Kind.CREATED: "1", Kind.ARCHIVED: "2", Kind.DELETED: "3", Kind.RESTORED: "26"}
_UPDATED = "61"


@dataclass(frozen=True)
class ActivityType(ReadOnly):
    """The vendor's number of an activity; a kind without a number of its own is an update."""

    def format(self, value: str) -> str:
        return _NUMBERS.get(Kind(value), _UPDATED)

    def schema(self) -> Schema:
        return {"type": "string", "enum": [*_NUMBERS.values(), _UPDATED]}


@dataclass(frozen=True)
class InWords(ReadOnly):
    """A kind of activity in words."""

    def format(self, value: str) -> str:
        return value.replace("_", " ").capitalize()

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}


class Difference(ReadOnly):
    """Values of a client under the keys of its table; values that the table lacks, under the register's own names."""

    def __init__(self, fields: FieldMap, ids: HashedId) -> None:
        self._ids = ids
        self._rows: dict[str, Field | Many] = {}
        self._inside = {row.key: row for row in fields.rows if isinstance(row, Many) and row.edition}
        for row in reversed(fields.rows):
            if not isinstance(row, Constant) and row.key is not None:
                self._rows |= dict.fromkeys(fields.attribute(row.attribute).of[:1], row)

    def format(self, value: Mapping[str, Any]) -> dict[str, Any]:
        shown = dict(self._shown(name, each) for name, each in value.items() if name != "extras")
        extras = value.get("extras")
        return shown | ({key: self._extra(key, each) for key, each in extras.items()} if extras else {})

    def _shown(self, name: str, value: Any) -> tuple[str, Any]:
        row = self._rows.get(name)
        if isinstance(row, Many):
            of_each = Difference(row.of, self._ids)
            return row.key, {self._id(key): _each(of_each, child) for key, child in value.items()}
        if row is None or isinstance(value, dict):
            return name, value
        return str(row.key), row.type.format(value)

    def _extra(self, key: str, value: Any) -> Any:
        row = self._inside.get(key)
        if row is None or not isinstance(value, list):
            return value
        of_each = Difference(row.of, self._ids)
        return [_each(of_each, child) for child in value]

    def _id(self, text: str) -> str:
        return self._ids.format(int(text)) if text.isdecimal() else text

    def schema(self) -> Schema:
        return {"type": "object"}


def _each(difference: Difference, child: Any) -> Any:
    return difference.format(child) if isinstance(child, dict) else child  # a text: the number of omitted items


def activity_fields(ids: HashedId, client: FieldMap) -> FieldMap:
    """Return the table of an activity, whose values are shown as the client's table shows them."""
    always = replace(ids, always=True)
    difference = Difference(client, ids)
    return FieldMap(
        "activity",
        ACTIVITY.__getitem__,
        Field("id", "id", always, about="The hashed id."),
        Field(
            "activity_type_id",
            "kind",
            ActivityType(),
            about="1 created, 2 archived, 3 deleted, 26 restored, 61 updated.",
        ),
        Field("client_id", "client_id", always, about="The client."),
        Field("company_id", "company_id", always, about="The company."),
        Field("user_id", "user_id", ids, about="The team user who owns the key; empty for the command line."),
        *(
            Constant(f"{noun}_id", "", f"Activities are those of a client; no {noun} is in the register.")
            for noun in ("invoice", "payment", "credit")
        ),
        Field("updated_at", "created_at", TIME, about="When it happened."),
        Constant("expense_id", "", "No expense is in the register."),
        Field("is_system", "is_system", Boolean(), about="Whether it was made on the command line."),
        Constant("contact_id", "", "Contacts cannot change clients here."),
        Constant("task_id", "", "No task is in the register."),
        Field("notes", "kind", InWords(), about="The kind of activity in words."),
        Field("token_id", "token_id", ids, about="The key; empty for the command line."),
        Constant("ip", "", "Addresses are not recorded."),
        Field(
            "dialect",
            "dialect",
            TEXT,
            about="api or v1; bridge for the pages, contact for a visit of a contact's link, "
            "empty for the command line.",
        ),
        Field("before", "before", difference, about="The changed values before the change; secrets are masked."),
        Field("after", "after", difference, about="The changed values after the change; secrets are masked."),
        Field("created_at", "created_at", TIME, about="When it happened."),
        related=(
            Related(
                "history",
                HISTORY_FIELDS,
                many=False,
                about="The copies of the activity, if `activities.history` is included.",
            ),
        ),
    )


HISTORY_FIELDS = FieldMap(
    "activity history",
    ACTIVITY.__getitem__,
    Constant("id", "", "No printed copy of a change is stored."),
    Constant("activity_id", "", "No printed copy of a change is stored."),
    Constant("json_backup", "", "The changed values are in `before` and `after` of the activity."),
    Constant("html_backup", "", "No printed copy of a change is stored."),
    Constant("amount", 0, "Changes of clients have no amount."),
    Field("created_at", "created_at", TIME, about="When the change was made."),
    Field("updated_at", "created_at", TIME, about="When the change was made."),
)

LEDGER_FIELDS = FieldMap(
    "ledger entry",
    LEDGER_ENTRY.__getitem__,
    Constant("entity_id", "", "No invoice, payment or credit is in the register."),
    Constant("notes", "", "Balances come from a billing system, which gives no reason."),
    Field("balance", "balance", MONEY, about="The client's new balance."),
    Field("adjustment", "adjustment", MONEY, about="The difference from the previous balance."),
    Field("updated_at", "created_at", TIME, about="When it was set."),
    Field("created_at", "created_at", TIME, about="When it was set."),
)
