"""How many clients a company has in each state, kept exactly, a row for every block of ids.

Counting a million rows for every page of a list would be most of the work of the list. The sums of these rows are the
totals, and they tell in which block of ids a far page begins, so that only one block has to be skipped row by row.
"""

from sqlalchemy import BigInteger, Connection, bindparam, select, text

from core.models import client_counts
from core.prepared import Prepared
from core.query import State

BLOCK = 2048

_counts = {state: client_counts.c[state.value] for state in State}

_MOVE = Prepared(
    text(
        "INSERT INTO client_counts (company_id, block, active, archived, deleted)"
        " VALUES (:company, :block, :active, :archived, :deleted)"
        " ON CONFLICT (company_id, block) DO UPDATE SET active = client_counts.active + excluded.active,"
        " archived = client_counts.archived + excluded.archived, deleted = client_counts.deleted + excluded.deleted"
    )
)

_BLOCKS = Prepared(
    select(client_counts.c.block, *_counts.values())
    .where(client_counts.c.company_id == bindparam("company", type_=BigInteger))
    .order_by(client_counts.c.block)
)

_DISAGREEING = text(
    "SELECT company_id, block FROM ("
    "SELECT company_id, block, active, archived, deleted FROM client_counts"
    " UNION ALL "
    "SELECT company_id, id / :block_size,"
    " CASE WHEN deleted_at = 0 AND archived_at = 0 THEN -1 ELSE 0 END,"
    " CASE WHEN deleted_at = 0 AND archived_at <> 0 THEN -1 ELSE 0 END,"
    " CASE WHEN deleted_at <> 0 THEN -1 ELSE 0 END FROM clients"
    ") AS counted GROUP BY company_id, block HAVING sum(active) <> 0 OR sum(archived) <> 0 OR sum(deleted) <> 0"
    " ORDER BY company_id, block"
).bindparams(bindparam("block_size", BLOCK, literal_execute=True))


def disagreeing(connection: Connection) -> list[tuple[int, int]]:
    """Company and block of every count that is not the number of clients there; one look at one moment."""
    return [(row.company_id, row.block) for row in connection.execute(_DISAGREEING)]


def move(connection: Connection, company_id: int, client_id: int, before: State | None, after: State | None) -> None:
    """A client goes from one state to another; None is before it was made or after it is gone."""
    change = {state.value: (state is after) - (state is before) for state in State}
    if any(change.values()):
        _MOVE.run(connection, company=company_id, block=client_id // BLOCK, **change)


class Counts:
    """A company's counts, read once."""

    def __init__(self, connection: Connection, company_id: int, states: frozenset[State]) -> None:
        wanted = [position for position, state in enumerate(_counts, start=1) if state in states]
        rows = _BLOCKS.all(connection, company=company_id)
        self._blocks = [(row[0], sum(row[position] for position in wanted)) for row in rows]

    @property
    def total(self) -> int:
        """The number of clients."""
        return sum(count for _, count in self._blocks)

    def skip(self, offset: int, descending: bool) -> tuple[int, int]:
        """The id to start from in id order, and how many clients to skip from there, to leave out `offset` of them."""
        blocks = reversed(self._blocks) if descending else self._blocks
        for block, count in blocks:
            if offset < count:
                return ((block + 1) * BLOCK - 1 if descending else block * BLOCK), offset
            offset -= count
        return (0 if descending else 2**62), 0
