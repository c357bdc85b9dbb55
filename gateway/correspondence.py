"""Which rows of the dialects' tables are views of the same stored columns."""

from collections.abc import Iterable

from core.attributes import attribute_of_client
from schemas.fields import Constant, Field, Many, Row


def related(rows: Iterable[Row]) -> list[list[Field | Many]]:
    """The rows of several dialects' tables of a client, gathered wherever they show the same stored columns."""
    gathered: list[list[Field | Many]] = []
    for row in rows:
        if isinstance(row, Constant):
            continue
        together = [group for group in gathered if set(stored(group)) & set(stored([row]))]
        gathered = [group for group in gathered if group not in together]
        gathered.append([*(each for group in together for each in group), row])
    return gathered


def stored(rows: Iterable[Field | Many]) -> list[str]:
    """The columns and children of a client that these rows show."""
    names = [name for row in rows for name in attribute_of_client(row.attribute).of or (row.attribute,)]
    return list(dict.fromkeys(names))
