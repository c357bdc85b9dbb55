"""`gateway shadow`: repeats recorded reads on the old system and on this gateway, and compares the answers."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TextIO

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from core.text.plural import counted
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, plain, show
from gateway.cli.session import refusals, settings
from gateway.enabled_dialects import dialects
from gateway.migration.remote import Remote, SourceFailed
from gateway.migration.shadowing.accepted import Declared, InvalidDeclaration, parse
from gateway.migration.shadowing.recorded import NothingRecorded, reads
from gateway.migration.shadowing.replay import Outcome, replay

_COLUMNS = (Column("route"), Column("reads"), Column("same"), Column("different"))
_MAX_SHOWN = 20  # differences per read, and reads with differences, in the report for people
_MAX_LENGTH = 200

Show = Callable[[int], None]


def shadow(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The address of the old system, such as https://old.example.")
    ],
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(
            metavar="FILE", help="This gateway's JSON log, a common or combined log, or a HAR; `-` is stdin."
        ),
    ],
    key: Annotated[
        str, typer.Option("--key", envvar="GATEWAY_SHADOW_KEY", metavar="KEY", help="A key of the old system.")
    ],
    own_key: Annotated[
        str | None,
        typer.Option(
            "--own-key",
            envvar="GATEWAY_SHADOW_OWN_KEY",
            metavar="KEY",
            help="A key of this gateway, if it is a different one.",
        ),
    ] = None,
    own_url: Annotated[
        str | None,
        typer.Option("--own-url", metavar="URL", help="The address of this gateway; GATEWAY_PUBLIC_URL unless given."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Do not compare values on this path: `data.*.updated_at`; repeatable."),
    ] = None,
    accept: Annotated[
        typer.FileText | None,
        typer.Option(metavar="FILE", encoding="utf-8", help="A file with accepted differences, one in each line."),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0, help="The maximum number of requests a second to each; 0 for no limit.")
    ] = 10,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="How many reads run at the same time.")] = 4,
    most: Annotated[int, typer.Option(min=1, help="The maximum number of different reads.")] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Send recorded read requests to the old system and to this gateway, and show where the answers differ.

    Only GET requests below /api are sent, each path with its query once. The report names values by their JSON paths:
    `data.contacts.0.email`. Links to either side are compared by their paths. A line in the file of `--accept` is such
    a path, with `*` for anything; a route before it limits the line to this route; after it, `host` accepts URLs with
    different hosts, and `within 1 s` accepts times that are close. The exit status is 1 if anything differs.

    \b
    Example:
      gateway shadow https://old.example access.log --key KEY --own-key KEY2 --ignore 'data.*.link'
    """
    with refusals():
        chosen = settings()
        enabled_dialects = dialects(chosen)
        try:
            found = reads(file.read(), tuple(dialect.prefix for dialect in enabled_dialects))
        except NothingRecorded as error:
            raise CommandError(str(error)) from error
        wanted = [target for target, _ in found.most_common()][:most]
        say(f"{counted(found.total(), 'read')} recorded; {counted(len(wanted), 'different read')} will be sent.")
        there = Remote(url, _headers(key), rate)
        here = Remote(own_url or chosen.public_url, _headers(own_key or key), rate)

        async def run(done: Show) -> Outcome:
            async with there, here:
                return await replay(wanted, there, here, enabled_dialects, ignore or (), declared, concurrency, done)

        declared = _declared(accept)
        with _bar(len(wanted)) as done:
            outcome = _run(run, done)
    if as_json:
        typer.echo(orjson.dumps(_report(outcome, declared), option=orjson.OPT_INDENT_2).decode())
    else:
        _print(outcome)
        _print_declared(declared)
    raise typer.Exit(1 if outcome.differing else 0)


def _run(run: Callable[[Show], Any], done: Show) -> Outcome:
    try:
        outcome: Outcome = asyncio.run(run(done))
    except SourceFailed as failure:
        raise CommandError(str(failure)) from failure
    return outcome


def _headers(key: str) -> dict[str, str]:
    """Return the headers of a key for both dialects; a system ignores the header that it does not know."""
    return {"Authorization": f"Bearer {key}", "X-API-TOKEN": key, "X-Requested-With": "XMLHttpRequest"}


@contextmanager
def _bar(total: int) -> Iterator[Show]:
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("comparing reads", total=total)
        yield lambda made: progress.update(task, completed=made)


def _declared(file: TextIO | None) -> Declared:
    try:
        return parse(file.read()) if file is not None else Declared()
    except (InvalidDeclaration, UnicodeDecodeError) as error:
        raise CommandError(str(error)) from error


def _print_declared(declared: Declared) -> None:
    for line, count in declared.used.most_common():
        typer.echo(plain(f"{counted(count, 'difference')} accepted by: {line}"))
    for line in declared.unused():
        typer.echo(plain(f"no difference matches: {line}"))


def _report(outcome: Outcome, declared: Declared) -> dict[str, Any]:
    return {
        "routes": outcome.routes(),
        "accepted": dict(declared.used),
        "unmet": declared.unused(),
        "differing": [
            {"read": target, "differences": [vars(each) for each in differences]}
            for target, differences in outcome.differing
        ],
    }


def _print(outcome: Outcome) -> None:
    for target, differences in outcome.differing[:_MAX_SHOWN]:
        typer.echo(plain(f"GET {target}"))
        for each in differences[:_MAX_SHOWN]:
            typer.echo(plain(f"  {each.path}: {_value(each.there)} there, {_value(each.here)} here"))
        if len(differences) > _MAX_SHOWN:
            typer.echo(f"  and {len(differences) - _MAX_SHOWN} more")
    if len(outcome.differing) > _MAX_SHOWN:
        typer.echo(f"and {counted(len(outcome.differing) - _MAX_SHOWN, 'read')} more, which --json shows")
    show(outcome.routes(), _COLUMNS, as_json=False)


def _value(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _MAX_LENGTH else text[:_MAX_LENGTH] + "…"
