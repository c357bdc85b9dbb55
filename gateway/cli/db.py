"""`gateway db`: schema and size of the register (`gateway.cli.schema`), and copies to another database."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Annotated

import typer

from core.database.database import Database
from core.database.migrations import present
from core.database.register_file import sqlite_file
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.operations.copying.objects import Copied, copy_objects
from core.operations.copying.register import copy as copy_register
from core.text.plural import counted
from gateway.cli import distributing, schema, schema_changes
from gateway.cli.company_copy import copy_one
from gateway.cli.errors import CommandError, say
from gateway.cli.progress_bars import Bars, shown_bars
from gateway.cli.session import (
    address_named,
    check_has_register,
    check_has_schema,
    opened,
    opened_storage,
    reached,
    refusals,
)

app = typer.Typer(no_args_is_help=True, help="Upgrade, check, compact, copy and distribute the register's database.")
for each in (schema_changes.upgrade, schema_changes.downgrade, schema.current, schema.check, schema.vacuum):
    app.command()(each)
app.command()(distributing.distribute)


@app.command()
def copy(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE_URL", help="The database to copy, in the form of GATEWAY_DATABASE_URL.")
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET_URL", help="An empty database, or an unfinished copy; any register for --company."
        ),
    ],
    storage: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="SOURCE TARGET", help="Also copy the documents' bytes, from one GATEWAY_STORAGE_URL to another."
        ),
    ] = None,
    company: Annotated[
        str | None, typer.Option(metavar="NAME", help="Copy only this company, into a register that may have others.")
    ] = None,
    with_waiting: Annotated[
        bool,
        typer.Option(
            "--with-waiting", help="With --company: also copy waiting mail and webhook messages; the target sends them."
        ),
    ] = False,
) -> None:
    """Copy a register between SQLite and PostgreSQL.

    Every row, id, key and sequence is copied and compared at the end. You can try it while gateways serve the source:
    the copy shows the source at one moment and does not contain later changes. Stop the gateways first if the copy is
    to replace the source. If the command was interrupted, run it again to continue; no gateway serves the target until
    the copy is complete.

    With --company only one company is copied, into a register whose gateways may serve: the company appears at once
    with its ids and keys, or not at all. If the target already has one of its ids, the command says which and writes
    nothing. Waiting messages stay with the source, so that nobody receives them twice, unless --with-waiting is given:
    stop the source's gateways in that case. The company is not removed from the source; use `gateway companies remove`.

    \b
    Examples:
      gateway db copy sqlite:///data/gateway.db postgresql://user:password@host/name
      gateway db copy --company Acme sqlite:///data/gateway.db postgresql://user:password@host/name
    """
    if company is not None:
        copy_one(company, _both(source, target), storage, with_waiting)
        return
    if with_waiting:
        with refusals():
            raise CommandError("--with-waiting needs --company: a whole register is copied with its waiting messages.")
    with refusals(), _both(source, target) as (original, emptied), shown_bars() as bars:
        objects = _Objects(storage, bars)
        sums = copy_register(original, emptied, bars.show, objects.copy)
        count = objects.finish(emptied)
    say(f"The target has the same {counted(sum(each.rows for each in sums.values()), 'row')} in {len(sums)} tables.")
    if storage is not None:
        say(f"The bytes of {counted(count, 'document')} were copied.")


class _Objects:
    """Copies documents' bytes from one storage to the other; does nothing if no storage is named."""

    def __init__(self, urls: tuple[str, str] | None, bars: Bars) -> None:
        self._urls = urls
        self._show = partial(bars.show, "copying", "bytes")
        self._brought: set[str] = set()

    def copy(self, sizes: Mapping[str, int]) -> Sequence[str]:
        """Copy the bytes of documents. Return the keys of those that have none."""
        if self._urls is None:
            return ()
        copied = self._copy(sizes)
        self._brought.update(copied.copied)
        return copied.missing

    def finish(self, target: Database) -> int:
        """Make sure that the target has exactly the bytes of its documents. Return how many it has."""
        if self._urls is None:
            return 0
        sizes = target.read_now(documents.all_keys)[0]
        _, here = self._storages()
        asyncio.run(_remove(here, self._brought - sizes.keys()))
        self._copy(sizes).check()
        return len(sizes)

    def _copy(self, sizes: Mapping[str, int]) -> Copied:
        there, here = self._storages()
        return asyncio.run(copy_objects(sizes, there, here, self._show))

    def _storages(self) -> list[DocumentStorage]:
        return [opened_storage(url, "--storage") for url in self._urls or ()]


async def _remove(storage: DocumentStorage, keys: Iterable[str]) -> None:
    for key in keys:
        await storage.delete(key)


@contextmanager
def _both(source: str, target: str) -> Iterator[tuple[Database, Database]]:
    _check(source, target)
    check_has_register(source, "SOURCE_URL")
    with closing(opened(source, "SOURCE_URL")) as original:
        with reached(original, "SOURCE_URL"):
            check_has_schema(original, "SOURCE_URL")
        with closing(opened(target, "TARGET_URL")) as emptied:
            with reached(emptied, "TARGET_URL"):
                emptied.read_now(present)
            yield original, emptied


def _check(source: str, target: str) -> None:
    first, second = address_named(source, "SOURCE_URL"), address_named(target, "TARGET_URL")
    if first == second:
        raise CommandError("SOURCE_URL and TARGET_URL name the same database.")
    if first.is_sqlite and not sqlite_file(first.url).is_file():
        raise CommandError(f"SOURCE_URL: there is no file {sqlite_file(first.url)}.")
