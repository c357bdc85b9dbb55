"""How many clients a company has in each state, kept exactly, for every block of ids of a few widths.

Counting a million rows for every page of a list would be most of the work of the list. The sums over the widest blocks
are the totals. A far page begins in one block of each width, each inside the one before, so that a few blocks are
looked at and only the clients of a narrowest one have to be skipped row by row.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, literal, select, text

from core.database.before_commit import leave
from core.database.prepared import Prepared, array_of
from core.models import client_counts
from core.query import State

WIDTHS = (131072, 8192, 512)  # ids; the widest first, each a multiple of the next

BEYOND = 2**62  # no id is as large

_NAMES = {state: state.value for state in State}
_counts = {state: client_counts.c[name] for state, name in _NAMES.items()}

_PLACES = [(f"width{at}", f"block{at}") for at in range(len(WIDTHS))]
_ROWS = ", ".join(f"(:company, :{width}, :{block}, :active, :archived, :deleted)" for width, block in _PLACES)
_INSERT = "INSERT INTO client_counts (company_id, width, block, active, archived, deleted)"
_ADDING = (
    " ON CONFLICT (company_id, width, block) DO UPDATE SET active = client_counts.active + excluded.active,"
    " archived = client_counts.archived + excluded.archived, deleted = client_counts.deleted + excluded.deleted"
)
_MOVE = Prepared(text(f"{_INSERT} VALUES {_ROWS}{_ADDING}"))
_ARRAYS = ", ".join(
    f"CAST(:{name} AS bigint[])" for name in ("companies", "widths", "blocks", "active", "archived", "deleted")
)
# In the order of the rows, so that no two wait for each other.
_MOVE_ALL = Prepared(text(f"{_INSERT} SELECT * FROM unnest({_ARRAYS}) AS moved{_ADDING}"))  # noqa: S608


@lru_cache
def _blocks(states: frozenset[State]) -> Prepared:
    count: ColumnElement[int] = sum((_counts[state] for state in states), start=literal(0))
    of_width = (
        client_counts.c.company_id == bindparam("company", type_=BigInteger),
        client_counts.c.width == bindparam("width", type_=BigInteger),
        client_counts.c.block >= bindparam("first", type_=BigInteger),
        client_counts.c.block < bindparam("end", type_=BigInteger),
    )
    return Prepared(select(client_counts.c.block, count).where(*of_width).order_by(client_counts.c.block))


_DISAGREEING = (
    "SELECT DISTINCT company_id, block * width AS first FROM ("
    "SELECT company_id, width, block, active, archived, deleted FROM client_counts"
    " UNION ALL "
    "SELECT company_id, width, id / width,"
    " CASE WHEN deleted_at = 0 AND archived_at = 0 THEN -1 ELSE 0 END,"
    " CASE WHEN deleted_at = 0 AND archived_at <> 0 THEN -1 ELSE 0 END,"
    " CASE WHEN deleted_at <> 0 THEN -1 ELSE 0 END"
    " FROM clients CROSS JOIN ({widths}) AS widths"
    ") AS counted GROUP BY company_id, width, block"
    " HAVING sum(active) <> 0 OR sum(archived) <> 0 OR sum(deleted) <> 0 ORDER BY company_id, first"
)

_COUNT_COMPANY = (
    f"{_INSERT} SELECT company_id, width, id / width,"  # noqa: S608 (names from above)
    " SUM(CASE WHEN deleted_at = 0 AND archived_at = 0 THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN deleted_at = 0 AND archived_at <> 0 THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN deleted_at <> 0 THEN 1 ELSE 0 END)"
    " FROM clients CROSS JOIN ({widths}) AS widths WHERE company_id = :company GROUP BY company_id, width, id / width"
)


def count_company(connection: Connection, company_id: int) -> None:
    """Count all clients of a company that was brought here whole, and has no counts yet."""
    connection.execute(text(_COUNT_COMPANY.format(widths=_each_width())), {"company": company_id})


def disagreeing(connection: Connection) -> list[tuple[int, int]]:
    """Company and first id of every block whose count is not the number of clients there; one look at one moment."""
    statement = text(_DISAGREEING.format(widths=_each_width()))
    return [(row.company_id, row.first) for row in connection.execute(statement)]


def _each_width() -> str:
    return " UNION ALL ".join(f"SELECT {width} AS width" for width in WIDTHS)


def move(connection: Connection, company_id: int, client_id: int, before: State | None, after: State | None) -> None:
    """A client goes from one state to another; None is before it was made or after it is gone.

    On PostgreSQL it is counted at the end of the transaction, since everybody who counts waits for it.
    """
    if before is after:
        return
    by = {name: (state is after) - (state is before) for state, name in _NAMES.items()}
    if connection.dialect.name == "sqlite":
        for (of_width, of_block), width in zip(_PLACES, WIDTHS, strict=True):
            by[of_width], by[of_block] = width, client_id // width
        _MOVE.run(connection, company=company_id, **by)
    else:
        leave(connection, _move_all, (company_id, client_id, by))


def _move_all(connection: Connection, left: list[tuple[int, int, dict[str, int]]]) -> None:
    moved: Counter[tuple[int, int, int, str]] = Counter()
    for company_id, client_id, by in left:
        for width in WIDTHS:
            for name, more in by.items():
                moved[company_id, width, client_id // width, name] += more
    blocks = sorted({each[:3] for each in moved})
    values = {name: array_of(moved[*block, name] for block in blocks) for name in _NAMES.values()}
    places = dict(zip(("companies", "widths", "blocks"), map(array_of, zip(*blocks, strict=True)), strict=True))
    _MOVE_ALL.run(connection, **places, **values)


class Counts:
    """A company's counts of clients in these states."""

    def __init__(self, connection: Connection, company_id: int, states: frozenset[State]) -> None:
        self._connection = connection
        self._company_id = company_id
        self._blocks = _blocks(states)
        self._widest = self._read(WIDTHS[0], 0, BEYOND)
        self.total = sum([count for _, count in self._widest])

    def _read(self, width: int, first: int, end: int) -> Sequence[Sequence[int]]:
        return self._blocks.presumed(self._connection, company=self._company_id, width=width, first=first, end=end)

    def skip(self, offset: int, descending: bool) -> tuple[int, int]:
        """The id to start from in id order, and how many clients to skip from there, to leave out `offset` of them."""
        if offset == 0:
            return (BEYOND if descending else 0), 0
        block, offset = _walk(self._widest, offset, descending)
        if block is None:
            return (0 if descending else BEYOND), 0
        for width, narrower in pairwise(WIDTHS):
            in_it = width // narrower
            block, offset = _walk(self._read(narrower, block * in_it, (block + 1) * in_it), offset, descending)
            assert block is not None, "the counts of all widths are written together"
        return ((block + 1) * WIDTHS[-1] - 1 if descending else block * WIDTHS[-1]), offset


def _walk(blocks: Sequence[Sequence[int]], offset: int, descending: bool) -> tuple[int | None, int]:
    """The block in which the client after `offset` others stands, and how many of them stand in it before."""
    for block, count in reversed(blocks) if descending else blocks:
        if offset < count:
            return block, offset
        offset -= count
    return None, 0
