"""`gateway categories`: categories of clients, which /api/v1 calls group settings."""

from typing import Annotated

import typer

from core.clients import categories
from gateway.cli import parameters
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company
from gateway.cli.session import in_company, read, say, write

COLUMNS = (Column("id"), Column("name"), Column("is_default"), time("created_at"))

app = typer.Typer(no_args_is_help=True, help="Add and list categories of clients (in /api/v1: group settings).")


@app.command()
def add(
    name: Annotated[
        str, typer.Argument(parser=parameters.text("name", required=True), metavar="NAME", help="The category's name.")
    ],
    company: Company = None,
) -> None:
    """Add a category and print its id, which /api takes as `client_categoryid`.

    \b
    Example:
      gateway categories add Wholesale
    """
    category_id = write(in_company(company, categories.add, name))
    say(f"Category {name!r} is added, with the id below.")
    typer.echo(category_id)


@app.command("list")
def list_(company: Company = None, as_json: AsJson = False) -> None:
    """List a company's categories.

    \b
    Example:
      gateway categories list --json
    """
    show(read(in_company(company, categories.listed)), COLUMNS, as_json)
