"""Renders a register in advance, as `core.clients.rendering_backfill` does."""

from functools import cache
from operator import itemgetter

from core.clients import records
from core.database.database import Database
from core.models import client_renderings, rendering_walks
from core.projections import renderings
from core.view import View
from gateway.app import dialects
from gateway.settings import Settings
from tests.bench.data import Row

COLUMNS = [column.name for column in client_renderings.columns if column.name != "body"]
WALK_COLUMNS = [column.name for column in rendering_walks.columns]

_row = itemgetter(*COLUMNS)


@cache
def views(public_url: str) -> list[View]:
    """Return the views of a gateway at that URL."""
    enabled_dialects = dialects(Settings(public_url=public_url))
    return [dialect.view for dialect in enabled_dialects if dialect.view]


def rows(url: str, public_url: str, first: int, last: int) -> list[Row]:
    """Return the rows of `client_renderings` for the clients `first` to `last`, which are in the register already."""
    found = _opened(url).read_now(lambda connection: records.clients_after(connection, first - 1, last - first + 1))
    return [_row(row) for view in views(public_url) for row in renderings.rows(view, found)]


def finished_walks(size: int, public_url: str) -> list[Row]:
    """Return the rows of `rendering_walks` that belong to them."""
    return [(view.name, view.fingerprint, size, True) for view in views(public_url)]


@cache
def _opened(url: str) -> Database:
    return Database(url, threads=1)  # open as long as the process, which ends with the pool
