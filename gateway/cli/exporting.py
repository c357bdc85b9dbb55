"""`gateway export`: writes a company's clients to a file."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.clients import record_pages
from core.documents import documents as documents_of
from core.files import make_private_folder
from core.operations.outputs import STANDARD_OUTPUT, shown
from core.query import ANY, LIVE, Search, State
from core.text.plural import counted
from dialects.legacy.clients import FIELDS
from dialects.v1.clients import client_fields
from gateway.cli.editions import Edition
from gateway.cli.errors import say
from gateway.cli.outputs import Output, check_is_no_data, written
from gateway.cli.parameters import Company
from gateway.cli.session import company_id, opened_storage, refusals, register, settings
from gateway.migration import exporting
from gateway.migration.exporting import Write
from schemas.hashing import Hashids
from schemas.types import HashedId

app = typer.Typer(no_args_is_help=True, help="Write a company's clients to a file, as they are at one moment.")


@app.command()
def csv(output: Output = None, company: Company = None) -> None:
    """Write a spreadsheet in CSV (UTF-8).

    It has one client in each row, with the primary contact. Text that a spreadsheet program would read as a formula is
    written with an apostrophe in front.

    \b
    Example:
      gateway export csv --output clients.csv
    """
    _write(exporting.as_sheet, output, company)


@app.command()
def xlsx(output: Output = None, company: Company = None) -> None:
    """Write a workbook (XLSX).

    It has the columns of `gateway export csv`, one client in each row. Texts are stored as text cells, so that leading
    zeros stay. Text that a spreadsheet program would read as a formula is written with an apostrophe in front.

    \b
    Example:
      gateway export xlsx --output clients.xlsx
    """
    _write(exporting.as_workbook, output, company)


@app.command()
def json(
    output: Output = None,
    documents: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Also write the documents' bytes into this folder; no file is overwritten."
        ),
    ] = None,
    password_hashes: Annotated[
        bool,
        typer.Option("--password-hashes", help="Include the hashes of contacts' passwords. Keep such a file safe!"),
    ] = False,
    company: Company = None,
) -> None:
    """Write all data of the clients for `gateway import json`.

    The file has one JSON object in each line.

    \b
    Example:
      gateway export json --output clients.json --documents documents
    """
    _write(exporting.as_native(password_hashes), output, company, documents)


@app.command()
def ninja(
    output: Output = None,
    edition: Annotated[
        Edition, typer.Option("--edition", help="The fields of clients: those shown to API keys of this edition.")
    ] = Edition.SEED,
    company: Company = None,
) -> None:
    """Write clients as /api/v1 shows them.

    The file has one JSON object in each line; deleted clients are included.

    \b
    Example:
      gateway export ninja --output clients.ndjson
      gateway export ninja --edition 2026 --output clients.ndjson
    """
    with refusals():
        chosen = settings()
    ids = HashedId(Hashids(chosen.hash_salt, chosen.hash_length))
    fields = client_fields(ids, chosen.public_url).of_edition(edition.value)
    _write(exporting.as_shown(fields), output, company)


@app.command()
def grow(output: Output = None, company: Company = None) -> None:
    """Write clients as /api shows them.

    The file has one JSON object in each line.

    \b
    Example:
      gateway export grow --output clients.ndjson
    """
    _write(exporting.as_shown(FIELDS, LIVE), output, company, states=LIVE)


def _write(
    form: Write,
    output: str | None,
    company: str | None,
    folder: Path | None = None,
    states: frozenset[State] = ANY,
) -> None:
    with register() as database, database.snapshot() as connection:
        if folder is not None:
            check_is_no_data(folder)
            make_private_folder(folder)
        mine = company_id(connection, company)
        _write_to(output, form, connection, mine, folder)
        count = record_pages.page(connection, mine, Search(states=states, size=1)).total
    say(f"{counted(count, 'client')} written to {shown(output or STANDARD_OUTPUT)}.")


def _write_to(output: str | None, form: Write, connection: Connection, mine: int, folder: Path | None) -> None:
    with written(output) as file:
        for piece in form(connection, mine):
            file.write(piece)
        if folder is not None:
            names = {key: key.rpartition("/")[2] for key in documents_of.keys_of(connection, mine)}
            storage = opened_storage(settings().storage_url)
            missing = asyncio.run(exporting.save_documents(storage, names, folder))
            for key in missing:
                say(f"Document {key} has no bytes; see `gateway check`.")
            say(f"{counted(len(names) - len(missing), 'document')} written to {folder}.")
