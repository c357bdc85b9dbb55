"""`gateway webhooks change|disable|remove`."""

from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from core.errors import NotFound
from core.events import team_webhooks, webhooks
from core.query import Record
from core.text.plural import counted
from gateway.cli.confirming import Yes, confirm
from gateway.cli.errors import say
from gateway.cli.parameters import Company, DialectName, record_id
from gateway.cli.session import company_id, in_company, read, write
from gateway.cli.webhook_parameters import events

Id = Annotated[int, typer.Argument(parser=record_id, metavar="ID", help="The id that `webhooks list` shows.")]


def change(
    webhook_id: Id,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="The new address.")] = None,
    dialect: Annotated[DialectName | None, typer.Option("--dialect", help="How clients are shown.")] = None,
    of: Annotated[
        Any, typer.Option("--events", parser=events, metavar="EVENT,…", help="Which events; `all` for every event.")
    ] = None,
    company: Company = None,
) -> None:
    """Change the address, the events or the dialect of a webhook. Its secret does not change.

    Waiting messages are sent to the new address, as they were written when they were created. A webhook that an
    integration created can be changed only by integrations.

    \b
    Examples:
      gateway webhooks change 3 --url https://shop.example/new-hooks
      gateway webhooks change 3 --events client.created,client.purged
    """
    given = {"url": url, "dialect": dialect and dialect.value, "events": None if of is None else ",".join(of)}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise typer.BadParameter("Name what to change: --url, --dialect or --events.")

    def unit(connection: Connection) -> None:
        webhooks.change(connection, company_id(connection, company), webhook_id, changes)

    write(unit)
    say(f"Webhook {webhook_id} was changed.")


def disable(webhook_id: Id, company: Company = None) -> None:
    """Send no more messages to a subscriber until `webhooks enable`. Waiting messages count as failed.

    A webhook that an integration created is archived instead, which the integration can see.

    \b
    Example:
      gateway webhooks disable 3
    """
    write(in_company(company, team_webhooks.disable, webhook_id))
    say(f"Webhook {webhook_id} was disabled; `webhooks enable` enables it again.")


def remove(webhook_id: Id, company: Company = None, yes: Yes = False) -> None:
    """Remove a webhook together with its waiting messages. The command says how many there are, and asks.

    \b
    Example:
      gateway webhooks remove 3 --yes
    """

    def found(connection: Connection) -> Record:
        for each in webhooks.list_all(connection, company_id(connection, company)):
            if each["id"] == webhook_id:
                return each
        raise NotFound("webhook")

    webhook = read(found)
    lost = f"{counted(webhook['waiting'], 'waiting message')} and {counted(webhook['dead'], 'dead message')}"
    confirm(f"Webhook {webhook_id} to {webhook['url']} will be removed with {lost}.", "Remove the webhook?", yes)
    write(in_company(company, webhooks.remove, webhook_id))
    say(f"Webhook {webhook_id} was removed.")
