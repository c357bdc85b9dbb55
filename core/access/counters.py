"""The counter of a company's client numbers. Its row is also the lock by which the company's writers take turns.

The counter is a column of `companies`. A distributed register has that table on every node, and locking a row of it
would lock it on all of them. There the counter is in a table of its own, on the node that has the company's clients.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, TableClause, bindparam, insert, select, update

from core.database.distribution import COUNTERS
from core.database.postgresql import is_distributed
from core.database.prepared import Prepared
from core.database.transaction_facts import facts_of
from core.models import companies
from core.text.numbering import NumberSequence

_SEQUENCE = "the number sequence of a company"
_COMPANY = bindparam("company", type_=BigInteger)
_FORM = tuple(companies.c[name] for name in ("number_prefix", "number_suffix", "number_width"))
# This lock does not wait for inserts of rows that refer to the company: a foreign key locks the row it points to.
_LOCK = Prepared(
    select(companies.c.next_number, *_FORM).where(companies.c.id == _COMPANY).with_for_update(key_share=True)
)
_LOCK_DISTRIBUTED = Prepared(
    select(COUNTERS.c.next_number, *_FORM)
    .join_from(COUNTERS, companies, companies.c.id == COUNTERS.c.company_id)
    .where(COUNTERS.c.company_id == _COMPANY)
    .with_for_update(key_share=True, of=COUNTERS)
)
_NEXT = bindparam("next", type_=BigInteger)
_SET = Prepared(update(companies).where(companies.c.id == _COMPANY).values(next_number=_NEXT))
_SET_DISTRIBUTED = Prepared(update(COUNTERS).where(COUNTERS.c.company_id == _COMPANY).values(next_number=_NEXT))


def lock(connection: Connection, company_id: int) -> NumberSequence | None:
    """Lock the company until commit and return its number sequence; None if there is no such company.

    If the transaction has locked it before, no statement is executed.
    """
    facts, fact = facts_of(connection), (_SEQUENCE, company_id)
    if fact not in facts:
        lock_row = _LOCK_DISTRIBUTED if is_distributed(connection) else _LOCK
        found: Sequence[Sequence[Any]] = lock_row.all(connection, company=company_id)
        if not found:
            return None
        facts[fact] = NumberSequence(*found[0])
    sequence: NumberSequence = facts[fact]
    return sequence


def add(connection: Connection, company_id: int) -> None:
    """Create the counter of a new company."""
    if is_distributed(connection):
        connection.execute(insert(COUNTERS).values(company_id=company_id, next_number=1))


def set_next(connection: Connection, company_id: int, number: int) -> None:
    """Set the next number of a company, which the caller has locked."""
    (_SET_DISTRIBUTED if is_distributed(connection) else _SET).run(connection, company=company_id, next=number)
    facts, fact = facts_of(connection), (_SEQUENCE, company_id)
    if fact in facts:
        facts[fact] = replace(facts[fact], next=number)


def set_sequence(connection: Connection, company_id: int, sequence: NumberSequence) -> None:
    """Set the format and the next number of a company, which the caller has locked."""
    form = {f"number_{name}": getattr(sequence, name) for name in ("prefix", "suffix", "width")}
    connection.execute(update(companies).where(companies.c.id == company_id).values(form))
    set_next(connection, company_id, sequence.next)
    facts_of(connection)[_SEQUENCE, company_id] = sequence


def set_at_least(connection: Connection, company_id: int, number: int) -> None:
    """Set the next number of a company unless the counter is already beyond it."""
    table, mine = _table_and_row(connection, company_id)
    connection.execute(update(table).where(mine, table.c.next_number < number).values(next_number=number))
    facts_of(connection).pop((_SEQUENCE, company_id), None)


def next_number(connection: Connection, company_id: int) -> int:
    """Return the number that the company's next client gets if nobody has it yet."""
    table, mine = _table_and_row(connection, company_id)
    return int(connection.execute(select(table.c.next_number).where(mine)).scalar_one())


def _table_and_row(connection: Connection, company_id: int) -> tuple[TableClause, ColumnElement[bool]]:
    """Return the table of the counters, and the condition for the row of a company."""
    if is_distributed(connection):
        return COUNTERS, COUNTERS.c.company_id == company_id
    return companies, companies.c.id == company_id
