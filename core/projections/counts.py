"""Exact counts of a company's clients in each state, for blocks of ids of several widths.

Counting a million rows for every page of a list would be most of the work of the list. The sums over the widest blocks
are the totals. A far page begins in one block of each width, each inside the one before, so that only a few blocks are
read, and only clients of one narrowest block have to be skipped row by row.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, literal, select, text

from core.database.before_commit import defer
from core.database.chunks import chunked
from core.database.prepared import Prepared
from core.models import client_counts
from core.query import State

WIDTHS = (131072, 8192, 512)  # in ids; the widest first, each a multiple of the next

BEYOND = 2**62  # greater than any id

_NAMES = {state: state.value for state in State}
_counts = {state: client_counts.c[name] for state, name in _NAMES.items()}

_COLUMNS = ("company_id", "width", "block", *_NAMES.values())
_MAX_ROWS = 16 * len(WIDTHS)  # per statement; consecutive clients need only a few
_NONE = [0] * len(_NAMES)
Block = tuple[int, int, int]


@cache
def _add(rows: int) -> Prepared:
    """Return the statement that adds to so many blocks, in the order of the rows, so that writers cannot deadlock."""
    each = (", ".join(f":{name}{at}" for name in _COLUMNS) for at in range(rows))
    return Prepared(
        text(
            f"INSERT INTO client_counts ({', '.join(_COLUMNS)})"  # noqa: S608 (names from above)
            f" VALUES {', '.join(f'({places})' for places in each)}"
            " ON CONFLICT (company_id, width, block) DO UPDATE SET active = client_counts.active + excluded.active,"
            " archived = client_counts.archived + excluded.archived, deleted = client_counts.deleted + excluded.deleted"
        )
    )


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
    f"INSERT INTO client_counts ({', '.join(_COLUMNS)}) SELECT company_id, width, id / width,"  # noqa: S608 (names from above)
    " SUM(CASE WHEN deleted_at = 0 AND archived_at = 0 THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN deleted_at = 0 AND archived_at <> 0 THEN 1 ELSE 0 END),"
    " SUM(CASE WHEN deleted_at <> 0 THEN 1 ELSE 0 END)"
    " FROM clients CROSS JOIN ({widths}) AS widths WHERE company_id = :company GROUP BY company_id, width, id / width"
)


def count_company(connection: Connection, company_id: int) -> None:
    """Count all clients of a company that was copied here and has no counts yet."""
    connection.execute(text(_COUNT_COMPANY.format(widths=_each_width())), {"company": company_id})


def blocks_with_wrong_counts(connection: Connection) -> list[tuple[int, int]]:
    """Return company and first id of every block whose count is wrong, in one snapshot."""
    statement = text(_DISAGREEING.format(widths=_each_width()))
    return [(row.company_id, row.first) for row in connection.execute(statement)]


def _each_width() -> str:
    return " UNION ALL ".join(f"SELECT {width} AS width" for width in WIDTHS)


def move(connection: Connection, company_id: int, client_id: int, before: State | None, after: State | None) -> None:
    """Move a client from one state to another; None stands for a client that does not exist before or after.

    On PostgreSQL it is counted at the end of the transaction, because writers of the same counts wait for each other.
    """
    if before is after:
        return
    by = [(state is after) - (state is before) for state in _NAMES]
    if connection.dialect.name == "sqlite":
        _add_to(connection, {(company_id, width, client_id // width): by for width in WIDTHS})
    else:
        defer(connection, _move_all, (company_id, client_id, by))


def _move_all(connection: Connection, left: list[tuple[int, int, list[int]]]) -> None:
    moved: dict[Block, list[int]] = {}
    for company_id, client_id, by in left:
        for width in WIDTHS:
            block = (company_id, width, client_id // width)
            moved[block] = [sum(each) for each in zip(moved.get(block, _NONE), by, strict=True)]
    for portion in chunked(sorted(moved.items()), _MAX_ROWS):
        _add_to(connection, dict(portion))


def _add_to(connection: Connection, moved: dict[Block, list[int]]) -> None:
    values = {
        f"{name}{at}": value
        for at, (block, by) in enumerate(moved.items())
        for name, value in zip(_COLUMNS, (*block, *by), strict=True)
    }
    _add(len(moved)).run(connection, **values)


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
        """Return the id to start from, and how many clients to skip from there, in order to skip `offset` clients."""
        if offset == 0:
            return (BEYOND if descending else 0), 0
        block, offset = _walk(self._widest, offset, descending)
        if block is None:
            return (0 if descending else BEYOND), 0
        for width, narrower in pairwise(WIDTHS):
            in_it = width // narrower
            block, offset = _walk(self._read(narrower, block * in_it, (block + 1) * in_it), offset, descending)
            assert block is not None, "the counts of all widths agree"
        return ((block + 1) * WIDTHS[-1] - 1 if descending else block * WIDTHS[-1]), offset


def _walk(blocks: Sequence[Sequence[int]], offset: int, descending: bool) -> tuple[int | None, int]:
    """Return the block that contains the client after `offset` others, and how many of those are in the block."""
    for block, count in reversed(blocks) if descending else blocks:
        if offset < count:
            return block, offset
        offset -= count
    return None, 0
