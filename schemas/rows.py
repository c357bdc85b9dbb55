"""The rows of mapping tables (`schemas.fields.FieldMap`): fields, constants, nested arrays, and relations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.types import Schema, Type

if TYPE_CHECKING:
    from schemas.fields import FieldMap


Verbs = frozenset[str]

NEVER: Verbs = frozenset()
CREATE: Verbs = frozenset({"create"})
UPDATE: Verbs = frozenset({"update"})
BOTH: Verbs = CREATE | UPDATE


@dataclass(frozen=True)
class Field:
    """One row: the dialect's key, the core attribute, and the conversion between them.

    `key` is the key in answers, with dots for nested objects (`billing.city`); None if it is never shown. `write` is
    the key in requests, the same as `key` by default. `on` are the verbs that accept it, `required` those that require
    it. A `fallback` row is used only if no other row sets the same attribute. `also` are other keys that are accepted
    if its own is not sent. `taken` is the rule that is broken if another record has the value. A row of an `edition` is
    shown only to keys of that edition, and accepted from all.
    """

    key: str | None
    attribute: str
    type: Type
    on: Verbs = NEVER
    write: str | None = None
    required: Verbs = NEVER
    fallback: bool = False
    sort: str | None = None
    about: str = ""
    also: tuple[str, ...] = ()
    taken: str = "taken"
    edition: str = ""

    @property
    def input_key(self) -> str:
        """The key in requests."""
        return self.write or self.key or self.attribute

    def key_in(self, body: Mapping[str, Any]) -> str:
        """Return the key under which a body contains the field."""
        if not self.also or self.input_key in body:
            return self.input_key
        return next((key for key in self.also if key in body), self.input_key)


@dataclass(frozen=True)
class Constant:
    """A documented key that has no meaning in the register and always shows the same value, for a `reason`."""

    key: str
    value: Any
    reason: str
    edition: str = ""


@dataclass(frozen=True)
class Many:
    """A nested array of another resource."""

    key: str
    attribute: str
    of: "FieldMap"
    on: Verbs = NEVER
    max_items: int = 500
    about: str = ""
    edition: str = ""

    @property
    def input_key(self) -> str:
        """The key in requests."""
        return self.key


@dataclass(frozen=True)
class Related:
    """A relation that is shown only if it is included: an array of another resource, or one record or an empty object.

    A relation that is not another resource has a `schema` instead.
    """

    key: str
    of: "FieldMap | None" = None
    many: bool = True
    about: str = ""
    schema: Schema | None = None


Row = Field | Constant | Many
