"""Clients of another system in the register's terms, and the outcome of their import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

MAX_ID = 2**39
"""The highest id that can be imported: new ids continue after it, and an index stores ids in 40 bits."""
MAX_TIMESTAMP = 253_402_300_799_000_000  # the end of the year 9999, in microseconds


@dataclass(frozen=True)
class FieldError:
    """A value of a source that cannot be stored: where, in the register's or the source's terms, and why.

    `remedy` says what the user can do about it; it is "" if `why` does.
    """

    path: str
    value: Any
    why: str
    remedy: str = ""


@dataclass(frozen=True)
class Category:
    """A category by its id in the source.

    `is_default` is None if the source does not say. `values` are further attributes, of a source that lists its
    categories.
    """

    id: int | None
    name: str = ""
    is_default: bool | None = None
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class CustomField:
    """A custom field of clients: which custom value it names, from 1 on, and its title."""

    position: int
    title: str


@dataclass
class Incoming:
    """A client of another system. Values that the source does not have are left unchanged, or empty for a new client.

    `values` are attributes and stored columns by name. `contacts`, `tags`, `documents`, `gateway_tokens` and `notes`
    are None if the source does not have them, else complete; `contacts` may be incomplete unless `all_contacts`. A
    document whose bytes are stored has an `object_key`. `tick` is the precision of times in microseconds.

    If it has no `id`, it is the client that `key` (a column and its value) finds; without a key, the client with the
    same number; else a new one. `namesakes` are the clients that the key finds if there are several. `doubts` are
    reported, by attribute, if the value is stored. `respelt` says that the source may have written texts differently.
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
    """The outcome of importing a client; `field_errors` are the reasons of a refusal, else the values left out."""

    what: Action
    id: int | None
    field_errors: Sequence[FieldError] = field(default_factory=tuple)
