"""Makes the form of a client from the tables of a dialect's operations: a new row of a table is a new control."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import Any

from sqlalchemy import Connection

from core.access.keys import Actor
from core.clients import contacts, custom_fields
from core.clients.attributes import attribute_of_client
from core.models.records import ClientRecord
from core.query import Record
from gateway.pages.bridge.choices import Choices, choices
from gateway.pages.bridge.client_form import Form, Group, Item, Items, Part
from gateway.pages.bridge.controls import Control, control
from gateway.pages.bridge.operations import ClientOperation
from gateway.pages.bridge.typed import Typed
from schemas.fields import FieldMap
from schemas.rows import Field, Many

_BLANK_ITEMS: Mapping[str, Record] = {"contacts": contacts.new({})}
_ADDRESS = ("address1", "address2", "city", "region", "postal_code", "country_id", "country_text")
_PLACED = ("category_id", "assigned_user_id", "industry_id", "size_id", "number", "id_number")

# The group of a row, by the first column that it shows; groups are shown in this order.
_TITLES: Mapping[str, Callable[[str], bool]] = {
    "Client": lambda _column: False,
    "Address": lambda column: column in _ADDRESS,
    "Shipping address": lambda column: column.startswith("shipping_"),
    "Contacts": lambda column: column == "contacts",
    "Numbers, category and team": lambda column: column in _PLACED,
    "Notes": lambda column: column.endswith("_notes"),
    "Tags": lambda column: column == "tags",
    "Custom fields": lambda column: column.startswith(("custom_value", "more_custom_values")),
    "Settings": lambda column: column == "settings",
}


@dataclass(frozen=True)
class FormMaker:
    """Makes a form for an actor and a client; the text already typed decides the number of new items."""

    connection: Connection
    actor: Actor
    client: ClientRecord
    typed: Typed

    def form(self, operations: Iterable[ClientOperation]) -> Form:
        """Return the form for these operations."""
        made = [self._part(operation) for operation in operations]
        titled = [each for _, of_part in made for each in of_part]
        titles = dict.fromkeys([*_TITLES, *(title for title, _ in titled)])
        groups = [_group(title, [each for name, each in titled if name == title]) for title in titles]
        return Form([part for part, _ in made], [group for group in groups if group.controls or group.arrays])

    def _part(self, operation: ClientOperation) -> tuple[Part, list[tuple[str, Control | Items]]]:
        fields, verb = operation.fields(self.connection, self.actor), operation.operation.verb
        made = [(_title(row), self._control(row, verb, operation)) for row in _rows(fields, verb)]
        controls = [each for _, each in made if isinstance(each, Control)]
        arrays = [each for _, each in made if isinstance(each, Items)]
        return Part(operation, controls, arrays, _required_values(fields, verb, self.client)), made

    def _control(self, row: Field | Many, verb: str, operation: ClientOperation) -> Control | Items:
        name = f"{operation.name or 'client'}/{row.input_key}"
        if isinstance(row, Many):
            return self._items(row, verb, name)
        value = attribute_of_client(row.attribute).read(self.client)
        made = control(row, verb, name, value, self._choices(row.attribute))
        # An operation that sets one part of a client requires that part, which may nevertheless be emptied.
        is_needed = made.is_needed and not operation.name
        return replace(made, about=self._titles.get(row.attribute, made.about), is_needed=is_needed)

    def _items(self, row: Many, verb: str, name: str) -> Items:
        there = [
            self._known(row, verb, name, record) for record in attribute_of_client(row.attribute).read(self.client)
        ]
        names = {item.name for item in there}
        others = [each for each in self.typed.items(name) if f"{name}/{each}" not in names][: row.max_items]
        typed = [item for each in others if (item := self._new(row, verb, f"{name}/{each}")).is_touched(self.typed)]
        unused = next(each for number in count(1) if (each := f"new-{number}") not in others)
        return Items(name, row.key, row.about, [*there, *typed, self._new(row, verb, f"{name}/{unused}")])

    def _known(self, row: Many, verb: str, name: str, record: Record) -> Item:
        identity = next(each for each in row.of.fields() if _is_identity(each) and verb in each.on)
        shown = identity.type.format(record["id"])
        mine = f"{name}/id-{shown}"
        controls = self._controls(row.of, verb, mine, lambda attribute: row.of.attribute(attribute).read(record))
        return Item(mine, controls, {identity.input_key: shown})

    def _new(self, row: Many, verb: str, name: str) -> Item:
        blank = _BLANK_ITEMS.get(row.attribute, {})
        return Item(name, self._controls(row.of, verb, name, blank.get), {})

    def _controls(self, fields: FieldMap, verb: str, name: str, read: Callable[[str], Any]) -> list[Control]:
        rows = [each for each in fields.fields() if verb in each.on and not _is_identity(each)]
        return [
            control(each, verb, f"{name}/{each.input_key}", read(each.attribute), self._choices(each.attribute))
            for each in rows
        ]

    def _choices(self, attribute: str) -> Choices:
        if attribute not in self._listed:
            self._listed[attribute] = choices(self.connection, self.actor, attribute)
        return self._listed[attribute]

    @cached_property
    def _listed(self) -> dict[str, Choices]:
        return {}

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        own = custom_fields.list_all(self.connection, self.actor.company_id)
        return {f"custom_value{each['position']}": str(each["title"]) for each in own}


def _rows(fields: FieldMap, verb: str) -> list[Field | Many]:
    """Return the rows that a verb accepts, without those that are only other forms of the same value."""
    taken = [row for row in fields.rows if isinstance(row, Field | Many) and verb in row.on]
    first = {row.attribute for row in taken if isinstance(row, Many) or not row.fallback}
    return [row for row in taken if isinstance(row, Many) or not row.fallback or row.attribute not in first]


def _required_values(fields: FieldMap, verb: str, client: ClientRecord) -> dict[str, Any]:
    """Return the client's values that a change requires; for a new client they are typed instead."""
    needed = [row for row in fields.fields() if verb == "update" and verb in row.required]
    return {row.input_key: row.type.format(attribute_of_client(row.attribute).read(client)) for row in needed}


def _title(row: Field | Many) -> str:
    if isinstance(row, Many):
        return row.key.replace("_", " ").capitalize()
    if row.edition:
        return f"Edition {row.edition}"
    column = next(iter(attribute_of_client(row.attribute).of), row.attribute)
    return next((title for title, is_about in _TITLES.items() if is_about(column)), "Client")


def _group(title: str, made: Sequence[Control | Items]) -> Group:
    controls = [each for each in made if isinstance(each, Control)]
    return Group(title, controls, [each for each in made if isinstance(each, Items)])


def _is_identity(row: Field) -> bool:
    return row.attribute == "id"
