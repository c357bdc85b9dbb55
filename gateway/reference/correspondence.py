"""Finds the rows of the dialects' tables that are views of the same stored columns."""

from collections.abc import Callable, Iterable

from core.attribute import Attribute
from core.clients.attributes import attribute_of_client
from schemas.rows import Constant, Field, Many, Row

AttributeOf = Callable[[str], Attribute]


def related(rows: Iterable[Row], attribute_of: AttributeOf = attribute_of_client) -> list[list[Field | Many]]:
    """Return the rows of several dialects' tables of one resource, grouped by the stored columns that they show."""
    gathered: list[list[Field | Many]] = []
    for row in rows:
        if isinstance(row, Constant):
            continue
        together = [group for group in gathered if set(stored(group, attribute_of)) & set(stored([row], attribute_of))]
        gathered = [group for group in gathered if group not in together]
        gathered.append([*(each for group in together for each in group), row])
    return gathered


def stored(rows: Iterable[Field | Many], attribute_of: AttributeOf = attribute_of_client) -> list[str]:
    """Return the columns and children that these rows show."""
    names = [name for row in rows for name in attribute_of(row.attribute).of or (row.attribute,)]
    return list(dict.fromkeys(names))
