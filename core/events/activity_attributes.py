"""The attributes of an activity, and of an entry of a client's ledger: an activity that set the balance."""

from core.attribute import Attribute, fixed
from core.models import activities
from core.query import Record

ACTIVITY: dict[str, Attribute] = {each.name: fixed(each.name) for each in activities.columns} | {
    "is_system": Attribute(lambda activity: not activity["dialect"], of=("dialect",)),
}

LEDGER_ENTRY: dict[str, Attribute] = {
    "balance": Attribute(lambda activity: activity["after"]["balance"], of=("after",)),
    "adjustment": Attribute(lambda activity: _adjustment(activity), of=("before", "after")),
    "created_at": fixed("created_at"),
}


def _adjustment(activity: Record) -> int:
    return int(activity["after"]["balance"] - activity["before"]["balance"])
