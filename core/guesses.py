"""Wrong passwords are counted by API key and address, and after a few of them nobody gets to try for a while.

The counts are in the database, so that it makes no difference which process hears the next guess.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, delete, select, text

from core.clock import now
from core.errors import TooManyGuesses
from core.models import password_guesses as guesses

SECOND = 1_000_000

# How many wrong ones are free, from one address and from all together; then every further one doubles the pause.
_FREE, _FREE_IN_ALL = 5, 20
_LONGEST_PAUSE = 15 * 60 * SECOND
_FORGOTTEN_AFTER = 24 * 60 * 60 * SECOND
_EVERYWHERE = ""

_COUNT = text(
    "INSERT INTO password_guesses (token_id, address, wrong, last_at) VALUES (:token, :address, 1, :at)"
    " ON CONFLICT (token_id, address) DO UPDATE SET last_at = :at, wrong ="
    " CASE WHEN password_guesses.last_at < :forgotten THEN 1 ELSE password_guesses.wrong + 1 END"
)


def check(connection: Connection, token_id: int, address: str) -> bool:
    """Whether there were wrong guesses lately. Raises `TooManyGuesses` while nobody may try."""
    at = now()
    counted = _counted(connection, token_id, address, at)
    wait = max((row.last_at + _pause(row) - at for row in counted), default=0)
    if wait > 0:
        raise TooManyGuesses(-(-wait // SECOND))
    return bool(counted)


def count(connection: Connection, token_id: int, address: str) -> None:
    """Count a wrong one."""
    at = now()
    for place in (address, _EVERYWHERE):
        values = {"token": token_id, "address": place, "at": at, "forgotten": at - _FORGOTTEN_AFTER}
        connection.execute(_COUNT, values)


def forget(connection: Connection, token_id: int, address: str) -> None:
    """A right one: whoever is at this address knows the password."""
    places = (address, _EVERYWHERE)
    connection.execute(delete(guesses).where(guesses.c.token_id == token_id, guesses.c.address.in_(places)))


def _counted(connection: Connection, token_id: int, address: str, at: int) -> Sequence[Row[str, int, int]]:
    columns = select(guesses.c.address, guesses.c.wrong, guesses.c.last_at)
    mine = columns.where(guesses.c.token_id == token_id, guesses.c.address.in_((address, _EVERYWHERE)))
    return connection.execute(mine.where(guesses.c.last_at >= at - _FORGOTTEN_AFTER)).all()


def _pause(row: Row[str, int, int]) -> int:
    beyond = row.wrong - (_FREE_IN_ALL if row.address == _EVERYWHERE else _FREE)
    return min(_LONGEST_PAUSE, SECOND << min(beyond, 30)) if beyond >= 0 else 0
