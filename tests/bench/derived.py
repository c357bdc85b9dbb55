"""The rows that are derived from a client's own: what `core` writes with every change."""

from collections import Counter
from collections.abc import Iterator

from core.projections.counts import WIDTHS
from core.projections.search import searched_texts
from tests.bench import data
from tests.bench.data import COMPANY, Row

COLUMNS = {"client_search": ["client_id", "company_id", "deleted", *searched_texts("", "", ())]}
COUNT_COLUMNS = ["company_id", "width", "block", "active", "archived", "deleted"]


def rows(table: str, first: int, last: int) -> Iterator[Row]:
    """Return the rows of a table for the clients from `first` to `last`, in the order of `COLUMNS`."""
    return _ROWS[table](range(first, last + 1))


def counts(size: int) -> Iterator[Row]:
    """Return the rows of `client_counts` for the clients from 1 to `size`, in the order of `COUNT_COLUMNS`."""
    states = [data.state(client) for client in range(1, size + 1)]
    for width in WIDTHS:
        counted = Counter((client // width, state) for client, state in enumerate(states, start=1))
        for block in range(size // width + 1):
            yield COMPANY, width, block, *(counted[block, state] for state in ("active", "archived", "deleted"))


def _search(numbers: range) -> Iterator[Row]:
    for client in numbers:
        name = data.name(client)
        people = (
            (*person, data.phone(2 * client - 1 + position)) for position, person in enumerate(data.people(client))
        )
        of_people = (text for person in people for text in person)
        rest = (f"{client:04d}", f"REF-{client}", *data.custom_values(client), *of_people)
        yield client, COMPANY, int(data.state(client) == "deleted"), *searched_texts(name, name, rest).values()


_ROWS = {"client_search": _search}
