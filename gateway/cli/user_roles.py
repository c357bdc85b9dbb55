"""`gateway users set-role`: sets what team users may do on the bridge page."""

from typing import Annotated

import typer

from core.access import owners
from core.access.roles import Role
from gateway.cli import parameters
from gateway.cli.parameters import Company
from gateway.cli.session import say, write
from gateway.cli.team import of_team


def set_role(
    email: Annotated[str, typer.Argument(parser=parameters.email, metavar="EMAIL", help="The email of a team user.")],
    role: Annotated[Role, typer.Argument(help="What the team user is to be.")],
    company: Company = None,
) -> None:
    """Give a team user another role, from the next request on. Keys stay as they are: they have scopes instead.

    A viewer looks at clients and what was done to them. A member also changes and restores clients, uploads and
    publishes documents, and sees keys, usage, webhooks and mail. An owner also makes, rotates and revokes keys, adds
    and changes webhooks, removes clients for good, and manages the team. The last owner stays one.

    \b
    Examples:
      gateway users set-role ann@acme.example owner
      gateway users set-role joe@acme.example viewer --company Acme
    """
    changed = write(
        of_team(company, email, lambda connection, mine, user: owners.set_role(connection, mine, user, role))
    )
    say(f"{email} is now {role.with_article}." if changed else f"{email} is {role.with_article} already.")
