"""`gateway bootstrap`: everything that a first request needs."""

import re
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access import companies, keys, users
from gateway.cli import parameters
from gateway.cli.companies import confirm_similar
from gateway.cli.confirming import Yes
from gateway.cli.errors import CommandError, say
from gateway.cli.session import register, written


def token(text: str) -> str:
    """Return a key that both dialects' headers can carry."""
    if not re.fullmatch("[!-~]{8,255}", text):
        raise typer.BadParameter("A token is 8 to 255 visible ASCII characters without spaces.")
    return text


def bootstrap(
    company: Annotated[
        str,
        typer.Option(
            "--company", parser=parameters.text("company", required=True), metavar="NAME", help="The company's name."
        ),
    ],
    email: Annotated[
        str, typer.Option("--email", parser=parameters.email, metavar="EMAIL", help="The team user's email.")
    ],
    password: Annotated[
        str,
        typer.Option(
            "--password",
            parser=parameters.password,
            metavar="PASSWORD",
            envvar="GATEWAY_BOOTSTRAP_PASSWORD",
            help="The team user's password, which purge and merge in /api/v1 require.",
        ),
    ],
    given: Annotated[
        str | None,
        typer.Option(
            "--token",
            parser=token,
            metavar="KEY",
            envvar="GATEWAY_BOOTSTRAP_TOKEN",
            help="Use this key instead of a new random one; 8 to 255 visible ASCII characters.",
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Create a company, its team user and a key, and print the key.

    What exists already is kept: running it again with the same --token changes only the password, and makes a revoked
    key work again. Without --token every run creates one more key, because only digests of keys are stored and no key
    can be shown a second time. Standard output has only the key. If the name of a new company differs from an existing
    one only in blanks or case, the command asks first.

    \b
    Example:
      KEY=$(gateway bootstrap --company Acme --email team@acme.example --password Secret123)
      curl -H "Authorization: Bearer $KEY" http://127.0.0.1:8000/api/clients
      curl -H "X-API-TOKEN: $KEY" http://127.0.0.1:8000/api/v1/clients

    Pass the password and the token in the environment to keep them out of the process list.
    """

    def unit(connection: Connection) -> str:
        company_id = companies.ensure(connection, company)
        user_id = users.ensure_team_user(connection, company_id, email, password)
        try:
            return keys.issue(connection, company_id, user_id, "bootstrap", given)
        except ValueError as error:
            raise CommandError("This token belongs to another user; choose another one.") from error

    with register(make=True) as database:
        confirm_similar(database.read_now(lambda connection: _similar(connection, company)), company, yes)
        key = written(database, unit)
    say(f"The key below belongs to {email} of {company}, for /api and /api/v1. It is not shown again.")
    typer.echo(key)


def _similar(connection: Connection, name: str) -> list[str]:
    """Return the companies that a new one of this name could be mistaken for; none if one has exactly that name."""
    return [] if name in companies.names(connection) else companies.similar_names(connection, name)
