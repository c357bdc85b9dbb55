"""Collisions that prevent copying a company into a register: ids that are taken, and values that must be unique.

Ids are never changed by a copy: both dialects show them, integrations store them, and stored answers, activities and
messages contain them.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Column, Connection, Table, func, select

from core.database.chunks import chunked
from core.models import companies, contacts, metadata, sessions, tokens
from core.operations.copying.rows import Part

_MAX_NAMED = 10
_UNIQUE: Sequence[tuple[str, Column[str], Column[object]]] = (
    ("the name of company", companies.c.name, companies.c.id),
    ("the secret of tokens", tokens.c.digest, tokens.c.id),
    ("the contact_key of contacts", contacts.c.contact_key, contacts.c.id),
    ("the sessions of users", sessions.c.digest, sessions.c.user_id),
)
"""Unique values: their description, their column, and the column by which a message identifies the row."""


def find_collisions(source: Connection, target: Connection, parts: Mapping[Table, Part]) -> list[str]:
    """Return descriptions of the rows in these parts of the source that collide with the target: `clients 3, 4, 5`."""
    taken: dict[str, Sequence[object]] = {}
    taken |= {table.name: _taken_ids(source, target, table, part) for table, part in parts.items() if "id" in table.c}
    for what, column, named_by in _UNIQUE:
        taken[what] = _taken_values(source, target, column, named_by, parts[metadata.tables[column.table.name]])
    return [f"{what} {_enumerated(ids)}" for what, ids in taken.items() if ids]


def last_ids(source: Connection, parts: Mapping[Table, Part]) -> dict[str, int]:
    """Return the highest id of each table's part that has any."""
    highest = {table.name: _bounds(source, table, part)[1] for table, part in parts.items() if "id" in table.c}
    return {name: value for name, value in highest.items() if value}


def _taken_ids(source: Connection, target: Connection, table: Table, part: Part) -> list[int]:
    first, last = _bounds(source, table, part)
    between = table.c.id.between(first, last)
    if not last or target.execute(select(table.c.id).where(between).limit(1)).first() is None:
        return []
    mine = source.execute(select(table.c.id).where(*part.conditions).order_by(table.c.id)).scalars().all()
    return [
        known
        for some in chunked(mine)
        for known in target.execute(select(table.c.id).where(table.c.id.in_(some)).order_by(table.c.id)).scalars()
    ]


def _bounds(source: Connection, table: Table, part: Part) -> tuple[int, int]:
    lowest, highest = source.execute(select(func.min(table.c.id), func.max(table.c.id)).where(*part.conditions)).one()
    return lowest or 0, highest or 0


def _taken_values(
    source: Connection, target: Connection, column: Column[str], named_by: Column[object], part: Part
) -> list[object]:
    mine: dict[str, object] = {
        row[0]: row[1] for row in source.execute(select(column, named_by).where(*part.conditions))
    }
    return [
        mine[known]
        for some in chunked(list(mine))
        for known in target.execute(select(column).where(column.in_(some))).scalars()
    ]


def _enumerated(ids: Sequence[object]) -> str:
    named = ", ".join(map(str, ids[:_MAX_NAMED]))
    return f"{named} and {len(ids) - _MAX_NAMED} more" if len(ids) > _MAX_NAMED else named
