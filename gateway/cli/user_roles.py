"""`gateway users set-role`: sets what team users may do on the bridge page."""

from typing import Annotated

import typer

from core.access import owners
from core.access.roles import Role
from gateway.cli import parameters
from gateway.cli.errors import say
from gateway.cli.parameters import Company
from gateway.cli.session import write
from gateway.cli.team import of_team


def set_role(
    email: Annotated[str, typer.Argument(parser=parameters.email, metavar="EMAIL", help="The email of a team user.")],
    role: Annotated[Role, typer.Argument(help="The new role.")],
    company: Company = None,
) -> None:
    """Give a team user another role, from the next request on. Keys are not affected: they have scopes instead.

    A viewer sees clients and their history. A member can also change and restore clients, upload and publish documents,
    and see keys, usage, webhooks and mail. An owner can also create, rotate and revoke keys, add and change webhooks,
    erase clients, and manage the team. The last owner cannot lose the role.

    \b
    Examples:
      gateway users set-role ann@acme.example owner
      gateway users set-role joe@acme.example viewer --company Acme
    """
    changed = write(
        of_team(company, email, lambda connection, mine, user: owners.set_role(connection, mine, user, role))
    )
    say(f"{email} is now {role.with_article}." if changed else f"{email} is already {role.with_article}.")
