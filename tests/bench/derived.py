"""The rows that the register derives from a client's own: what `core` writes beside every change."""

from collections import Counter
from collections.abc import Iterator

from core.counts import BLOCK
from core.models import metadata
from tests.bench import data
from tests.bench.data import COMPANY, Row

COLUMNS = {"client_counts": ("company_id", "block", "active", "archived", "deleted")}


def counts(size: int) -> Iterator[Row]:
    """The rows of `client_counts` for the clients from 1 to `size`."""
    counted = Counter((client // BLOCK, data.state(client)) for client in range(1, size + 1))
    for block in range(size // BLOCK + 1):
        yield COMPANY, block, *(counted[block, state] for state in ("active", "archived", "deleted"))


ROWS = {"client_counts": counts}

if "client_search" in metadata.tables:
    from core.search import searched_texts

    def search(size: int) -> Iterator[Row]:
        """The rows of `client_search` for the clients from 1 to `size`."""
        for client in range(1, size + 1):
            name = data.name(client)
            of_people = (text for person in data.people(client) for text in person)
            rest = (f"{client:04d}", f"REF-{client}", *data.custom_values(client), *of_people)
            texts = searched_texts(name, name, rest)
            yield client, COMPANY, texts["shown_name"], texts["name"], texts["rest"]

    COLUMNS["client_search"] = ("client_id", "company_id", "shown_name", "name", "rest")
    ROWS["client_search"] = search
