"""`gateway outbox`: lists sent and waiting mail."""

from typing import Annotated

import typer

from core.events import outbox
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company
from gateway.cli.session import in_company, read

COLUMNS = (
    Column("id"),
    Column("recipient"),
    Column("subject"),
    time("created_at"),
    Column("status", lambda mail: "sent" if mail["sent_at"] else "waiting"),
    time("sent_at"),
    Column("attempts"),
    Column("last_error"),
)

app = typer.Typer(no_args_is_help=True, help="List the mail that was sent and the mail that waits.")


@app.command("list")
def list_(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only mail that is not sent yet.")] = False,
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """List a company's mail, oldest first. Without GATEWAY_SMTP_URL all mail waits.

    \b
    Example:
      gateway outbox list --waiting
    """
    show(read(in_company(company, outbox.list_all, waiting_only=waiting)), COLUMNS, as_json)
