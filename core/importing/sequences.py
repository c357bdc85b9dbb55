"""Advances the sequences of ids and client numbers beyond those that were imported."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, func, select

from core.access import companies, counters
from core.models import clients
from core.text.numbering import NumbersSeen


def advance_id_sequences(connection: Connection, last: Mapping[str, int]) -> None:
    """Advance the id sequences of these tables beyond these ids. SQLite does that by itself."""
    if connection.dialect.name == "sqlite":
        return
    for name, value in last.items():
        sequence = connection.execute(select(func.pg_get_serial_sequence(name, "id"))).scalar_one()
        connection.exec_driver_sql(
            f"SELECT setval('{sequence}', %s) FROM {sequence}"  # noqa: S608 (the server's own name)
            " WHERE last_value < %s OR (last_value = %s AND NOT is_called)",  # an unused sequence has the value 1 too
            (value, value, value),
        )


def advance_numbers(connection: Connection, company_id: int, numbers: Iterable[str]) -> None:
    """Advance the number sequence beyond these numbers, as far as they look like numbers of a sequence."""
    sequence = companies.lock(connection, company_id)
    next_number = max((value + 1 for number in numbers if (value := sequence.value_of(number)) is not None), default=0)
    set_next_number(connection, company_id, next_number)


def set_next_number(connection: Connection, company_id: int, value: int) -> None:
    """Advance the company's number sequence to this number, unless it is already beyond it."""
    counters.set_at_least(connection, company_id, value)


def continue_numbers(connection: Connection, company_id: int, seen: NumbersSeen) -> None:
    """Continue the source's number sequence: after its last number, with its digits, prefix and suffix.

    The company's own format stays if more of its clients have that.
    """
    sequence, count = seen.sequence()
    present = companies.lock(connection, company_id)
    mine = clients.c.company_id == company_id
    if 2 * count < connection.execute(select(func.count()).select_from(clients).where(mine)).scalar_one():
        return
    if replace(present, next=sequence.next) == sequence:
        set_next_number(connection, company_id, sequence.next)
        return
    counters.set_sequence(connection, company_id, sequence)
