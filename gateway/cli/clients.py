"""`gateway clients`: sets the balances that a billing system reports, which neither dialect can write."""

from typing import Annotated

import typer

from core.clients import clients
from gateway.cli.errors import say
from gateway.cli.parameters import Company, parsed_by
from gateway.cli.session import id_of_client, in_company, refusals, write
from schemas.types import Money

AMOUNT = parsed_by(Money(), "amount")

app = typer.Typer(no_args_is_help=True, help="Set clients' balances.")


@app.command()
def set_balance(
    client: Annotated[str, typer.Argument(metavar="ID", help="The client's id, as either dialect shows it.")],
    balance: Annotated[int, typer.Option("--balance", parser=AMOUNT, metavar="AMOUNT", help="What the client owes.")],
    paid_to_date: Annotated[
        int | None,
        typer.Option("--paid-to-date", parser=AMOUNT, metavar="AMOUNT", help="What the client has paid so far."),
    ] = None,
    credit: Annotated[
        int | None, typer.Option("--credit", parser=AMOUNT, metavar="AMOUNT", help="The client's credit.")
    ] = None,
    company: Company = None,
) -> None:
    """Set a client's balance, as a billing system reports it. Amounts that are not given stay unchanged.

    A whole number is the id of /api; anything else is the hashed id of /api/v1.

    \b
    Examples:
      gateway clients set-balance 12 --balance 99.50 --paid-to-date 250
      gateway clients set-balance VolejRejNm --balance -10
    """
    amounts = {"balance": balance, "paid_to_date": paid_to_date, "credit_balance": credit}
    given = {name: amount for name, amount in amounts.items() if amount is not None}
    with refusals():
        client_id = id_of_client(client)
    write(in_company(company, lambda connection, mine: clients.set_balance(connection, mine, client_id, **given)))
    say(f"The balance of client {client} was set.")
