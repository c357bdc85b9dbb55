"""Renders a register in advance, as the walk of `core.rendering_walk` does, on several cores at once."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from core import records, renderings
from core.database import Database
from core.models import client_renderings, rendering_walks
from core.renderings import View
from gateway.app import dialects
from gateway.settings import Settings
from tests.bench.data import Row

COLUMNS = [column.name for column in client_renderings.columns]
WALK_COLUMNS = [column.name for column in rendering_walks.columns]

_PROCESSES = 2
_CHUNK = 2000


def views(public_url: str) -> list[View]:
    """The views of a gateway at that URL."""
    spoken = dialects(Settings(public_url=public_url))
    return [dialect.view for dialect in spoken if dialect.view]


def rows(url: str, size: int, public_url: str) -> Iterator[Row]:
    """The rows of `client_renderings` for clients 1 to `size`, which are in the register already."""
    starts = range(0, size, _CHUNK)
    with ProcessPoolExecutor(_PROCESSES) as pool:
        for found in pool.map(_rendered, [url] * len(starts), [public_url] * len(starts), starts):
            yield from found


def finished_walks(size: int, public_url: str) -> list[Row]:
    """The rows of `rendering_walks` that go with them."""
    return [(view.name, view.maker, size, True) for view in views(public_url)]


def _rendered(url: str, public_url: str, after: int) -> list[Row]:
    database = Database(url, threads=1)
    try:
        found = database.read_now(lambda connection: records.following(connection, after, _CHUNK))
    finally:
        database.close()
    return [tuple(row[name] for name in COLUMNS) for view in views(public_url) for row in renderings.rows(view, found)]
