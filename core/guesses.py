"""Wrong passwords are counted where they come from, and after a few of them nobody gets to try for a while.

The counts are in the database, so that it makes no difference which process hears the next guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, or_, select, text

from core.clock import now
from core.errors import TooManyGuesses
from core.models import password_guesses

SECOND = 1_000_000

# How many wrong ones are free, from one address and from all together; then every further one doubles the pause.
_FREE, _FREE_IN_ALL = 5, 20
_LONGEST_PAUSE = 15 * 60 * SECOND
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
        self._count = text(
            f"INSERT INTO {table.name} ({subject}, address, wrong, last_at) VALUES (:subject, :address, 1, :at)"  # noqa: S608 (our own names)
            f" ON CONFLICT ({subject}, address) DO UPDATE SET last_at = :at, wrong ="
            f" CASE WHEN {table.name}.last_at < :forgotten THEN 1 ELSE {table.name}.wrong + 1 END"
        )

    def check(self, connection: Connection, places: Sequence[Place]) -> bool:
        """Whether there were wrong guesses lately. Raises `TooManyGuesses` while nobody may try."""
        at = now()
        free = {(place.subject, place.address): place.free for place in places}
        counted = self._counted(connection, places, at)
        wait = max((row.last_at + _pause(row.wrong - free[row[0], row[1]]) - at for row in counted), default=0)
        if wait > 0:
            raise TooManyGuesses(-(-wait // SECOND))
        return bool(counted)

    def count(self, connection: Connection, places: Sequence[Place]) -> None:
        """Count a wrong one."""
        at = now()
        for place in places:
            values = {"subject": place.subject, "address": place.address, "at": at, "forgotten": at - FORGOTTEN_AFTER}
            connection.execute(self._count, values)

    def forget(self, connection: Connection, places: Sequence[Place]) -> None:
        """A right one: whoever is there knows the password."""
        connection.execute(delete(self._table).where(self._at(places)))

    def _counted(self, connection: Connection, places: Sequence[Place], at: int) -> Sequence[Row[Any, str, int, int]]:
        columns = select(self._subject, self._address, self._table.c.wrong, self._table.c.last_at)
        lately = self._table.c.last_at >= at - FORGOTTEN_AFTER
        return connection.execute(columns.where(self._at(places), lately)).all()

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
    return min(_LONGEST_PAUSE, SECOND << min(beyond, 30)) if beyond >= 0 else 0
