"""Imports categories, each under its own id if that is free."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from core.clients import categories as category_operations
from core.clients.attributes import columns_changed
from core.clients.category_attributes import CATEGORY
from core.database.rows import is_row
from core.errors import Rejected
from core.importing.incoming import MAX_ID, MAX_TIMESTAMP, Category, FieldError
from core.models import categories, clients
from core.models.records import CategoryRecord
from core.query import Record
from core.text.clock import SECOND, now
from core.text.folding import folded
from core.text.secrets import random_name

_ATTRIBUTES = ("description", "visibility", "icon", "settings")
_TIMESTAMPS = ("created_at", "updated_at", "archived_at")


def upsert(
    connection: Connection, company_id: int, incoming: Iterable[Category]
) -> tuple[Mapping[Category | None, int], Sequence[FieldError]]:
    """Return the id of each category here, created if needed, and the reasons why ids were not kept.

    The key None stands for the default category.
    """
    upserter = _CategoryUpserter(connection, company_id)
    for category in sorted(incoming, key=lambda each: each.id is None):  # the default category may still get another id
        upserter.upsert(category)
    return upserter.found, upserter.field_errors


class _CategoryUpserter:
    """Finds or creates the categories of a company that an import names."""

    def __init__(self, connection: Connection, company_id: int) -> None:
        self._connection = connection
        self._company_id = company_id
        self.field_errors: list[FieldError] = []
        self._read_categories()
        self.found: dict[Category | None, int] = {None: self._default["id"]}

    def _read_categories(self) -> None:
        self._own: dict[int, CategoryRecord] = {
            row["id"]: row for row in category_operations.list_all(self._connection, self._company_id)
        }
        self._default = next(row for row in self._own.values() if row["is_default"])

    def upsert(self, incoming: Category) -> None:
        """Find or create the category."""
        if incoming in self.found:
            return
        if incoming.id is not None:
            self._make_room(incoming)
        same_id = self._own.get(incoming.id or 0)
        if incoming.id is None and not incoming.name:
            self.found[incoming] = self._default["id"]
        elif same_id is not None and (not same_id["is_default"] or _may_be_default(incoming, same_id)):
            self._rename(same_id, incoming)
            self._change(same_id, incoming)
            self.found[incoming] = same_id["id"]
        else:
            self.found[incoming] = self._resolve_conflict(incoming)
        self.found[None] = self._default["id"]

    def _make_room(self, incoming: Category) -> None:
        """Let an empty company's default category take the source's id, or free its id for another category."""
        is_default = _may_be_default(incoming, self._default)
        if (incoming.id == self._default["id"]) is not is_default and not self._is_used(self._default["id"]):
            if not is_default:
                self._move_default({})
            elif self._is_free(incoming.id or 0):
                self._move_default({"id": incoming.id})

    def _resolve_conflict(self, incoming: Category) -> int:
        names = {row["name"]: row["id"] for row in self._own.values()}
        if incoming.is_default:
            self._report(incoming, f"the default category has the id {self._default['id']} here")
            return int(self._default["id"])
        if incoming.name in names:
            if incoming.id is not None:
                self._report(incoming, f"the category {incoming.name!r} has the id {names[incoming.name]} here")
            return int(names[incoming.name])
        name = incoming.name or f"Group {incoming.id}"
        row: dict[str, Any] = {"name": random_name(40) if name in names else name}
        if self._is_free(incoming.id or 0):
            row["id"] = incoming.id
        elif incoming.id is not None:
            self._report(incoming, "the id of this category is taken here, so it has another one")
        made = self._insert(row)
        self._change(self._own[made], incoming)
        return made

    def _report(self, incoming: Category, why: str) -> None:
        self.field_errors.append(FieldError("category_id", incoming.id, why))

    def _rename(self, row: CategoryRecord, incoming: Category) -> None:
        taken = any(each["name"] == incoming.name for each in self._own.values())
        if incoming.name and incoming.name != row["name"] and not taken:
            category_operations.store(
                self._connection, self._company_id, row["id"], name=incoming.name, searched=folded(incoming.name)
            )
            self._read_categories()

    def _change(self, before: CategoryRecord, incoming: Category) -> None:
        """Set the other values of a category to those of the source."""
        category_id, row = before["id"], self._own[before["id"]]
        values = {name: value for name, value in incoming.values.items() if name in _ATTRIBUTES}
        try:
            changes = columns_changed(row, values, CATEGORY.__getitem__, categories)
        except Rejected as rejected:
            changes = {}
            self._report(incoming, f"its value cannot be stored ({rejected})")
        deleted = incoming.values.get("is_deleted")
        if deleted is not None and deleted is not bool(row["deleted_at"]):
            changes["deleted_at"] = now() if deleted else 0
        if changes:
            category_operations.store(self._connection, self._company_id, category_id, **changes)
            self._read_categories()
        self._set_timestamps(before, incoming)

    def _set_timestamps(self, before: CategoryRecord, incoming: Category) -> None:
        row = self._own[before["id"]]
        imported = {each: incoming.values[each] for each in _TIMESTAMPS if each in incoming.values}
        timestamps = {each: at for each, at in imported.items() if _differs(row, each, at)}
        if timestamps:
            version = max(each["updated_at"] + each["version_ahead"] for each in (before, row))
            updated_at = timestamps.get("updated_at", row["updated_at"])
            values = timestamps | {"version_ahead": max(0, version + 1 - updated_at)}
            self._connection.execute(update(categories).where(self._is_category(row["id"])).values(values))
            self._read_categories()

    def _move_default(self, values: Mapping[str, Any]) -> None:
        before = self._default
        new_id = self._insert({**values, "name": random_name(40)})
        self._connection.execute(delete(categories).where(self._is_category(before["id"])))
        rest = {
            name: value for name, value in before.items() if name not in ("id", "company_id") and name in categories.c
        }
        self._connection.execute(update(categories).where(self._is_category(new_id)).values(rest))
        self._read_categories()

    def _is_category(self, category_id: int) -> ColumnElement[bool]:
        return is_row(categories, self._company_id, category_id)

    def _insert(self, values: Mapping[str, Any]) -> int:
        at = now()
        row = {"company_id": self._company_id, "searched": folded(values["name"]), "created_at": at, "updated_at": at}
        made = self._connection.execute(
            insert(categories).values({**row, **values}).returning(categories.c.id)
        ).scalar_one()
        self._read_categories()
        return int(made)

    def _is_free(self, category_id: int) -> bool:
        taken = select(exists().where(categories.c.id == category_id))
        return 0 < category_id <= MAX_ID and not self._connection.execute(taken).scalar()

    def _is_used(self, category_id: int) -> bool:
        used = exists().where(clients.c.company_id == self._company_id, clients.c.category_id == category_id)
        return bool(self._connection.execute(select(used)).scalar())


def _may_be_default(incoming: Category, default: CategoryRecord) -> bool:
    """Return whether a category is the default of the source; if the source does not say, compare the names."""
    return incoming.name == default["name"] if incoming.is_default is None else incoming.is_default


def _differs(row: Record, name: str, incoming: int) -> bool:
    """Return whether a timestamp that can be stored differs from the row's; sources may round to whole seconds."""
    stored: int = row[name]
    if not 0 <= incoming <= MAX_TIMESTAMP or stored == incoming:
        return False
    return incoming % SECOND != 0 or stored // SECOND != incoming // SECOND
