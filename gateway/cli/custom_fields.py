"""`gateway custom-fields`: a company's own fields of clients."""

import re
from typing import Annotated

import typer

from core.clients import custom_fields
from dialects.legacy.clients import FIELDS
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company, text
from gateway.cli.session import in_company, read, say, write

COLUMNS = (Column("position"), Column("name"), Column("title"), Column("required"), time("created_at"))
# What a client body of /api means already: its documented keys, and what any form may carry.
RESERVED = {row.input_key for row in FIELDS.fields() if row.on} | {"_method", "tags"}

app = typer.Typer(no_args_is_help=True, help="Add and list a company's own fields of clients.")


def field_name(name: str) -> str:
    """A name that stands as a key of its own in bodies of /api."""
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,63}", name):
        raise typer.BadParameter("A name is a letter followed by at most 63 letters, digits and underscores.")
    if name in RESERVED:
        raise typer.BadParameter(f"{name!r} is a field of every client in /api already.")
    return name


@app.command()
def add(
    name: Annotated[str, typer.Argument(parser=field_name, metavar="NAME", help="The key that /api takes it under.")],
    title: Annotated[
        str,
        typer.Option("--title", parser=text("title"), metavar="TITLE", help="What people call it."),
    ] = "",
    required: Annotated[bool, typer.Option("--required", help="Refuse /api creates and updates without it.")] = False,
    company: Company = None,
) -> None:
    """Add a field of clients and print its number.

    /api takes the field by its name; the first four are custom_value1 to custom_value4 of /api/v1.

    \b
    Example:
      gateway custom-fields add purchase_order --title "Purchase order" --required
    """
    field = write(in_company(company, custom_fields.add, name, title, required))
    say(f"Custom field {name!r} is added, with the number below.")
    typer.echo(field["position"])


@app.command("list")
def list_(company: Company = None, as_json: AsJson = False) -> None:
    """List a company's own fields of clients.

    \b
    Example:
      gateway custom-fields list
    """
    show(read(in_company(company, custom_fields.listed)), COLUMNS, as_json)
