"""`gateway import`: imports clients from the system that this gateway replaces, or from a file."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from dialects.legacy.clients import FIELDS
from dialects.v1.clients import client_fields
from gateway.cli.editions import Edition
from gateway.cli.errors import CommandError
from gateway.cli.parameters import Company
from gateway.cli.session import company_id, opened_storage, register, settings
from gateway.migration import preview
from gateway.migration.grow import Grow
from gateway.migration.importer import Preview, Target, import_clients
from gateway.migration.native import Native
from gateway.migration.ninja import Ninja
from gateway.migration.remote import SILENCE, Remote, SourceFailed
from gateway.migration.report import Report
from gateway.migration.source import Source
from schemas.hashing import Hashids
from schemas.types import HashedId

INCOMPLETE = 3

Url = Annotated[str, typer.Argument(metavar="URL", help="The address of the system, such as https://crm.example.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; report what would happen.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")]
Rate = Annotated[float, typer.Option(min=0, help="The maximum number of requests a second; 0 for no limit.")]
Retries = Annotated[int, typer.Option(min=0, help="How often a request is retried after a temporary failure.")]
Silence = Annotated[
    float,
    typer.Option(
        "--timeout", min=0.1, metavar="SECONDS", help="How long to wait for the next byte before a request is retried."
    ),
]
FromPage = Annotated[
    int, typer.Option(min=1, help="Begin at this page of the source, which an earlier run has reached.")
]

app = typer.Typer(no_args_is_help=True, help="Import clients from another system or from a file.")

OpenSource = Callable[[], AbstractAsyncContextManager[Source]]


@app.command()
def grow(
    url: Url,
    key: Annotated[
        str, typer.Option("--key", envvar="GATEWAY_IMPORT_KEY", metavar="KEY", help="An API key of that system.")
    ],
    company: Company = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    rate: Rate = 10,
    retries: Retries = 6,
    silence: Silence = SILENCE,
    from_page: FromPage = 1,
) -> None:
    """Import every client of a system with the /api dialect.

    This is the dialect of Grow CRM. Clients keep their ids. You can run it again at any time: unchanged clients are
    skipped, the others become as they are at the source. If it was interrupted, run it again to continue. The exit
    status is 3 if clients were refused, or if the number of clients differs from the source's count; the report gives
    the details.

    \b
    Example:
      gateway import grow https://crm.example --key KEY --dry-run
    """

    @asynccontextmanager
    async def open_source() -> AsyncIterator[Source]:
        async with Remote(url, {"Authorization": f"Bearer {key}"}, rate, retries, silence) as remote:
            yield Grow(remote)

    run(open_source, company, dry_run, as_json, from_page)


@app.command()
def ninja(
    url: Url,
    token: Annotated[
        str,
        typer.Option("--token", envvar="GATEWAY_IMPORT_TOKEN", metavar="TOKEN", help="An API token of that system."),
    ],
    hash_salt: Annotated[
        str | None, typer.Option(metavar="SALT", help="The salt of its hashed ids; GATEWAY_HASH_SALT unless given.")
    ] = None,
    hash_length: Annotated[
        int | None,
        typer.Option(min=0, max=64, help="The minimum length of its hashed ids; GATEWAY_HASH_LENGTH unless given."),
    ] = None,
    company: Company = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    rate: Rate = 10,
    retries: Retries = 6,
    silence: Silence = SILENCE,
    from_page: FromPage = 1,
) -> None:
    """Import every client of a system with the /api/v1 dialect.

    This is the dialect of Invoice Ninja v5. Clients keep their ids. Documents are imported with their bytes, deleted
    clients as deleted ones. If GATEWAY_HASH_SALT is the salt of the source, the hashed ids stay the same too. You can
    run it again at any time: unchanged clients are skipped, the others become as they are at the source. If it was
    interrupted, run it again to continue. The exit status is 3 if clients were refused, or if the number of clients
    differs from the source's count; the report gives the details.

    \b
    Example:
      gateway import ninja https://invoices.example --token TOKEN --dry-run
    """

    @asynccontextmanager
    async def open_source() -> AsyncIterator[Source]:
        chosen = settings()
        salt = chosen.hash_salt if hash_salt is None else hash_salt
        length = chosen.hash_length if hash_length is None else hash_length
        headers = {"X-API-TOKEN": token, "X-Requested-With": "XMLHttpRequest"}
        async with Remote(url, headers, rate, retries, silence) as remote:
            yield Ninja(remote, salt, length)

    run(open_source, company, dry_run, as_json, from_page)


@app.command()
def json(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE", help="A file of `gateway export json`; `-` for standard input."),
    ],
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The folder into which the documents were exported.")
    ] = None,
    company: Company = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import clients from a file of `gateway export json`.

    Everything that either dialect shows of them is imported. The exit status is 3 if clients were refused; the report
    says why.

    \b
    Example:
      gateway import json clients.json --documents documents
    """

    @asynccontextmanager
    async def open_source() -> AsyncIterator[Source]:
        yield Native(file, documents)

    run(open_source, company, dry_run, as_json)


def run(
    open_source: OpenSource,
    company: str | None,
    dry_run: bool,
    as_json: bool,
    first: int = 1,
    complete: bool = False,
) -> None:
    """Import a source and print the report. Exit with status 3 if clients were refused or are missing.

    If the import must be `complete`, exit with status 3 also if any value was left out, and show the first clients in a
    dry run.
    """
    with register(make=True) as database:
        chosen = settings()
        mine = database.read_now(partial(company_id, name=company))
        target = Target(
            database,
            opened_storage(chosen.storage_url),
            mine,
            chosen.max_upload_bytes,
            _preview(mine) if complete and dry_run else None,
        )
        report = asyncio.run(_run_import(open_source, target, first, dry_run))
    if as_json:
        typer.echo(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        for line in report.lines():
            typer.echo(line)
    if not report.is_whole or (complete and not report.is_complete):
        raise typer.Exit(INCOMPLETE)


def _preview(company_id: int) -> Preview:
    chosen = settings()
    ids = HashedId(Hashids(chosen.hash_salt, chosen.hash_length))
    v1 = client_fields(ids, chosen.public_url).of_edition(Edition.SEED.value)
    return preview.of_first(company_id, {"/api": FIELDS, "/api/v1": v1})


async def _run_import(open_source: OpenSource, target: Target, first: int, dry_run: bool) -> Report:
    try:
        async with open_source() as source:
            with _bar() as show:
                return await import_clients(source, target, show, first, dry_run)
    except SourceFailed as failure:
        raise CommandError(str(failure)) from failure


class _Rate(ProgressColumn):
    """Clients a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


@contextmanager
def _bar() -> Iterator[Callable[[int, int | None, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("importing clients", total=None)

        def show(done: int, total: int | None, page: int) -> None:
            progress.update(task, completed=done, total=total, description=f"importing clients, page {page}")

        yield show
