"""Ids and client numbers go on being given out behind those that were imported."""

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, func, select, update

from core.models import companies

_AUTOMATIC = re.compile("[0-9]{4}|[1-9][0-9]{4,8}", re.ASCII)


def count_ids_on(connection: Connection, last: Mapping[str, int]) -> None:
    """Give out no id of these tables up to these. SQLite sees to that by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table, value in last.items():
        sequence = connection.execute(select(func.pg_get_serial_sequence(table, "id"))).scalar_one()
        connection.exec_driver_sql(
            f"SELECT setval('{sequence}', %s) FROM {sequence} WHERE last_value < %s",  # noqa: S608 (the server's own name)
            (value, value),
        )


def count_numbers_on(connection: Connection, company_id: int, numbers: Iterable[str]) -> None:
    """Give out no number up to these, as far as they look as if they had been given out in sequence."""
    behind = max((int(number) + 1 for number in numbers if _AUTOMATIC.fullmatch(number)), default=0)
    mine = (companies.c.id == company_id, companies.c.next_number < behind)
    connection.execute(update(companies).where(*mine).values(next_number=behind))
