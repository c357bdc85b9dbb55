"""`gateway custom-fields`: a company's own fields of clients."""

import re
from difflib import get_close_matches
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.clients import custom_field_changes, custom_fields
from core.errors import NotFound
from core.query import Record
from core.text.plural import counted
from dialects.legacy.clients import FIELDS
from gateway.cli.confirming import Yes, confirm
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company, text
from gateway.cli.session import company_id, in_company, read, write

COLUMNS = (
    Column("position"),
    Column("name"),
    Column("title"),
    Column("required", lambda each: bool(each["required"])),
    time("created_at"),
)
# Keys that bodies of /api already have: the documented keys of a client, and those of any form.
RESERVED = {row.input_key for row in FIELDS.fields() if row.on} | {"_method", "tags"}

app = typer.Typer(no_args_is_help=True, help="Add, list, change and remove a company's custom fields for clients.")


def field_name(name: str) -> str:
    """Return a name that can be a key of bodies in /api."""
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,63}", name):
        raise typer.BadParameter("A name is a letter followed by at most 63 letters, digits and underscores.")
    if name in RESERVED:
        raise typer.BadParameter(f"{name!r} is already a field of every client in /api.")
    return name


RecordOrId = Annotated[str, typer.Argument(metavar="NAME", help="The name that `custom-fields list` shows.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(parser=field_name, metavar="NAME", help="The key by which /api accepts it.")],
    title: Annotated[
        str,
        typer.Option("--title", parser=text("title"), metavar="TITLE", help="The label of the field."),
    ] = "",
    required: Annotated[bool, typer.Option("--required", help="/api refuses creates and updates without it.")] = False,
    company: Company = None,
) -> None:
    """Add a custom field for clients and print its number.

    /api accepts the field by its name; the first four are custom_value1 to custom_value4 of /api/v1.

    \b
    Example:
      gateway custom-fields add purchase_order --title "Purchase order" --required
    """
    field = write(in_company(company, custom_fields.add, name, title, required))
    say(f"Custom field {name!r} was added, with the number below.")
    typer.echo(field["position"])


@app.command("list")
def list_(company: Company = None, as_json: AsJson = False) -> None:
    """List a company's custom fields for clients.

    \b
    Example:
      gateway custom-fields list
    """
    show(read(in_company(company, custom_fields.list_all)), COLUMNS, as_json)


@app.command()
def change(
    name: RecordOrId,
    new_name: Annotated[
        str | None,
        typer.Option("--name", parser=field_name, metavar="NAME", help="Its new key in /api."),
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", parser=text("title"), metavar="TITLE", help="The label of the field.")
    ] = None,
    required: Annotated[
        bool | None, typer.Option("--required/--optional", help="Whether /api refuses writes without it.")
    ] = None,
    company: Company = None,
) -> None:
    """Change a field. It keeps its number and all values; with --name, /api accepts it by the new name only.

    \b
    Example:
      gateway custom-fields change purchase_order --title "Order number" --optional
    """
    given = {"name": new_name, "title": title, "required": required}
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise typer.BadParameter("Name what to change: --name, --title, --required or --optional.")

    def unit(connection: Connection) -> None:
        mine = company_id(connection, company)
        custom_field_changes.change(connection, mine, _find(connection, mine, name)["name"], changes)

    write(unit)
    say(f"Custom field {name!r} was changed.")


@app.command()
def remove(name: RecordOrId, company: Company = None, yes: Yes = False) -> None:
    """Remove a field with the values that clients have in it. The command says how many clients have one, and asks.

    For each of these clients this is a change like any other, which subscribers, activities and the change feed report.

    \b
    Example:
      gateway custom-fields remove purchase_order --yes
    """

    def planned(connection: Connection) -> int:
        mine = company_id(connection, company)
        position = _find(connection, mine, name)["position"]
        return len(custom_field_changes.clients_with(connection, mine, position))

    clients = counted(read(planned), "client")
    confirm(f"Custom field {name!r} will be removed with the values of {clients} in it.", "Remove the field?", yes)
    write(in_company(company, custom_field_changes.remove, name))
    say(f"Custom field {name!r} was removed.")


def _find(connection: Connection, mine: int, name: str) -> Record:
    try:
        return custom_field_changes.find(connection, mine, name)
    except NotFound:
        meant = get_close_matches(name, [each["name"] for each in custom_fields.list_all(connection, mine)], 1)
        hint = f" Did you mean {meant[0]!r}?" if meant else ""
        raise CommandError(f"There is no custom field {name!r}.{hint}") from None
