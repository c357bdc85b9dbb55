"""The place of every category that another system tells of: under its own id wherever that is free."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from core.clients import categories as noun
from core.clients.attributes import columns_changed
from core.clients.category_attributes import CATEGORY
from core.errors import Rejected
from core.importing.incoming import MAX_ID, MAX_MOMENT, Category, Misfit
from core.models import categories, clients
from core.query import Record
from core.text.clock import SECOND, now
from core.text.folding import folded
from core.text.secrets import random_name

_ATTRIBUTES = ("description", "visibility", "icon", "settings")
_MOMENTS = ("created_at", "updated_at", "archived_at")


def settle(
    connection: Connection, company_id: int, told: Iterable[Category]
) -> tuple[Mapping[Category | None, int], Sequence[Misfit]]:
    """The id that each category has here, made as needed, the default one's for None; and why ids were not kept."""
    places = _Places(connection, company_id)
    for category in sorted(told, key=lambda each: each.id is None):  # the default one may yet move
        places.settle(category)
    return places.found, places.misfits


class _Places:
    """A company's categories while others are being found their places among them."""

    def __init__(self, connection: Connection, company_id: int) -> None:
        self._connection = connection
        self._company_id = company_id
        self.misfits: list[Misfit] = []
        self._look()
        self.found: dict[Category | None, int] = {None: self._default["id"]}

    def _look(self) -> None:
        self._own: dict[int, Record] = {row["id"]: row for row in noun.listed(self._connection, self._company_id)}
        self._default = next(row for row in self._own.values() if row["is_default"])

    def settle(self, told: Category) -> None:
        """Find it its place."""
        if told in self.found:
            return
        if told.id is not None:
            self._make_room(told)
        same_id = self._own.get(told.id or 0)
        if told.id is None and not told.name:
            self.found[told] = self._default["id"]
        elif same_id is not None and (not same_id["is_default"] or _may_be_default(told, same_id)):
            self._rename(same_id, told)
            self._change(same_id, told)
            self.found[told] = same_id["id"]
        else:
            self.found[told] = self._elsewhere(told)
        self.found[None] = self._default["id"]

    def _make_room(self, told: Category) -> None:
        """Let an empty company's default category have the id of theirs, or leave its id to another one of theirs."""
        is_default = _may_be_default(told, self._default)
        if (told.id == self._default["id"]) is not is_default and not self._is_used(self._default["id"]):
            if not is_default:
                self._move_default({})
            elif self._is_free(told.id or 0):
                self._move_default({"id": told.id})

    def _elsewhere(self, told: Category) -> int:
        names = {row["name"]: row["id"] for row in self._own.values()}
        if told.is_default:
            self._complain(told, f"the default category has the id {self._default['id']} here")
            return int(self._default["id"])
        if told.name in names:
            if told.id is not None:
                self._complain(told, f"the category {told.name!r} has the id {names[told.name]} here")
            return int(names[told.name])
        name = told.name or f"Group {told.id}"
        row: dict[str, Any] = {"name": random_name(40) if name in names else name}
        if self._is_free(told.id or 0):
            row["id"] = told.id
        elif told.id is not None:
            self._complain(told, "the id of this category is somebody else's here, so it has another one")
        made = self._insert(row)
        self._change(self._own[made], told)
        return made

    def _complain(self, told: Category, why: str) -> None:
        self.misfits.append(Misfit("category_id", told.id, why))

    def _rename(self, row: Record, told: Category) -> None:
        taken = any(each["name"] == told.name for each in self._own.values())
        if told.name and told.name != row["name"] and not taken:
            noun.store(self._connection, row["id"], name=told.name, searched=folded(told.name))
            self._look()

    def _change(self, before: Record, told: Category) -> None:
        """Make of it what else is told."""
        category_id, row = before["id"], self._own[before["id"]]
        values = {name: value for name, value in told.values.items() if name in _ATTRIBUTES}
        try:
            changes = columns_changed(row, values, CATEGORY.__getitem__, categories)
        except Rejected as rejected:
            changes = {}
            self._complain(told, f"its {rejected} does not fit")
        deleted = told.values.get("is_deleted")
        if deleted is not None and deleted is not bool(row["deleted_at"]):
            changes["deleted_at"] = now() if deleted else 0
        if changes:
            noun.store(self._connection, category_id, **changes)
            self._look()
        self._keep_moments(before, told)

    def _keep_moments(self, before: Record, told: Category) -> None:
        row = self._own[before["id"]]
        moments = {each: told.values[each] for each in _MOMENTS if 0 <= told.values.get(each, -1) <= MAX_MOMENT}
        moments = {each: moment for each, moment in moments.items() if not _look_the_same(row[each], moment)}
        if row != before and moments.get("updated_at") == before["updated_at"]:
            moments["updated_at"] += 1  # or what was read of it before would pass for what it is now
        if moments:
            self._connection.execute(update(categories).where(categories.c.id == row["id"]).values(moments))
            self._look()

    def _move_default(self, values: Mapping[str, Any]) -> None:
        before = self._default
        new_id = self._insert({**values, "name": random_name(40)})
        self._connection.execute(delete(categories).where(categories.c.id == before["id"]))
        rest = {name: value for name, value in before.items() if name != "id"}
        self._connection.execute(update(categories).where(categories.c.id == new_id).values(rest))
        self._look()

    def _insert(self, values: Mapping[str, Any]) -> int:
        at = now()
        row = {"company_id": self._company_id, "searched": folded(values["name"]), "created_at": at, "updated_at": at}
        made = self._connection.execute(
            insert(categories).values({**row, **values}).returning(categories.c.id)
        ).scalar_one()
        self._look()
        return int(made)

    def _is_free(self, category_id: int) -> bool:
        taken = select(exists().where(categories.c.id == category_id))
        return 0 < category_id <= MAX_ID and not self._connection.execute(taken).scalar()

    def _is_used(self, category_id: int) -> bool:
        used = exists().where(clients.c.company_id == self._company_id, clients.c.category_id == category_id)
        return bool(self._connection.execute(select(used)).scalar())


def _may_be_default(told: Category, default: Record) -> bool:
    """Whether a category is the default one there; where that is not told, the one of the same name is."""
    return told.name == default["name"] if told.is_default is None else told.is_default


def _look_the_same(stored: int, told: int) -> bool:
    """Whether a moment is the one told, perhaps in whole seconds."""
    return stored == told or (told % SECOND == 0 and stored // SECOND == told // SECOND)
