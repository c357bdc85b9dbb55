"""Custom fields of clients. The first four defined are /api/v1's `custom_value1` to `custom_value4`."""

from itertools import count

from sqlalchemy import Connection, bindparam, insert, select

from core.database.prepared import Prepared
from core.errors import Problem, Rejected
from core.models import custom_fields
from core.query import Record
from core.text.clock import now

_NAMES = [column.name for column in custom_fields.columns]
_MINE = custom_fields.c.company_id == bindparam("company")
_LISTED = Prepared(select(custom_fields).where(_MINE).order_by(custom_fields.c.position))


def add(connection: Connection, company_id: int, name: str, title: str, required: bool) -> Record:
    """Define a field at the first free position. Raises `Rejected` if the company has one of that name."""
    mine = custom_fields.c.company_id == company_id
    if connection.execute(select(custom_fields.c.id).where(mine, custom_fields.c.name == name)).first():
        raise Rejected(Problem("name", "taken"))
    taken = set(connection.execute(select(custom_fields.c.position).where(mine)).scalars())
    free = next(position for position in count(1) if position not in taken)
    row = {"company_id": company_id, "name": name, "title": title or name, "position": free, "required": required}
    connection.execute(insert(custom_fields).values(**row, created_at=now()))
    return row


def list_all(connection: Connection, company_id: int) -> list[Record]:
    """Return the company's fields by position, which is the number of the custom value that each one names."""
    return [dict(zip(_NAMES, row, strict=True)) for row in _LISTED.all(connection, company=company_id)]
