"""Companies. Every record belongs to one company, and no company sees the records of another."""

from sqlalchemy import Connection, insert, select, update

from core.access import counters
from core.database.rows import first_row
from core.database.timestamps import next_updated_at
from core.errors import NotFound, Problem, Rejected, Unauthenticated
from core.models import categories, companies
from core.models.operating_records import CompanyRecord
from core.text.clock import now
from core.text.folding import name_key
from core.text.numbering import NumberSequence


def ensure(connection: Connection, name: str) -> int:
    """Return the id of the company of that name. Create the company with its default category if it does not exist."""
    found = connection.execute(select(companies.c.id).where(companies.c.name == name)).scalar()
    if found is not None:
        return int(found)
    at = now()
    values = {"name": name, "created_at": at, "updated_at": at}
    company_id = int(connection.execute(insert(companies).values(values).returning(companies.c.id)).scalar_one())
    counters.add(connection, company_id)
    default = {"name": "Default", "searched": "default", "is_default": True, "created_at": at, "updated_at": at}
    connection.execute(insert(categories).values(company_id=company_id, **default))
    return company_id


def find(connection: Connection, name: str | None) -> int:
    """Return the company of that name, or the only company if no name is given. Raises `NotFound`."""
    statement = select(companies.c.id).order_by(companies.c.id).limit(2)
    if name is not None:
        statement = statement.where(companies.c.name == name)
    ids = connection.execute(statement).scalars().all()
    if len(ids) != 1:
        raise NotFound("company")
    return int(ids[0])


def get(connection: Connection, company_id: int) -> CompanyRecord:
    """Return a company's row. Raises `NotFound`."""
    row = first_row(CompanyRecord, connection, select(companies).where(companies.c.id == company_id))
    if row is None:
        raise NotFound("company")
    return row


def names(connection: Connection) -> list[str]:
    """Return the names of all companies, oldest first."""
    return list(connection.execute(select(companies.c.name).order_by(companies.c.id)).scalars())


def names_by_id(connection: Connection) -> dict[int, str]:
    """Return the names of all companies by their ids."""
    return {row.id: row.name for row in connection.execute(select(companies.c.id, companies.c.name))}


def similar_names(connection: Connection, name: str) -> list[str]:
    """Return the names of companies that differ from this one only in blanks, case or Unicode form."""
    key = name_key(name)
    return [each for each in names(connection) if each != name and name_key(each) == key]


def rename(connection: Connection, company_id: int, name: str) -> None:
    """Rename a company. Raises `Rejected` if another company has that name."""
    holder = connection.execute(select(companies.c.id).where(companies.c.name == name)).scalar()
    if holder == company_id:
        return
    if holder is not None:
        raise Rejected(Problem("name", "taken"))
    mine = companies.c.id == company_id
    connection.execute(update(companies).where(mine).values(name=name, updated_at=next_updated_at(companies)))


def invalidate_renderings(connection: Connection, company_id: int) -> None:
    """Invalidate the renderings of all clients of a company, because something changed that they show."""
    connection.execute(
        update(companies).where(companies.c.id == company_id).values(updated_at=next_updated_at(companies))
    )
    mine = categories.c.company_id == company_id
    connection.execute(update(categories).where(mine).values(unrendered_from=1))


def currency_of(connection: Connection, company_id: int) -> str:
    """Return the company's currency, which applies to clients that have none of their own."""
    return str(connection.execute(select(companies.c.currency_id).where(companies.c.id == company_id)).scalar_one())


def lock(connection: Connection, company_id: int) -> NumberSequence:
    """Lock the company until commit and return its sequence of client numbers.

    Nobody else can take a number or an email of the company meanwhile. Raises `Unauthenticated` if the company has been
    removed.
    """
    found = counters.lock(connection, company_id)
    if found is None:
        raise Unauthenticated
    return found
