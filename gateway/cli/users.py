"""`gateway users`: team users, and contact-type users."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from core.access import users
from core.access.roles import Role
from core.clients.contact_users import add_contact_user, contact_users
from core.operations import removal
from core.query import Record
from gateway.cli import parameters
from gateway.cli.confirming import counts_in_words
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company
from gateway.cli.session import in_company, read, refusals, write
from gateway.cli.team import of_team
from gateway.cli.user_removal import remove
from gateway.cli.user_roles import set_role

COLUMNS = (
    Column("id"),
    Column("type"),
    Column("email"),
    Column("first_name"),
    Column("last_name"),
    Column("role", lambda user: user.get("role")),
    Column("status", lambda user: "disabled" if user.get("disabled_at") else "active"),
    time("created_at"),
)
Email = Annotated[str, typer.Argument(parser=parameters.email, metavar="EMAIL", help="The user's email.")]


class Kind(StrEnum):
    """The kind of a user."""

    TEAM = "team"
    CONTACT = "contact"


app = typer.Typer(
    no_args_is_help=True, help="Add, list, disable and remove team users, and contact-type users without a client."
)
app.command("set-role")(set_role)


def _password(about: str) -> Any:
    """Return the option for a password, which may also come from the environment."""
    return typer.Option(
        "--password", parser=parameters.password, metavar="PASSWORD", envvar="GATEWAY_USER_PASSWORD", help=about
    )


@app.command()
def add(
    kind: Annotated[Kind, typer.Option("--type", help="A team user, or a contact without a client.")],
    email: Annotated[str, typer.Option("--email", parser=parameters.email, metavar="EMAIL", help="The user's email.")],
    first_name: Annotated[
        str, typer.Option("--first-name", parser=parameters.text("first_name"), metavar="NAME", help="The first name.")
    ] = "",
    last_name: Annotated[
        str, typer.Option("--last-name", parser=parameters.text("last_name"), metavar="NAME", help="The last name.")
    ] = "",
    password: Annotated[
        str | None,
        _password("For team users, and for them required, at least 8 characters: for /bridge, purge and merge."),
    ] = None,
    role: Annotated[
        Role | None,
        typer.Option(
            "--role",
            help="The role of a team user on the bridge page; see `users set-role`.",
            show_default="member, and owner where there is none",
        ),
    ] = None,
    company: Company = None,
) -> None:
    """Add a user and print its id.

    Team users own keys. A contact-type user is attached to the first client that is created through /api with that
    email.

    \b
    Examples:
      gateway users add --type team --email ann@acme.example --first-name Ann --password Secret123
      gateway users add --type team --email joe@acme.example --role viewer --password Secret123
      gateway users add --type contact --email joe@customer.example
    """
    if (kind is Kind.TEAM) != (password is not None):
        raise typer.BadParameter("A team user needs a --password, and a contact-type user has none.")
    if role is not None and kind is Kind.CONTACT:
        raise typer.BadParameter("A contact-type user has no --role.")

    def unit(connection: Connection, company_id: int) -> int:
        if password is None:
            return add_contact_user(connection, company_id, email, first_name, last_name)
        return users.add_team_user(connection, company_id, email, password, first_name, last_name, role)

    user_id = write(in_company(company, unit))
    say(f"{email} was added, with the id below.")
    typer.echo(user_id)


@app.command("list")
def list_(
    kind: Annotated[Kind | None, typer.Option("--type", help="Only users of this type.")] = None,
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """List team users, and contact-type users without a client.

    Disabled users are listed too.

    \b
    Example:
      gateway users list --type team
    """

    def unit(connection: Connection, company_id: int) -> list[Record]:
        found: dict[Kind, Sequence[Record]] = {
            Kind.TEAM: users.team(connection, company_id),
            Kind.CONTACT: contact_users(connection, company_id),
        }
        return [
            {**user, "type": each.value} for each, people in found.items() if kind in (None, each) for user in people
        ]

    show(read(in_company(company, unit)), COLUMNS, as_json)


@app.command("set-password")
def set_password(
    email: Email,
    password: Annotated[
        str | None,
        _password("The new password, at least 8 characters; asked for on a terminal if left out."),
    ] = None,
    company: Company = None,
) -> None:
    """Set a team user's password.

    Every session that began with the old password ends. Keys are not affected.

    \b
    Examples:
      gateway users set-password ann@acme.example
      GATEWAY_USER_PASSWORD=Secret456 gateway users set-password ann@acme.example
    """
    read(of_team(company, email, lambda _connection, _company_id, user_id: user_id))
    chosen = _prompt_for_password() if password is None else password

    def unit(connection: Connection, mine: int, user_id: int) -> None:
        users.set_password(connection, mine, user_id, chosen)

    write(of_team(company, email, unit))
    say(f"The password of {email} was changed.")


@app.command()
def disable(email: Email, company: Company = None) -> None:
    """Lock a team user out until `users enable`.

    Sessions end at once, and the user's keys do not work. Nothing is removed. Requests in progress are finished.

    \b
    Example:
      gateway users disable ann@acme.example
    """

    def unit(connection: Connection, mine: int, user_id: int) -> tuple[bool, removal.Counts]:
        counts = removal.count_user_data(connection, mine, user_id)
        return users.disable(connection, mine, user_id), counts

    changed, counts = write(of_team(company, email, unit))
    ended = counts_in_words({kind: counts[kind] for kind in ("API key", "session")})
    say(f"{email} was disabled, with {ended}." if changed else f"{email} is already disabled.")


@app.command()
def enable(email: Email, company: Company = None) -> None:
    """Let a disabled team user in again.

    Keys that are not revoked work as before; the user has to sign in again.

    \b
    Example:
      gateway users enable ann@acme.example
    """
    changed = write(of_team(company, email, lambda connection, _mine, user_id: users.enable(connection, user_id)))
    say(f"{email} can sign in again." if changed else f"{email} is not disabled.")


app.command()(remove)


def _prompt_for_password() -> str:
    if not (sys.stdin and sys.stdin.isatty()):
        with refusals():
            raise CommandError("There is no terminal to ask for the password; use --password or GATEWAY_USER_PASSWORD")
    answer: str = typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    return str(parameters.password(answer))
