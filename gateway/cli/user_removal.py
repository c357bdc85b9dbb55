"""`gateway users remove`: removes team users, and contact-type users without a client."""

from collections.abc import Callable
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access import users
from core.clients.contact_users import contact_users
from core.errors import NotFound
from core.operations import removal
from core.text.plural import counted
from gateway.cli import parameters
from gateway.cli.confirming import Yes, confirm, counts_in_words
from gateway.cli.errors import say
from gateway.cli.parameters import Company
from gateway.cli.session import company_id, read, write
from gateway.cli.team import unknown_user

Email = Annotated[str, typer.Argument(parser=parameters.email, metavar="EMAIL", help="The user's email.")]


def remove(email: Email, company: Company = None, yes: Yes = False) -> None:
    """Remove a user.

    A team user is removed with their keys and sessions; a contact-type user can be removed if it has no client. The
    command says what will be removed, and asks. Clients, documents and notes of the user stay, without the user's name.
    `users disable` locks a user out without removing anything.

    \b
    Example:
      gateway users remove ann@acme.example --yes
    """
    confirm(read(_removal_warning(company, email)), "Remove the user?", yes)

    def unit(connection: Connection) -> None:
        mine = company_id(connection, company)
        try:
            removal.remove_user(connection, mine, users.find_team_user(connection, mine, email))
        except NotFound:
            removal.remove_contact_user(connection, mine, email)

    write(unit)
    say(f"{email} was removed.")


def _removal_warning(company: str | None, email: str) -> Callable[[Connection], str]:
    def unit(connection: Connection) -> str:
        mine = company_id(connection, company)
        try:
            user_id = users.find_team_user(connection, mine, email)
        except NotFound:
            if any(users.is_same_email(each["email"], email) for each in contact_users(connection, mine)):
                return f"The contact-type user {email} will be removed."
            raise unknown_user(connection, mine, email) from None
        return _member_warning(connection, mine, email, user_id)

    return unit


def _member_warning(connection: Connection, mine: int, email: str, user_id: int) -> str:
    counts = dict(removal.count_user_data(connection, mine, user_id))
    named = counts.pop("client")
    warning = f"The team user {email} will be removed with {counts_in_words(counts)}."
    if named:
        warning += f" Their name will be removed from {counted(named, 'client')} that they created or look after."
    if len(users.team(connection, mine)) == 1:
        warning += (
            " Nobody will be left in the team, and no key will be valid, until `gateway users add` adds somebody."
        )
    return warning
