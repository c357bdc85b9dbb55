"""Client numbers: `0001`, `0002`, … per company.

An automatic number is never given to two clients, even after a purge.
"""

from typing import Any

from sqlalchemy import Connection, FromClause, Select, bindparam, select, text

from core.access import counters
from core.access.companies import lock
from core.database.deferred import Question
from core.database.prepared import Prepared
from core.errors import Problem, Rejected
from core.models import clients, retired_numbers
from core.text.numbering import NumberSequence


def _named(table: FromClause) -> Select[Any]:
    mine = table.c.company_id == bindparam("company")
    return select(table.c.number).where(mine, table.c.number == bindparam("number"))


_KNOWN = Prepared(_named(clients).union_all(_named(retired_numbers)))
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


def next_question(company_id: int, sequence: NumberSequence) -> Question:
    """Return the first query of `allocate`, so that it can be sent ahead."""
    return _KNOWN, {"company": company_id, "number": sequence.written(sequence.next)}


def check_is_free(connection: Connection, company_id: int, column: str, value: str, client_id: int = 0) -> None:
    """Raise `Rejected` if another client of the company has this `number` or `id_number`. Locks the company."""
    lock(connection, company_id)
    mine = clients.c.company_id == company_id
    taken = select(clients.c.id).where(mine, clients.c[column] == value, clients.c.id != client_id)
    if connection.execute(taken).first():
        raise Rejected(Problem(column, "taken"))


def retire(connection: Connection, company_id: int, number: str) -> None:
    """Reserve a number whose client was removed or has got another one."""
    lock(connection, company_id)
    _RETIRE.run(connection, company=company_id, number=number)
