"""How each dialect speaks of one client, by its own tables: the id, the object, the path, the verb that changes.

What is the same in several of them is found in the tables as well, so no field is ever named here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.errors import NotFound
from core.query import Record, state_of
from dialects.shared.dialect import Dialect
from gateway.reference.correspondence import related
from schemas.fields import Constant, Field, FieldMap

_ONE = "/clients/{id}"


@dataclass(frozen=True)
class Speaker:
    """A dialect that can show and change a client."""

    dialect: Dialect
    fields: FieldMap
    update_method: str

    def id_text(self, client_id: int) -> str:
        """A client's id as this dialect writes it."""
        row = next(row for row in self.fields.fields() if row.key == "id")
        return str(row.type.format(client_id))

    def path(self, client_id: int) -> str:
        """The path of a client."""
        return self.dialect.prefix + _ONE.replace("{id}", self.id_text(client_id))

    def sees(self, client: Record) -> bool:
        """Whether the dialect shows a client in this state."""
        return self.dialect.view is None or state_of(client) in self.dialect.view.states

    def show(self, client: Record) -> Any:
        """The client as the dialect shows it, or the body of the error that it answers."""
        if self.sees(client):
            return self.fields.render(client)
        return orjson.loads(bytes(self.dialect.refuse(NotFound("client")).body))


def speakers(dialects: Sequence[Dialect]) -> list[Speaker]:
    """The dialects that can show and change a client, the shortest prefix first."""
    found = [speaker for dialect in dialects if (speaker := _speaker(dialect)) is not None]
    return sorted(found, key=lambda speaker: len(speaker.dialect.prefix))


def _speaker(dialect: Dialect) -> Speaker | None:
    operations = next((path.operations for path in dialect.paths if path.path == _ONE), {})
    for method, operation in operations.items():
        if method in ("PUT", "PATCH") and operation.body is not None and dialect.reference is not None:
            return Speaker(dialect, operation.body, method)
    return None


@dataclass(frozen=True)
class Link:
    """From a key to the same in another dialect: `here` and `there` are anchors, `group` is common to all of them.

    `words` say where it leads.
    """

    group: int
    here: str
    there: str
    words: str


def links(speakers: Sequence[Speaker]) -> list[Mapping[str, Link]]:
    """For each dialect, the keys (dots entering objects) that have a counterpart in another one."""
    found: list[dict[str, Link]] = [{} for _ in speakers]
    rows = [row for speaker in speakers for row in speaker.fields.rows]
    for group, members in enumerate(related(rows)):
        keys = [_shown_keys(speaker.fields, members) for speaker in speakers]
        for position, mine in enumerate(keys):
            others = [(speakers[at], each) for at, each in enumerate(keys) if each and at != position]
            for key in mine if others else ():
                found[position][key] = _link(group, speakers[position], key, *others[0])
    return list(found)


def _link(group: int, speaker: Speaker, key: str, other: Speaker, keys: Sequence[str]) -> Link:
    words = f"The same as {', '.join(keys)} in {other.dialect.prefix}"
    return Link(group, _anchor(speaker, key), _anchor(other, keys[0]), words)


def _shown_keys(fields: FieldMap, members: Sequence[Any]) -> list[str]:
    return [row.key for row in fields.rows if not isinstance(row, Constant) and row.key and row in members]


def _anchor(speaker: Speaker, key: str) -> str:
    return f"{speaker.dialect.name}-{key}"


def row_of(fields: FieldMap, attribute: str) -> Field | None:
    """The row under which an attribute can be changed."""
    return next((row for row in fields.fields() if row.attribute == attribute and "update" in row.on), None)
