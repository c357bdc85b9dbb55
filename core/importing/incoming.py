"""What another system tells of a client, in the register's terms, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

MAX_ID = 2**39
"""Ids go on being given out behind those that were imported, and an index has room for 40 bits."""
MAX_TIMESTAMP = 253_402_300_799_000_000  # the end of the year 9999, in microseconds


@dataclass(frozen=True)
class FieldError:
    """A value of a source that cannot be stored: where, in the register's or the source's terms, and why.

    `remedy` is what whoever imports can do about it, "" where the reason says that.
    """

    path: str
    value: Any
    why: str
    remedy: str = ""


@dataclass(frozen=True)
class Category:
    """A category by the id that it has there. `is_default` is None where the source does not tell.

    `values` are more of its attributes, of a source that lists its categories.
    """

    id: int | None
    name: str = ""
    is_default: bool | None = None
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class CustomField:
    """A custom field of clients: which of the custom values it names, from 1 on, and what people call it."""

    position: int
    title: str


@dataclass
class Incoming:
    """A client as another system shows it. What it does not show stays as it is, or empty.

    `values` are attributes and stored columns by name. `contacts`, `tags`, `documents`, `gateway_tokens` and `notes`
    are None where the source does not tell of them, else all there are; of contacts only some unless `all_contacts`. A
    document whose bytes are in the storage has an `object_key`. `tick` is the precision of moments in microseconds.
    Without an `id` it is the client that `key` finds, a column and its value, without that the client of that number,
    else a new one; `namesakes` are the clients that the key finds where they are several. `doubts` say, by attribute,
    what is to be reported if its value is stored. `respelt` is whether the source may have spelt texts anew.
    """

    id: int | None
    values: dict[str, Any]
    category: Category | None = None
    contacts: list[dict[str, Any]] | None = None
    all_contacts: bool = True
    tags: list[str] | None = None
    documents: list[dict[str, Any]] | None = None
    gateway_tokens: list[dict[str, Any]] | None = None
    notes: list[dict[str, Any]] | None = None
    tick: int = 1
    key: tuple[str, str] | None = None
    namesakes: Sequence[int] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)
    respelt: bool = False


Action = Literal["created", "updated", "unchanged", "refused"]


@dataclass(frozen=True)
class Outcome:
    """What became of a client; `misfits` are the reasons of a refusal, else the values that were left out."""

    what: Action
    id: int | None
    field_errors: Sequence[FieldError] = field(default_factory=tuple)
