"""How each dialect shows and changes one client, from its own tables: id, object, path, update method.

Corresponding fields of several dialects are found in the tables too, so no field is named here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.errors import NotFound
from core.query import Record, state_of
from dialects.shared.dialect import Dialect
from gateway.reference.correspondence import related
from schemas.fields import FieldMap
from schemas.rows import Constant, Field

_ONE = "/clients/{id}"


@dataclass(frozen=True)
class ClientDialect:
    """A dialect that can show and change a client."""

    dialect: Dialect
    fields: FieldMap
    update_method: str

    def id_text(self, client_id: int) -> str:
        """Return a client's id in this dialect."""
        row = next(row for row in self.fields.fields() if row.key == "id")
        return str(row.type.format(client_id))

    def path(self, client_id: int) -> str:
        """Return the path of a client."""
        return self.dialect.prefix + _ONE.replace("{id}", self.id_text(client_id))

    def sees(self, client: Record) -> bool:
        """Return whether the dialect shows a client in this state."""
        return self.dialect.view is None or state_of(client) in self.dialect.view.states

    def show(self, client: Record) -> Any:
        """Return the client as the dialect shows it, or the body of its error."""
        if self.sees(client):
            return self.fields.render(client)
        return orjson.loads(bytes(self.dialect.refuse(NotFound("client")).body))


def client_dialects(dialects: Sequence[Dialect]) -> list[ClientDialect]:
    """Return the dialects that can show and change a client, the shortest prefix first."""
    found = [client_dialect for dialect in dialects if (client_dialect := _client_dialect(dialect)) is not None]
    return sorted(found, key=lambda client_dialect: len(client_dialect.dialect.prefix))


def _client_dialect(dialect: Dialect) -> ClientDialect | None:
    operations = next((path.operations for path in dialect.paths if path.path == _ONE), {})
    for method, operation in operations.items():
        if method in ("PUT", "PATCH") and operation.body is not None and dialect.reference is not None:
            return ClientDialect(dialect, operation.body.of_edition(), method)
    return None


@dataclass(frozen=True)
class Link:
    """A link from a key to the corresponding key of another dialect.

    `here` and `there` are anchors, `group` is common to all of them. `words` describe the target.
    """

    group: int
    here: str
    there: str
    words: str


def links(client_dialects: Sequence[ClientDialect]) -> list[Mapping[str, Link]]:
    """Return, for each dialect, the keys (dots for nested objects) with a counterpart in another one."""
    found: list[dict[str, Link]] = [{} for _ in client_dialects]
    rows = [row for client_dialect in client_dialects for row in client_dialect.fields.rows]
    for group, members in enumerate(related(rows)):
        keys = [_shown_keys(client_dialect.fields, members) for client_dialect in client_dialects]
        for position, mine in enumerate(keys):
            others = [(client_dialects[at], each) for at, each in enumerate(keys) if each and at != position]
            for key in mine if others else ():
                found[position][key] = _link(group, client_dialects[position], key, *others[0])
    return list(found)


def _link(group: int, client_dialect: ClientDialect, key: str, other: ClientDialect, keys: Sequence[str]) -> Link:
    words = f"The same as {', '.join(keys)} in {other.dialect.prefix}"
    return Link(group, _anchor(client_dialect, key), _anchor(other, keys[0]), words)


def _shown_keys(fields: FieldMap, members: Sequence[Any]) -> list[str]:
    return [row.key for row in fields.rows if not isinstance(row, Constant) and row.key and row in members]


def _anchor(client_dialect: ClientDialect, key: str) -> str:
    return f"{client_dialect.dialect.name}-{key}"


def row_of(fields: FieldMap, attribute: str) -> Field | None:
    """Return the row through which an attribute can be changed."""
    return next((row for row in fields.fields() if row.attribute == attribute and "update" in row.on), None)
