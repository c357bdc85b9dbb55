"""`gateway users`: the team, and contact-type users waiting for a client."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access import users
from core.clients.unattached import add_contact, unattached_contacts
from core.query import Record
from gateway.cli import parameters
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company
from gateway.cli.session import in_company, read, say, write

COLUMNS = (
    Column("id"),
    Column("type"),
    Column("email"),
    Column("first_name"),
    Column("last_name"),
    time("created_at"),
)


class Kind(StrEnum):
    """What a user is."""

    TEAM = "team"
    CONTACT = "contact"


app = typer.Typer(no_args_is_help=True, help="Add and list team users, and contact-type users without a client.")


@app.command()
def add(
    kind: Annotated[Kind, typer.Option("--type", help="A team user, or a contact whom no client has yet.")],
    email: Annotated[str, typer.Option("--email", parser=parameters.email, metavar="EMAIL", help="The user's email.")],
    first_name: Annotated[
        str, typer.Option("--first-name", parser=parameters.text("first_name"), metavar="NAME", help="The first name.")
    ] = "",
    last_name: Annotated[
        str, typer.Option("--last-name", parser=parameters.text("last_name"), metavar="NAME", help="The last name.")
    ] = "",
    password: Annotated[
        str | None,
        typer.Option(
            "--password",
            parser=parameters.password,
            metavar="PASSWORD",
            envvar="GATEWAY_USER_PASSWORD",
            help="For team users, and for them required: what purge and merge in /api/v1 ask for.",
        ),
    ] = None,
    company: Company = None,
) -> None:
    """Add a user and print its id.

    Team users own keys. A contact-type user is attached to the first client that /api creates with that email.

    \b
    Examples:
      gateway users add --type team --email ann@acme.example --first-name Ann --password Secret123
      gateway users add --type contact --email joe@customer.example
    """
    if (kind is Kind.TEAM) != (password is not None):
        raise typer.BadParameter("A team user needs a --password, and a contact-type user has none.")

    def unit(connection: Connection, company_id: int) -> int:
        if password is None:
            return add_contact(connection, company_id, email, first_name, last_name)
        return users.add_team_user(connection, company_id, email, password, first_name, last_name)

    user_id = write(in_company(company, unit))
    say(f"{email} is added, with the id below.")
    typer.echo(user_id)


@app.command("list")
def list_(
    kind: Annotated[Kind | None, typer.Option("--type", help="Only users of this type.")] = None,
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """List team users, and contact-type users whom no client has yet.

    \b
    Example:
      gateway users list --type team
    """

    def unit(connection: Connection, company_id: int) -> list[Record]:
        found: dict[Kind, Sequence[Record]] = {
            Kind.TEAM: users.team(connection, company_id),
            Kind.CONTACT: unattached_contacts(connection, company_id),
        }
        return [
            {**user, "type": each.value} for each, people in found.items() if kind in (None, each) for user in people
        ]

    show(read(in_company(company, unit)), COLUMNS, as_json)
