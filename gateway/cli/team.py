"""Team users on the command line: by company and email."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeVar

from sqlalchemy import Connection

from core.access import users
from core.errors import NotFound
from gateway.cli.errors import CommandError
from gateway.cli.session import company_id

T = TypeVar("T")


def of_team(company: str | None, email: str, verb: Callable[[Connection, int, int], T]) -> Callable[[Connection], T]:
    """Return an operation on a team user as a unit. It raises `CommandError` if there is no such team user."""

    def unit(connection: Connection) -> T:
        mine = company_id(connection, company)
        try:
            user_id = users.find_team_user(connection, mine, email)
        except NotFound:
            raise unknown_user(connection, mine, email) from None
        return verb(connection, mine, user_id)

    return unit


def unknown_user(connection: Connection, mine: int, email: str) -> CommandError:
    """Return the error for an unknown email, with a similar email if there is one."""
    known = [each["email"] for each in users.team(connection, mine)]
    meant = get_close_matches(email, known, 1)
    return CommandError(f"There is no team user {email}.{f' Did you mean {meant[0]}?' if meant else ''}")
