"""Categories of clients: /api shows them by id and name, /api/v1 as group settings. Each company has one default."""

from sqlalchemy import Connection, bindparam, insert, select

from core.clock import now
from core.errors import Problem, Rejected
from core.models import categories
from core.prepared import Prepared
from core.query import Record

_MINE = select(categories.c.id).where(categories.c.company_id == bindparam("company"))
_DEFAULT = Prepared(_MINE.where(categories.c.is_default))
_OWN = Prepared(_MINE.where(categories.c.id == bindparam("category")))


def add(connection: Connection, company_id: int, name: str, is_default: bool = False) -> int:
    """Make a category. Raises `Rejected` if the company has one of that name."""
    taken = select(categories.c.id).where(categories.c.company_id == company_id, categories.c.name == name)
    if connection.execute(taken).first():
        raise Rejected(Problem("name", "taken"))
    at = now()
    row = {"company_id": company_id, "name": name, "is_default": is_default, "created_at": at, "updated_at": at}
    return int(connection.execute(insert(categories).values(row).returning(categories.c.id)).scalar_one())


def listed(connection: Connection, company_id: int) -> list[Record]:
    """The company's categories in the order they were made."""
    statement = select(categories).where(categories.c.company_id == company_id).order_by(categories.c.id)
    return [dict(row) for row in connection.execute(statement).mappings()]


def resolve(connection: Connection, company_id: int, category_id: int | None, attribute: str) -> int:
    """The category's id if it is this company's; the default category's for None. Raises `Rejected`."""
    if category_id is None:
        found = _DEFAULT.scalar(connection, company=company_id)
    else:
        found = _OWN.scalar(connection, company=company_id, category=category_id)
    if found is None:
        raise Rejected(Problem(attribute, "exists"))
    return int(found)
