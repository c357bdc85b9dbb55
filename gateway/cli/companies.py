"""`gateway companies`: the companies of the register."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access import companies
from core.database.database import Database
from core.documents import documents
from core.documents.storage import DocumentStorage
from core.documents.uploads import sweep
from core.errors import Unavailable
from core.operations import removal
from gateway.cli import parameters
from gateway.cli.confirming import Yes, confirm, counts_in_words
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson
from gateway.cli.session import company_id, opened_storage, read, register, settings, write

_PROBED = 20  # files to look for before the storage is trusted
COLUMNS = (
    *(Column("id"), Column("name"), Column("users"), Column("keys"), Column("clients"), Column("documents")),
    time("created_at"),
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The company's name, as `companies list` shows it.")]

app = typer.Typer(no_args_is_help=True, help="List, rename and remove companies. `gateway bootstrap` creates one.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the companies.

    For each company, the numbers of team users, working keys, clients and documents are shown.

    \b
    Example:
      gateway companies list
    """
    show(read(removal.companies_listed), COLUMNS, as_json)


@app.command()
def rename(
    name: Name,
    new_name: Annotated[
        str,
        typer.Argument(parser=parameters.text("name", required=True), metavar="NEW_NAME", help="The new name."),
    ],
    yes: Yes = False,
) -> None:
    """Rename a company. Keys, sessions and everything else keep working, also while the gateway serves.

    At the next sign-in on the bridge page, use the new name. If it differs from another company's name only in blanks
    or case, the command asks first.

    \b
    Example:
      gateway companies rename Acme "Acme Industries"
    """

    def similar(connection: Connection) -> list[str]:
        company_id(connection, name)
        return [each for each in companies.similar_names(connection, new_name) if each != name]

    confirm_similar(read(similar), new_name, yes)
    write(lambda connection: companies.rename(connection, company_id(connection, name), new_name))
    say(f"{name!r} is now named {new_name!r}.")


@app.command()
def remove(name: Name, yes: Yes = False) -> None:
    """Remove a company with all its data, completely or not at all. Only a backup can bring it back.

    The command says what will be removed, and asks. It may run while the gateway serves: the company's keys and
    sessions stop working at once. Meanwhile other writers wait (on SQLite all of them), about a second for each 10,000
    clients.

    \b
    Examples:
      gateway companies remove "Acme Industries"
      gateway companies remove "Acme Industries" --yes
    """

    def holdings(connection: Connection) -> tuple[removal.Counts, bool]:
        mine = company_id(connection, name)
        return removal.count_company_data(connection, mine), len(companies.names(connection)) == 1

    counts, is_last = read(holdings)
    last = " It is the only company." if is_last else ""
    confirm(f"Company {name!r} will be removed with {counts_in_words(counts)}.{last}", "Remove all of it?", yes)
    with register() as database:
        database.write_now(lambda connection: removal.remove_company(connection, company_id(connection, name)))
        say(f"Company {name!r} was removed.")
        _remove_bytes(database)


def confirm_similar(similar: list[str], name: str, yes: bool) -> None:
    """Ask before there are two companies whose names are easily confused."""
    if similar:
        known = ", ".join(repr(each) for each in similar)
        warning = f"{name!r} differs from company {known} only in blanks, case or invisible characters."
        confirm(warning, f"Create a separate company {name!r}?", yes)


def _remove_bytes(database: Database) -> None:
    # A server's housekeeper does what is left.
    try:
        done = asyncio.run(_swept(database, opened_storage(settings().storage_url)))
    except (Unavailable, CommandError) as error:
        say(f"The bytes of its documents are still stored: {error}. A running gateway removes them.")
    else:
        if not done:
            say("The bytes of its documents are not in this GATEWAY_STORAGE_URL. A running gateway removes them.")


async def _swept(database: Database, storage: DocumentStorage) -> bool:
    """Delete the bytes of removed documents.

    Return False, and delete nothing, if this is not the documents' storage.
    """
    keys = await database.read(documents.due_for_sweeping)
    if keys and not any([await storage.size(key) is not None for key in keys[:_PROBED]]):
        return False
    while await sweep(database, storage):
        pass
    return True
