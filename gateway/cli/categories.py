"""`gateway categories`: categories of clients, which /api/v1 calls group settings."""

from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access.keys import operator
from core.clients import categories
from core.errors import DefaultCategory, NotFound
from core.query import Record
from core.text.plural import counted
from gateway.cli import parameters
from gateway.cli.confirming import Yes, confirm
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company, record_id
from gateway.cli.session import company_id, in_company, read, write

COLUMNS = (Column("id"), Column("name"), Column("is_default"), Column("clients"), time("created_at"))
Id = Annotated[int, typer.Argument(parser=record_id, metavar="ID", help="The id that `categories list` shows.")]

app = typer.Typer(
    no_args_is_help=True, help="Add, list, change and remove categories of clients (in /api/v1: group settings)."
)


@app.command()
def add(
    name: Annotated[
        str, typer.Argument(parser=parameters.text("name", required=True), metavar="NAME", help="The category's name.")
    ],
    company: Company = None,
) -> None:
    """Add a category and print its id.

    /api accepts the id as `client_categoryid`.

    \b
    Example:
      gateway categories add Wholesale
    """
    category_id = write(in_company(company, categories.add, name))
    say(f"Category {name!r} was added, with the id below.")
    typer.echo(category_id)


@app.command("list")
def list_(company: Company = None, as_json: AsJson = False) -> None:
    """List a company's categories.

    The number of clients in each includes deleted clients.

    \b
    Example:
      gateway categories list --json
    """
    show(read(in_company(company, categories.list_all)), COLUMNS, as_json)


@app.command()
def change(
    category_id: Id,
    name: Annotated[
        str,
        typer.Option("--name", parser=parameters.text("name", required=True), metavar="NAME", help="Its new name."),
    ],
    company: Company = None,
) -> None:
    """Rename a category. Its clients show the new name at once, in both APIs.

    \b
    Example:
      gateway categories change 3 --name "Wholesale, Europe"
    """

    def unit(connection: Connection) -> None:
        mine = company_id(connection, company)
        _find(connection, mine, category_id)
        categories.update(connection, operator(mine), category_id, {"name": name})

    write(unit)
    say(f"Category {category_id} is now named {name!r}.")


@app.command()
def remove(
    category_id: Id,
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            parser=record_id,
            metavar="ID",
            help="The category that gets its clients; by default the default category.",
        ),
    ] = None,
    company: Company = None,
    yes: Yes = False,
) -> None:
    """Remove a category. The command says how many clients move to which other category, and asks.

    \b
    Examples:
      gateway categories remove 3
      gateway categories remove 3 --to 2 --yes
    """

    def planned(connection: Connection) -> tuple[Record, Record]:
        mine = company_id(connection, company)
        leaving = _find(connection, mine, category_id)
        target = _target(connection, mine, to)
        if leaving["is_default"]:
            raise DefaultCategory("the default category cannot be removed; every company has one")
        if leaving["id"] == target["id"]:
            raise CommandError("The clients of a category cannot move into that same category")
        return leaving, target

    leaving, target = read(planned)
    clients = counted(leaving["clients"], "client")
    confirm(
        f"Category {leaving['name']!r} will be removed; its {clients} will move to {target['name']!r}.",
        "Remove the category?",
        yes,
    )

    def unit(connection: Connection) -> None:
        left, into = planned(connection)
        actor = operator(left["company_id"])
        categories.migrate(connection, actor, left["id"], into["id"])
        categories.remove(connection, actor, left["id"])

    write(unit)
    say(f"Category {leaving['name']!r} was removed.")


def _find(connection: Connection, mine: int, category_id: int) -> Record:
    """Return a category that is not deleted. Raises `NotFound`."""
    found = [each for each in categories.list_all(connection, mine) if each["id"] == category_id]
    if not found or found[0]["deleted_at"]:
        raise NotFound("category")
    return found[0]


def _target(connection: Connection, mine: int, to: int | None) -> Record:
    if to is not None:
        return _find(connection, mine, to)
    return next(each for each in categories.list_all(connection, mine) if each["is_default"])
