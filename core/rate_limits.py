"""How many requests an API key may make in a minute, counted in the database for all processes together.

A process draws a portion of the minute's account at a time, so that most requests cost no look at the database.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from core.prepared import Prepared

SECOND = 1_000_000
MINUTE = 60 * SECOND

# A process whose clock is behind counts in the minute that others have begun.
_DRAW = Prepared(
    text(
        "INSERT INTO request_accounts (token_id, minute, used) VALUES (:token, :minute, :wanted)"
        " ON CONFLICT (token_id) DO UPDATE SET"
        " used = CASE WHEN request_accounts.minute < excluded.minute THEN 0 ELSE request_accounts.used END"
        " + excluded.used,"
        " minute = CASE WHEN request_accounts.minute < excluded.minute THEN excluded.minute"
        " ELSE request_accounts.minute END"
        " RETURNING minute, used"
    )
)


@dataclass(frozen=True)
class Portion:
    """Requests `granted` of the `left` ones, which are none's then; the minute is over at `ends_at` (microseconds)."""

    granted: int
    left: int
    ends_at: int


def draw(connection: Connection, token_id: int, limit: int, wanted: int, at: int) -> Portion:
    """Take up to `wanted` requests from the account that a key has for the minute of `at` (microseconds)."""
    minute, used = _DRAW.all(connection, token=token_id, minute=at // MINUTE, wanted=wanted)[0]
    before = max(0, limit - (used - wanted))
    granted = min(wanted, before)
    return Portion(granted, before - granted, (minute + 1) * MINUTE)
