"""Updates of single rows, prepared for each combination of changed columns."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Table, bindparam, update

from core.database.prepared import Prepared
from core.database.rows import is_row

_MAX_KNOWN = 256  # combinations of columns


class PreparedUpdate:
    """Updates columns of one row of a table; each combination of columns is compiled once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._json = frozenset(column.name for column in table.columns if isinstance(column.type, JSON))
        self._changing = lru_cache(_MAX_KNOWN)(self._compiled)

    def run(self, connection: Connection, company_id: int, row_id: int, values: Mapping[str, Any]) -> None:
        """Set columns of a company's row to these values, by column name."""
        stored = {name: orjson.dumps(value).decode() if name in self._json else value for name, value in values.items()}
        self._changing(tuple(sorted(stored))).run(connection, of_company=company_id, of_row=row_id, **stored)

    def _compiled(self, names: tuple[str, ...]) -> Prepared:
        row = is_row(self._table, bindparam("of_company"), bindparam("of_row"))  # type: ignore[arg-type]
        values = {name: bindparam(name, type_=self._table.c[name].type) for name in names}
        # Not kept: each connection would keep a plan of every combination.
        return Prepared(update(self._table).where(row).values(values), planned_by_value=True)
