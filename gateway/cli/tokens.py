"""`gateway token`: API keys."""

from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access import keys, users
from core.errors import NotFound
from gateway.cli import parameters
from gateway.cli.editions import Edition
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company, record_id
from gateway.cli.session import Refused, in_company, read, say, write

COLUMNS = (Column("id"), Column("name"), Column("email"), Column("edition"), time("created_at"), time("revoked_at"))

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys. One key opens /api and /api/v1.")


@app.command()
def create(
    email: Annotated[
        str, typer.Option("--email", parser=parameters.email, metavar="EMAIL", help="The team user the key belongs to.")
    ],
    company: Company = None,
    name: Annotated[
        str, typer.Option("--name", parser=parameters.text("name"), metavar="NAME", help="What the key is for.")
    ] = "",
    edition: Annotated[
        Edition,
        typer.Option(
            "--edition",
            help="Which keys answers of /api/v1 have: those of the API document, or the newer ones as well.",
        ),
    ] = Edition.SEED,
) -> None:
    """Make a new key and print it, alone on standard output. It is not shown again.

    \b
    Example:
      gateway token create --email team@acme.example --name "web shop"
      gateway token create --email team@acme.example --name "mobile app" --edition 2026
    """

    def issue(connection: Connection, company_id: int) -> str:
        user_id = users.find_team_user(connection, company_id, email)
        return keys.issue(connection, company_id, user_id, name, edition=edition.value)

    key = write(in_company(company, issue))
    say(f"{email} has the key below. It is not shown again.")
    typer.echo(key)


@app.command("list")
def list_(company: Company = None, as_json: AsJson = False) -> None:
    """List a company's keys, revoked ones too, without the keys themselves.

    \b
    Example:
      gateway token list --company Acme
    """
    show(read(in_company(company, keys.listed)), COLUMNS, as_json)


@app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(parser=record_id, metavar="ID", help="The id that `token list` shows.")],
) -> None:
    """Make a key useless in both dialects, from its next request on.

    \b
    Example:
      gateway token revoke 3
    """

    def unit(connection: Connection) -> None:
        try:
            keys.revoke(connection, token_id)
        except NotFound:
            raise Refused(f"There is no key {token_id} in force; `gateway token list` shows them.") from None

    write(unit)
    say(f"Key {token_id} is revoked.")
