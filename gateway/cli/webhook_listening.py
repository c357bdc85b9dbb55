"""`gateway webhooks listen`: shows deliveries live or, with a port, receives messages."""

import queue
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, suppress
from typing import Annotated, Any

import orjson
import typer

from core.database.database import Database
from core.events import deliveries, webhooks
from core.query import Record
from core.text.clock import now
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import plain
from gateway.cli.parameters import Company, record_id
from gateway.cli.session import company_id, in_company, read, refusals, register
from gateway.cli.webhook_receiver import BAD, NONE, Receiver, receiving
from schemas.types import IsoTime

_PAUSE_SECONDS = 0.5
_TRUSTED = {BAD: "SIGNATURE BAD, refused with 401", NONE: "not signed"}


def listen(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Receive webhooks on this port, and print them.")
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="With --port: the address to listen on.")
    ] = "127.0.0.1",
    secret: Annotated[
        str | None,
        typer.Option(
            "--secret",
            metavar="SECRET",
            envvar="GATEWAY_WEBHOOK_SECRET",
            help="With --port: the secret that signs messages; all secrets of the register if left out.",
        ),
    ] = None,
    webhook: Annotated[
        int | None, typer.Option("--webhook", parser=record_id, metavar="ID", help="Only this webhook.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="End after this many.")] = None,
    company: Company = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each delivery as a line of JSON.")] = False,
) -> None:
    """Print deliveries as they happen, until Ctrl-C.

    Printed are messages that are queued, delivered, failed and given up. With --port the command is itself a subscriber
    on this machine: it checks the signature of each message, answers 204, or 401 if the signature is wrong, and prints
    the content. Use `webhooks add` with its address to send messages there.

    \b
    Examples:
      gateway webhooks listen
      gateway webhooks listen --port 9000 &
      gateway webhooks add http://127.0.0.1:9000/ --dialect v1
    """
    found = _deliveries(company, webhook) if port is None else _messages(host, port, _secrets(secret, company, webhook))
    with closing(found):  # also after Ctrl-C: an interpreter that ends has no thread left that could stop receiving
        for number, each in enumerate(found, 1):
            line = (
                orjson.dumps(each).decode() if as_json else plain(_delivery(each) if port is None else _message(each))
            )
            typer.echo(line)
            if number == limit:
                return


def _deliveries(company: str | None, webhook: int | None) -> Generator[Record, None, None]:
    with register() as database:
        mine = database.read_now(lambda connection: company_id(connection, company))
        if webhook is not None:
            database.read_now(lambda connection: webhooks.get(connection, mine, webhook))
        say("Showing deliveries from now on; press Ctrl-C to stop.")
        yield from _delivery_changes(database, mine, webhook)


def _delivery_changes(database: Database, mine: int, webhook: int | None) -> Iterator[Record]:
    """Yield each delivery from now on, whenever its state changes."""
    newest = database.read_now(lambda connection: deliveries.newest_id(connection, mine))
    shown: dict[int, tuple[Any, ...]] = {}
    while True:
        after, waiting = newest, list(shown)
        rows = database.read_now(lambda connection: deliveries.listed_after(connection, mine, after, waiting))  # noqa: B023
        for row in rows:
            newest = max(newest, row["id"])
            state = (row["attempts"], row["ended_at"])
            if webhook in (None, row["webhook_id"]) and shown.get(row["id"]) != state:
                yield _shown(row)
            shown[row["id"]] = state
        gone = set(waiting) - {row["id"] for row in rows}
        shown = {number: state for number, state in shown.items() if not state[1] and number not in gone}
        time.sleep(_PAUSE_SECONDS)


def _shown(row: Record) -> Record:
    names = ("id", "webhook_id", "message_id", "event", "client_id", "attempts", "last_error")
    return {"time": IsoTime().format(now()), "status": _status(row)} | {name: row[name] for name in names}


def _status(row: Record) -> str:
    if row["ended_at"]:
        return "dead" if row["is_dead"] else "delivered"
    return "failed" if row["attempts"] else "waiting"


def _delivery(each: Record) -> str:
    what = f"{each['event']} of client {each['client_id']} to webhook {each['webhook_id']}"
    error = f": {each['last_error']}" if each["status"] in ("failed", "dead") else ""
    attempt = f" (attempt {each['attempts']})" if each["attempts"] else ""
    return f"{each['time']} {each['status']} {what}{attempt}{error}"


def _secrets(secret: str | None, company: str | None, webhook: int | None) -> Mapping[int, str] | None:
    """Return the secret that was given; None if those of the register are to be used."""
    if secret is not None:
        return {0: secret}
    _registered(company, webhook)
    return None


def _registered(company: str | None, webhook: int | None) -> Mapping[int, str]:
    found = read(webhooks.secrets) if company is None else read(in_company(company, webhooks.secrets))
    return {number: secret for number, secret in found.items() if webhook in (None, number)}


def _messages(host: str, port: int, given: Mapping[int, str] | None) -> Generator[Record, None, None]:
    received: queue.SimpleQueue[Record] = queue.SimpleQueue()
    receiver = Receiver((lambda: _registered(None, None)) if given is None else (lambda: given), received.put)
    with refusals():
        try:
            with receiving(host, port, receiver):
                say(f"Showing messages to http://{host}:{port}/; press Ctrl-C to stop.")
                while True:
                    # Without a timeout, Ctrl-C in the moment in which the wait begins would be noticed only at its end.
                    with suppress(queue.Empty):
                        yield {"time": IsoTime().format(now()), **received.get(timeout=_PAUSE_SECONDS)}
        except OSError as error:
            raise CommandError(
                f"Port {port} of {host} cannot be used: {(error.strerror or str(error)).lower()}"
            ) from error


def _message(each: Record) -> str:
    body: Record = each["body"] if isinstance(each["body"], dict) else {}
    data = body.get("data")
    client: Record = data if isinstance(data, dict) else body
    name = client.get("name") or client.get("company_name") or client.get("display_name") or ""
    trust = _TRUSTED.get(each["signature"], "signature good")
    by = f" (webhook {each['webhook_id']})" if each["webhook_id"] else ""
    again = ", sent again" if each["is_repeated"] else ""
    return f"{each['time']} {body.get('type', 'message')} {name} {client.get('id', '')}: {trust}{by}{again}"
