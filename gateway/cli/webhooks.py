"""`gateway webhooks`: subscriptions to changes, and their deliveries."""

import asyncio
from typing import Annotated, Any

import typer

from core.events import deliveries, webhooks
from core.query import Record, state_of
from core.text.plural import counted
from gateway.background.webhooks.testing import send_test
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company, DialectName, parsed_by, record_id
from gateway.cli.session import in_company, read, refusals, settings, write
from gateway.cli.webhook_changes import Id, change, disable, remove
from gateway.cli.webhook_listening import listen
from gateway.cli.webhook_parameters import events as events_of
from schemas.types import UnixTime

WEBHOOKS = (
    Column("id"),
    Column("origin"),
    Column("url"),
    Column("dialect"),
    Column("events", lambda webhook: webhook["events"] or "all"),
    time("created_at"),
    Column("status", lambda webhook: _status_of(webhook)),
    time("disabled_at"),
    Column("waiting"),
    Column("dead"),
)
DELIVERIES = (
    Column("id"),
    Column("webhook_id"),
    Column("message_id"),
    Column("event"),
    Column("client_id"),
    time("created_at"),
    Column("status", lambda delivery: _status(delivery)),
    time("ended_at"),
    Column("attempts"),
    Column("last_error"),
)
TIME = parsed_by(UnixTime(), "since")

OfWebhook = Annotated[int | None, typer.Option("--webhook", parser=record_id, metavar="ID", help="Only this webhook.")]

app = typer.Typer(no_args_is_help=True, help="Send changes of clients to other programs, as signed HTTP requests.")


for command in (change, disable, remove, listen):
    app.command()(command)


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address, https:// or http://.")],
    dialect: Annotated[DialectName, typer.Option("--dialect", help="The form of clients: that of /api or of /api/v1.")],
    events: Annotated[
        Any, typer.Option("--events", parser=events_of, metavar="EVENT,…", help="Which events; all if left out.")
    ] = None,
    company: Company = None,
) -> None:
    """Subscribe a URL and print the secret that signs its messages.

    The secret is not shown again. The events are client.created, client.updated, client.archived, client.restored,
    client.deleted, client.purged and client.merged. Anyone who may run this command can have requests sent from this
    machine to any address that it can reach.

    \b
    Examples:
      gateway webhooks add https://shop.example/hooks --dialect v1
      gateway webhooks add https://crm.example/hooks --dialect api --events client.created,client.purged
    """
    made = write(in_company(company, webhooks.add, url, dialect.value, events or ()))
    say(f"Webhook {made['id']} sends events to {url} from now on, signed with the secret below. It is not shown again.")
    typer.echo(made["secret"])


@app.command("list")
def list_(company: Company = None, as_json: AsJson = False) -> None:
    """List a company's webhooks, without their secrets.

    For each webhook, the numbers of waiting and of failed (dead) messages are shown. The origin is `operator` if it was
    added here, `team` on the bridge page, and `caller` by an integration through an API. Those of `team` and `caller`
    may go only to public addresses and to those that GATEWAY_WEBHOOK_ALLOW names.

    \b
    Example:
      gateway webhooks list
    """
    show(read(in_company(company, webhooks.list_all)), WEBHOOKS, as_json)


@app.command()
def enable(webhook_id: Id, company: Company = None) -> None:
    """Send messages to a disabled or archived webhook again.

    It may have been disabled here, or because the subscriber answered 410 Gone.

    \b
    Example:
      gateway webhooks enable 3
    """
    write(in_company(company, webhooks.enable, webhook_id))
    say(f"Webhook {webhook_id} receives events from now on. `webhooks replay --dead` sends failed deliveries again.")


@app.command("deliveries")
def deliveries_(
    dead: Annotated[bool, typer.Option("--dead", help="Only dead messages, which failed too often.")] = False,
    webhook: OfWebhook = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, beginning with the newest.")] = 50,
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """List delivered and waiting messages, newest first.

    \b
    Examples:
      gateway webhooks deliveries
      gateway webhooks deliveries --dead --webhook 3
    """
    found = in_company(company, deliveries.list_all, only_dead=dead, webhook_id=webhook, size=limit)
    show(read(found), DELIVERIES, as_json)


@app.command()
def replay(
    delivery: Annotated[
        int | None, typer.Argument(parser=record_id, metavar="[ID]", help="The id that `deliveries` shows.")
    ] = None,
    since: Annotated[
        int,
        typer.Option(
            "--since", parser=TIME, metavar="TIME", help="All messages since this time: ISO 8601 or Unix time."
        ),
    ] = 0,
    dead: Annotated[bool, typer.Option("--dead", help="Only dead messages, which failed too often.")] = False,
    webhook: OfWebhook = None,
    company: Company = None,
) -> None:
    """Send delivered or failed messages once more.

    They keep their webhook-id, and are sent as soon as a gateway serves.

    \b
    Examples:
      gateway webhooks replay 12
      gateway webhooks replay --dead
      gateway webhooks replay --since 2026-06-15T09:00:00Z --webhook 3
    """
    if delivery is None and not since and not dead:
        raise typer.BadParameter("Name the id of a delivery, --since or --dead.")
    count = write(in_company(company, deliveries.replay, delivery, since=since, only_dead=dead, webhook_id=webhook))
    if delivery is not None and count == 0:
        with refusals():
            raise CommandError(
                f"Delivery {delivery} cannot be repeated: it is waiting, it does not exist, or its webhook is disabled."
            )
    say(f"{counted(count, 'message')} will be delivered again.")


@app.command("test")
def try_out(webhook_id: Id, company: Company = None) -> None:
    """Send a test message at once, and show the subscriber's answer.

    The message is signed and has the type webhook.test. To a webhook that an integration created, an empty object is
    sent, unsigned like all its messages.

    \b
    Example:
      gateway webhooks test 3
    """
    webhook = read(in_company(company, webhooks.get, webhook_id))
    outcome = asyncio.run(send_test(webhook, settings()))
    with refusals():
        if not outcome.is_success:
            raise CommandError(f"The subscriber rejected it: {outcome.reason}")
    say(f"{webhook['url']} accepted it: {outcome.status}.")


def _status_of(webhook: Record) -> str:
    return "disabled" if webhook["disabled_at"] else state_of(webhook).value


def _status(delivery: Record) -> str:
    if not delivery["ended_at"]:
        return "waiting"
    return "dead" if delivery["is_dead"] else "delivered"
