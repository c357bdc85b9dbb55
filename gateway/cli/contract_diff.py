"""`gateway contract-diff`: what a change of an OpenAPI document would break, and for whom."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from core.access import companies, usage, usage_names
from core.text.plural import counted
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, plain, show, show_lines
from gateway.cli.openapi_files import read_document
from gateway.cli.parameters import AsJson, Company
from gateway.cli.session import company_id, read, refusals
from gateway.cli.usage import timestamp
from gateway.consumers.caller import dialect_of
from gateway.consumers.callers import Hit, UsageRecord
from gateway.reference.breaking.change import Change
from gateway.reference.breaking.documents import breaking_changes
from schemas.types import IsoTime

_File = typer.Argument(exists=True, dir_okay=False, help="An OpenAPI document in YAML or JSON.")
_HITS = (
    Column("change"),
    Column("company"),
    Column("key_id"),
    Column("key"),
    Column("email"),
    Column("last_at"),
    Column("surely"),
)


def contract_diff(
    old: Annotated[Path, _File],
    new: Annotated[Path, _File],
    with_usage: Annotated[
        bool, typer.Option("--usage", help="Show below each change which keys it affects, from the usage record.")
    ] = False,
    since: Annotated[
        int | None,
        typer.Option(
            "--since", parser=timestamp, metavar="DATE|DAYS", help="With --usage: only keys that called since then."
        ),
    ] = None,
    company: Company = None,
    as_json: AsJson = False,
) -> None:
    """List the changes from OLD to NEW that would break an integration, one in each line.

    Breaking changes are: an operation, parameter or key was removed; an input is newly required or no longer accepted;
    an answer may contain something that it could not contain before. The exit status is 1 if there are any; with
    --usage, if one of them affects a key that is known to use it.

    \b
    Example:
      git show v1.0:openapi/api.yaml > old.yaml && gateway contract-diff old.yaml openapi/api.yaml
      gateway contract-diff old.yaml openapi/api.yaml --usage --since 90d
    """
    with refusals():
        before = read_document(old)
        changes = breaking_changes(before, read_document(new))
        if with_usage:
            raise typer.Exit(1 if _show_affected(changes, before, since or 0, company, new.name, as_json) else 0)
    show_lines("change", map(str, changes), as_json)
    say(f"{new.name}: {_counted(changes) if changes else 'nothing that breaks an integration'}")
    raise typer.Exit(1 if changes else 0)


def _show_affected(
    changes: Sequence[Change], before: dict[str, Any], since: int, company: str | None, name: str, as_json: bool
) -> bool:
    """Print which keys the changes affect, and return whether there are any. Raises `CommandError`."""
    routes = [path for path in before["paths"] if dialect_of(path)]
    if not routes:
        raise CommandError("The older document has no path of a dialect, so its callers cannot be found.")
    record = read(lambda connection: _record(connection, since, company))
    if not record.calls:
        raise CommandError("The usage record is empty, so it is not known which keys are affected.")
    found = [(change, record.hits(change, routes)) for change in changes]
    if as_json:
        show([{"change": str(change), **vars(hit)} for change, hits in found for hit in hits], _HITS, as_json)
    else:
        _print(found)
    hit, keys = sum(1 for _, hits in found if hits), {each.key_id for _, hits in found for each in hits}
    verb = "affects" if hit == 1 else "affect"
    say(f"{name}: {_counted(changes)}, {hit} of them {verb} {counted(len(keys), 'known key')}")
    return bool(hit)


def _counted(changes: Sequence[Change]) -> str:
    return counted(len(changes), "breaking change")


def _print(found: Sequence[tuple[Change, Sequence[Hit]]]) -> None:
    for change, hits in found:
        typer.echo(plain(change))
        for each in hits:
            day = IsoTime().format(each.last_at)[:10]
            unsure = "" if each.surely else ", from before names were recorded: perhaps"
            typer.echo(plain(f"    {each.key} ({each.email} of {each.company}), last on {day}{unsure}"))
        if not hits:
            typer.echo("    no known caller")


def _record(connection: Connection, since: int, company: str | None) -> UsageRecord:
    names = [company] if company else companies.names(connection)
    ids = {name: company_id(connection, name) for name in names}
    calls = [{**row, "company": name} for name, each in ids.items() for row in usage.list_all(connection, each, since)]
    return UsageRecord(calls, [row for each in ids.values() for row in usage_names.list_all(connection, each, since)])
