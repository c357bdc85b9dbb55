"""Wrong passwords, counted by the address they come from. After a few of them, attempts are refused for a while.

The counts are in the database, so all processes share them, and times are those of its clock. A count dated in the
future was written while that clock was ahead, and counts as expired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, exists, or_, select

from core.database.timestamps import DatabaseNow, Timed
from core.errors import TooManyGuesses
from core.models import password_guesses
from core.text.clock import SECOND, seconds_up

# The number of wrong passwords without a pause, from one address and from all addresses. Each further one doubles the
# pause.
_FREE, _FREE_IN_TOTAL = 5, 20
_MAX_PAUSE = 15 * 60 * SECOND
RESET_AFTER = 24 * 60 * 60 * SECOND
EVERYWHERE = ""


@dataclass(frozen=True)
class Counter:
    """A count of guesses at `subject` from `address`. The first `free` guesses cause no pause."""

    subject: Any
    address: str
    free: int


class Guesses:
    """Counts of wrong guesses in a table whose key is a subject and an address (columns `wrong` and `last_at`)."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._subject, self._address = tuple(table.primary_key.columns)
        subject = self._subject.name
        self._count = Timed(
            f"INSERT INTO {table.name} ({subject}, address, wrong, last_at) VALUES (:subject, :address, 1, {{now}})"  # noqa: S608 (our own names)
            f" ON CONFLICT ({subject}, address) DO UPDATE SET last_at = {{now}}, wrong = CASE"
            f" WHEN {table.name}.last_at BETWEEN {{now}} - {RESET_AFTER} AND {{now}}"
            f" THEN {table.name}.wrong + 1 ELSE 1 END"
        )

    def check(self, connection: Connection, counters: Sequence[Counter]) -> bool:
        """Return whether there were wrong guesses recently. Raises `TooManyGuesses` while attempts are refused."""
        free = {(counter.subject, counter.address): counter.free for counter in counters}
        counted = self._counted(connection, counters)
        wait = max((_pause(row.wrong - free[row[0], row[1]]) - row.age for row in counted), default=0)
        if wait > 0:
            raise TooManyGuesses(seconds_up(wait))
        return bool(counted)

    def count(self, connection: Connection, counters: Sequence[Counter]) -> None:
        """Count a wrong guess."""
        for counter in counters:
            connection.execute(self._count, {"subject": counter.subject, "address": counter.address})

    def reset(self, connection: Connection, counters: Sequence[Counter]) -> None:
        """Reset the counts after a correct password."""
        connection.execute(delete(self._table).where(self._counter_condition(counters)))

    def is_any_old(self, connection: Connection) -> bool:
        """Return whether `delete_old` would find anything."""
        return bool(connection.execute(select(exists().where(self._is_old()))).scalar())

    def delete_old(self, connection: Connection) -> None:
        """Remove expired counts."""
        connection.execute(delete(self._table).where(self._is_old()))

    def _counted(self, connection: Connection, counters: Sequence[Counter]) -> Sequence[Row[Any, str, int, int]]:
        age = (DatabaseNow() - self._table.c.last_at).label("age")
        columns = select(self._subject, self._address, self._table.c.wrong, age).where(
            self._counter_condition(counters)
        )
        return [row for row in connection.execute(columns) if 0 <= row.age <= RESET_AFTER]

    def _is_old(self) -> ColumnElement[bool]:
        at = DatabaseNow()
        return or_(self._table.c.last_at < at - RESET_AFTER, self._table.c.last_at > at)

    def _counter_condition(self, counters: Sequence[Counter]) -> ColumnElement[bool]:
        return or_(*(and_(self._subject == each.subject, self._address == each.address) for each in counters))


_OF_KEYS = Guesses(password_guesses)


def check(connection: Connection, token_id: int, address: str) -> bool:
    """Return whether there were wrong guesses with this key recently.

    Raises `TooManyGuesses` while they are refused.
    """
    return _OF_KEYS.check(connection, _counters(token_id, address))


def count(connection: Connection, token_id: int, address: str) -> None:
    """Count a wrong guess."""
    _OF_KEYS.count(connection, _counters(token_id, address))


def reset(connection: Connection, token_id: int, address: str) -> None:
    """Reset the counts of this key and address after a correct password."""
    _OF_KEYS.reset(connection, _counters(token_id, address))


def _counters(token_id: int, address: str) -> Sequence[Counter]:
    return Counter(token_id, address, _FREE), Counter(token_id, EVERYWHERE, _FREE_IN_TOTAL)


def _pause(beyond: int) -> int:
    return min(_MAX_PAUSE, SECOND << min(beyond, 30)) if beyond >= 0 else 0
