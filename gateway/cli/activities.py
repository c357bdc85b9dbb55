"""`gateway activities`: who changed what, when, and through which key and dialect."""

from typing import Annotated

import typer

from core.events.activities import list_all
from core.query import Record
from gateway.cli.listing import Column, show, time
from gateway.cli.parameters import AsJson, Company
from gateway.cli.session import id_of_client, in_company, read, refusals
from gateway.pages.changes import changes

COLUMNS = (
    Column("id"),
    time("created_at"),
    Column("client_id"),
    Column("kind"),
    Column("user", lambda activity: activity["user_email"]),
    Column("key_id", lambda activity: activity["token_id"] or None),
    Column("key", lambda activity: activity["token_name"]),
    Column("dialect", lambda activity: activity["dialect"] or None),
)
BEFORE_AND_AFTER = (Column("before"), Column("after"))
IN_WORDS = (Column("changes", lambda activity: _changes_in_words(activity)),)


def activities(
    client: Annotated[
        str | None, typer.Option("--client", metavar="ID", help="Only this client, by its id in either dialect.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, beginning with the newest.")] = 50,
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """List the history of a company's clients, newest first: who changed what, with which key and dialect, and when.

    A change without user, key and dialect was made on the command line. For an erased client, only the erasure is
    listed.

    \b
    Examples:
      gateway activities --limit 20
      gateway activities --client VolejRejNm --json
    """
    with refusals():
        client_id = None if client is None else id_of_client(client)
    found = read(in_company(company, list_all, client_id=client_id, size=limit))
    show(found, (*COLUMNS, *(BEFORE_AND_AFTER if as_json else IN_WORDS)), as_json)


def _changes_in_words(activity: Record) -> str:
    return "; ".join(f"{name}: {' -> '.join(sides)}" for name, sides in changes(activity))
