"""`gateway token`: API keys."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import Connection

from core.access import keys, usage, users
from core.access.keys import Rotation
from core.access.scopes import KeyLimits, Scope
from core.errors import NotFound
from core.query import Record
from core.text.clock import in_words, now
from core.text.plural import counted
from gateway.cli import parameters, times
from gateway.cli.editions import Edition
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, plain, show, time
from gateway.cli.parameters import AsJson, Company, record_id
from gateway.cli.session import in_company, read, write
from gateway.server import addresses

_BOTH = "both"
_SHOWN_ROUTES, _SHOWN_DAYS = 10, 30
COLUMNS = (
    *(Column("id"), Column("name"), Column("email"), Column("scope")),
    Column("dialect", lambda key: key["dialect"] or _BOTH),
    Column("from", lambda key: key["networks"] or None),
    Column("edition"),
    *(time("created_at"), time("last_used_at"), time("expires_at"), time("revoked_at")),
    time("user_disabled_at"),
    Column("replaced_by", lambda key: key["replaced_by"] or None),
)

app = typer.Typer(no_args_is_help=True, help="Create, list, limit, rotate and revoke API keys.")


class Dialect(StrEnum):
    """The APIs for which a key is valid."""

    API = "api"
    V1 = "v1"
    BOTH = _BOTH


def networks(text: str) -> str:
    """Parse a comma-separated list of addresses and networks."""
    try:
        found = addresses.networks(text)
    except ValueError as error:
        raise typer.BadParameter(f"It {error}.") from error
    if not found:
        raise typer.BadParameter("Name at least one address or network.")
    return ",".join(found)


Id = Annotated[int, typer.Argument(parser=record_id, metavar="ID", help="The id that `token list` shows.")]
Expires = Annotated[
    int | None,
    typer.Option("--expires", parser=times.future, metavar="TIME|DURATION", help="When it expires: 2027-01-31, 90d."),
]


@app.command()
def create(
    email: Annotated[
        str, typer.Option("--email", parser=parameters.email, metavar="EMAIL", help="The team user the key belongs to.")
    ],
    company: Company = None,
    name: Annotated[
        str, typer.Option("--name", parser=parameters.text("name"), metavar="NAME", help="What the key is for.")
    ] = "",
    scope: Annotated[
        Scope,
        typer.Option(
            "--scope",
            help="What it may do: read; append (read and create); write (also change and remove); all (also erase "
            "clients: purge, merge, and DELETE in /api).",
        ),
    ] = Scope.ALL,
    dialect: Annotated[Dialect, typer.Option("--dialect", help="The API for which it is valid.")] = Dialect.BOTH,
    expires: Expires = None,
    from_: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            parser=networks,
            metavar="ADDRESSES",
            help="Addresses and networks (CIDR) it may be used from, separated by commas or given several times. "
            "Behind a proxy, GATEWAY_TRUSTED_PROXIES must name the proxy.",
        ),
    ] = None,
    edition: Annotated[
        Edition,
        typer.Option(
            "--edition",
            help="The fields in answers of /api/v1: those of the API document, or the newer ones too.",
        ),
    ] = Edition.SEED,
) -> None:
    """Create a key and print it, alone on standard output. It is not shown again.

    \b
    Example:
      gateway token create --email team@acme.example --name "web shop"
      gateway token create --email team@acme.example --name "mobile app" --edition 2026
      gateway token create --email team@acme.example --name report --scope read --dialect v1 --expires 90d
      gateway token create --email team@acme.example --name "sign-up form" --scope append --from 203.0.113.0/24
    """
    only = "" if dialect is Dialect.BOTH else dialect.value
    limits = KeyLimits(scope, only, ",".join(dict.fromkeys(from_ or ())), expires or 0)

    def issue(connection: Connection, company_id: int) -> str:
        user_id = users.find_team_user(connection, company_id, email)
        return keys.issue(connection, company_id, user_id, name, edition=edition.value, limits=limits)

    key = write(in_company(company, issue))
    say(f"The key below belongs to {email}. It is not shown again.")
    typer.echo(key)


@app.command("list")
def list_(company: Company = None, as_json: AsJson = False) -> None:
    """List a company's keys with their limits.

    Revoked keys are listed too. The keys themselves are not shown.

    \b
    Example:
      gateway token list --company Acme
    """
    show(read(in_company(company, keys.list_all)), COLUMNS, as_json)


@app.command()
def rename(
    token_id: Id,
    name: Annotated[str, typer.Argument(parser=parameters.text("name", required=True), help="What the key is for.")],
) -> None:
    """Rename a key. Its secret does not change.

    \b
    Example:
      gateway token rename 3 "web shop, Ghent"
    """

    def unit(connection: Connection) -> None:
        try:
            keys.rename(connection, token_id, name)
        except NotFound:
            raise CommandError(f"There is no key {token_id}; `gateway token list` shows all keys.") from None

    write(unit)
    say(f"Key {token_id} is now named {plain(name)!r}.")


@app.command()
def rotate(
    token_id: Id,
    overlap: Annotated[
        int | None,
        typer.Option(
            "--overlap",
            parser=times.duration,
            metavar="DURATION",
            help="How long the old key keeps working: 30m, 12h, 7d; 0 ends it now.",
            show_default="7d",
        ),
    ] = None,
    expires: Expires = None,
) -> None:
    """Create a new key with the same name and limits, and print it.

    The key is printed alone on standard output and not shown again. The old key keeps working for the overlap. This
    command shows what still uses it, as do `gateway token list` and `gateway usage` later. The new key expires when the
    old one would have expired, unless --expires says otherwise.

    \b
    Example:
      gateway token rotate 3 --overlap 7d
      gateway token rotate 3 --overlap 0      (if the old key has leaked)
    """

    still = times.duration("7d") if overlap is None else overlap

    def unit(connection: Connection) -> tuple[Rotation, list[Record]]:
        try:
            rotation = keys.rotate(connection, token_id, still, expires)
        except NotFound:
            raise CommandError(f"There is no valid key {token_id}; `gateway token list` shows all keys.") from None
        since = now() - _SHOWN_DAYS * usage.DAY
        calls = usage.list_all(connection, rotation.company_id, since)
        return rotation, [each for each in calls if each["token_id"] == token_id]

    rotation, calls = write(unit)
    ends = f"remains valid until {in_words(rotation.old_ends_at)}" if still else "is no longer valid"
    say(f"Key {token_id} {ends}.")
    _say_who_uses(calls)
    say("The key below replaces it, and is not shown again.")
    typer.echo(rotation.key)


def _say_who_uses(calls: Sequence[Record]) -> None:
    if not calls:
        say(f"It was not used in the last {_SHOWN_DAYS} days.")
        return
    say(f"It was used in the last {_SHOWN_DAYS} days for:")
    for each in calls[:_SHOWN_ROUTES]:
        last = in_words(each["last_at"])
        say(f"  {each['method']} {each['route']}: {counted(each['calls'], 'call')}, the last one at {last}")
    if len(calls) > _SHOWN_ROUTES:
        say(f"  and {counted(len(calls) - _SHOWN_ROUTES, 'more route')}; `gateway usage` shows all")


@app.command()
def revoke(token_id: Id) -> None:
    """Revoke a key in both dialects, from its next request on.

    \b
    Example:
      gateway token revoke 3
    """

    def unit(connection: Connection) -> None:
        try:
            keys.revoke(connection, token_id)
        except NotFound:
            raise CommandError(f"There is no valid key {token_id}; `gateway token list` shows all keys.") from None

    write(unit)
    say(f"Key {token_id} was revoked.")
