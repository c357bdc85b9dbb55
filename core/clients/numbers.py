"""Client numbers: `0001`, `0002`, … per company.

An automatic number is never given to two clients, even after a purge.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, FromClause, Select, bindparam, select, text

from core.access import counters
from core.access.companies import lock
from core.database.deferred import BoundStatement
from core.database.prepared import Prepared
from core.errors import Problem, Rejected
from core.models import clients, retired_numbers
from core.text.numbering import NumberSequence


def _named(table: FromClause) -> Select[Any]:
    mine = table.c.company_id == bindparam("company")
    return select(table.c.number).where(mine, table.c.number == bindparam("number"))


_KNOWN = Prepared(_named(clients).union_all(_named(retired_numbers)))
GIVEN = ("number", "id_number")
"""The columns of numbers that a client may be given, each of which no other client of the company may have."""
# Planned by value: the index of the numbers of identification has only those that are not empty.
_TAKEN = {
    column: Prepared(
        select(clients.c.id).where(
            clients.c.company_id == bindparam("company", type_=BigInteger),
            clients.c[column] == bindparam("value"),
            clients.c.id != bindparam("client", type_=BigInteger),
        ),
        planned_by_value=True,
    )
    for column in GIVEN
}
_RETIRE = Prepared(
    text("INSERT INTO retired_numbers (company_id, number) VALUES (:company, :number) ON CONFLICT DO NOTHING")
)


def allocate(connection: Connection, company_id: int, sequence: NumberSequence) -> str:
    """Return the next automatic number. The caller has locked the company and read its `sequence` (`companies.lock`).

    The number is reserved until commit, so concurrent creates get different numbers.
    """
    counter = sequence.next
    while _KNOWN.all(connection, company=company_id, number=sequence.written(counter)):
        counter += 1
    counters.set_next(connection, company_id, counter + 1)
    return sequence.written(counter)


def next_number_query(company_id: int, sequence: NumberSequence) -> BoundStatement:
    """Return the first query of `allocate`, so that it can be sent ahead."""
    return _KNOWN, {"company": company_id, "number": sequence.written(sequence.next)}


def check_is_free(connection: Connection, company_id: int, column: str, value: str, client_id: int = 0) -> None:
    """Raise `Rejected` if another client of the company has this `number` or `id_number`.

    It is sure to stay free until commit only under `companies.lock`.
    """
    if _TAKEN[column].all(connection, company=company_id, value=value, client=client_id):
        raise Rejected(Problem(column, "taken"))


def uniqueness_queries(company_id: int, changes: Mapping[str, Any], client_id: int) -> list[BoundStatement]:
    """Return the queries of `check_is_free` for the numbers among these changes of a client."""
    values = {"company": company_id, "client": client_id}
    return [(taken, {**values, "value": changes[column]}) for column, taken in _TAKEN.items() if changes.get(column)]


def retire(connection: Connection, company_id: int, number: str) -> None:
    """Reserve a number whose client was removed or has got another one."""
    lock(connection, company_id)
    _RETIRE.run(connection, company=company_id, number=number)
