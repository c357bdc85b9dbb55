"""Requests per API key and minute, counted in the database for all processes together.

A process draws a portion of the minute's quota at a time, so that most requests need no statement.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from core.database.prepared import Prepared
from core.database.timestamps import Timed
from core.text.clock import SECOND

MINUTE = 60 * SECOND

# Minutes are those of the database's clock. A process that waited for the row may find that another one has begun
# the next minute; that one counts. A minute in the future was begun when the clock was ahead, and does not count.
_IS_BEGUN = f"request_accounts.minute BETWEEN excluded.minute AND {{now}} / {MINUTE}"
_DRAW = Prepared(
    Timed(
        f"INSERT INTO request_accounts (token_id, minute, used) VALUES (:token, {{now}} / {MINUTE}, :wanted)"  # noqa: S608 (a constant)
        " ON CONFLICT (token_id) DO UPDATE SET"
        f" used = CASE WHEN {_IS_BEGUN} THEN request_accounts.used ELSE 0 END + excluded.used,"
        f" minute = CASE WHEN {_IS_BEGUN} THEN request_accounts.minute ELSE excluded.minute END"
        f" RETURNING minute, used, (minute + 1) * {MINUTE} - {{now}}"
    )
)


@dataclass(frozen=True)
class Portion:
    """A drawn portion of a minute's quota.

    `granted` requests may be served, and `left` more can be drawn in this `minute` (counted since 1970), which ends in
    `lasts` microseconds.
    """

    granted: int
    left: int
    minute: int
    lasts: int


def draw(connection: Connection, token_id: int, limit: int, wanted: int) -> Portion:
    """Take up to `wanted` requests from the key's quota for this minute."""
    minute, used, lasts = _DRAW.all(connection, token=token_id, wanted=wanted)[0]
    before = max(0, limit - (used - wanted))
    granted = min(wanted, before)
    return Portion(granted, before - granted, minute, min(max(0, lasts), MINUTE))
