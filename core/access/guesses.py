"""Wrong passwords are counted where they come from, and after a few of them nobody gets to try for a while.

The counts are in the database, so that it makes no difference which process hears the next guess, and by its clock. A
guess that is dated later than now was counted while that clock was ahead; it counts no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, exists, or_, select

from core.database.moments import DatabaseNow, Timed
from core.errors import TooManyGuesses
from core.models import password_guesses
from core.text.clock import SECOND, seconds_up

# How many wrong ones are free, from one address and from all together; then every further one doubles the pause.
_FREE, _FREE_IN_ALL = 5, 20
_MAX_PAUSE = 15 * 60 * SECOND
FORGOTTEN_AFTER = 24 * 60 * 60 * SECOND
EVERYWHERE = ""


@dataclass(frozen=True)
class Place:
    """One count: guesses at `subject` from `address`, of which so many are `free`."""

    subject: Any
    address: str
    free: int


class Guesses:
    """Counts in a table whose key is a subject and an address, beside which it has `wrong` and `last_at`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._subject, self._address = tuple(table.primary_key.columns)
        subject = self._subject.name
        self._count = Timed(
            f"INSERT INTO {table.name} ({subject}, address, wrong, last_at) VALUES (:subject, :address, 1, {{now}})"  # noqa: S608 (our own names)
            f" ON CONFLICT ({subject}, address) DO UPDATE SET last_at = {{now}}, wrong = CASE"
            f" WHEN {table.name}.last_at BETWEEN {{now}} - {FORGOTTEN_AFTER} AND {{now}}"
            f" THEN {table.name}.wrong + 1 ELSE 1 END"
        )

    def check(self, connection: Connection, places: Sequence[Place]) -> bool:
        """Whether there were wrong guesses lately. Raises `TooManyGuesses` while nobody may try."""
        free = {(place.subject, place.address): place.free for place in places}
        counted = self._counted(connection, places)
        wait = max((_pause(row.wrong - free[row[0], row[1]]) - row.age for row in counted), default=0)
        if wait > 0:
            raise TooManyGuesses(seconds_up(wait))
        return bool(counted)

    def count(self, connection: Connection, places: Sequence[Place]) -> None:
        """Count a wrong one."""
        for place in places:
            connection.execute(self._count, {"subject": place.subject, "address": place.address})

    def forget(self, connection: Connection, places: Sequence[Place]) -> None:
        """A right one: whoever is there knows the password."""
        connection.execute(delete(self._table).where(self._at(places)))

    def is_any_old(self, connection: Connection) -> bool:
        """Whether `forget_old` would find anything."""
        return bool(connection.execute(select(exists().where(self._is_old()))).scalar())

    def forget_old(self, connection: Connection) -> None:
        """Remove counts that count no more."""
        connection.execute(delete(self._table).where(self._is_old()))

    def _counted(self, connection: Connection, places: Sequence[Place]) -> Sequence[Row[Any, str, int, int]]:
        age = (DatabaseNow() - self._table.c.last_at).label("age")
        columns = select(self._subject, self._address, self._table.c.wrong, age).where(self._at(places))
        return [row for row in connection.execute(columns) if 0 <= row.age <= FORGOTTEN_AFTER]

    def _is_old(self) -> ColumnElement[bool]:
        at = DatabaseNow()
        return or_(self._table.c.last_at < at - FORGOTTEN_AFTER, self._table.c.last_at > at)

    def _at(self, places: Sequence[Place]) -> ColumnElement[bool]:
        return or_(*(and_(self._subject == each.subject, self._address == each.address) for each in places))


_OF_KEYS = Guesses(password_guesses)


def check(connection: Connection, token_id: int, address: str) -> bool:
    """Whether there were wrong guesses with this key lately. Raises `TooManyGuesses` while nobody may try."""
    return _OF_KEYS.check(connection, _places(token_id, address))


def count(connection: Connection, token_id: int, address: str) -> None:
    """Count a wrong one."""
    _OF_KEYS.count(connection, _places(token_id, address))


def forget(connection: Connection, token_id: int, address: str) -> None:
    """A right one: whoever is at this address knows the password."""
    _OF_KEYS.forget(connection, _places(token_id, address))


def _places(token_id: int, address: str) -> Sequence[Place]:
    return Place(token_id, address, _FREE), Place(token_id, EVERYWHERE, _FREE_IN_ALL)


def _pause(beyond: int) -> int:
    return min(_MAX_PAUSE, SECOND << min(beyond, 30)) if beyond >= 0 else 0
