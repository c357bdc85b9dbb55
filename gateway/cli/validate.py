"""`gateway validate`: checks recorded or mirrored traffic against the OpenAPI documents."""

import json
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from sqlalchemy import select

from core.models import companies, tokens, users
from core.text.plural import counted
from gateway.cli.errors import CommandError, say
from gateway.cli.listing import Column, plain, show
from gateway.cli.openapi import document_text
from gateway.cli.openapi_files import read_document
from gateway.cli.parameters import AsJson, DialectName
from gateway.cli.session import read, refusals
from gateway.consumers.described import Described
from gateway.consumers.mirror import Mirror
from gateway.consumers.traffic import is_archive, of_archive, of_line
from gateway.consumers.validation import Validation

_COLUMNS = (Column("caller"), Column("operation"), Column("what"), Column("requests"))


def validate(
    file: Annotated[
        typer.FileText | None,
        typer.Argument(
            metavar="[FILE]", help="A HAR, this gateway's JSON log, a common or combined log; `-` is stdin."
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Receive requests that a proxy mirrors, until Ctrl-C or the end of --for.")
    ] = False,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="With --live: the address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --live: the port to listen on.")] = 8090,
    seconds: Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="With --live: how long.")] = None,
    documents: Annotated[
        list[Path] | None,
        typer.Option("--openapi", metavar="FILE", help="Check against this document instead of ours; repeatable."),
    ] = None,
    names: Annotated[bool, typer.Option("--names", help="Show keys by their names in the register.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare recorded or mirrored traffic with the OpenAPI documents, and report by key what they do not declare.

    Reported are undeclared paths, methods, parameters, keys of bodies and answers, media types and statuses, and JSON
    values that the document does not allow, as far as the record contains them. Keys and values are not shown. The exit
    status is 1 if there is a finding.

    \b
    Examples:
      gateway validate session.har
      tail -n 100000 /var/log/nginx/access.log | gateway validate -
      gateway validate --live --port 8090 --for 3600
    """
    with refusals():
        if (file is None) is not live:
            raise CommandError("Name a file of recorded traffic, or --live.")
        found = Validation(
            Described(map(read_document, documents) if documents else _own_documents()), read(_names) if names else {}
        )
        if file is not None:
            _check_recorded(file.read(), found)
        else:
            _check_mirrored(found, host, port, seconds)
    _report(found, as_json)
    raise typer.Exit(1 if found.found else 0)


def _own_documents() -> list[Any]:
    return [json.loads(document_text(each, as_json=True)) for each in DialectName]


def _names(connection: Any) -> Mapping[str, str]:
    statement = (
        select(tokens.c.digest, tokens.c.name, users.c.email, companies.c.name.label("company"))
        .join(users, users.c.id == tokens.c.user_id)
        .join(companies, companies.c.id == tokens.c.company_id)
    )
    return {row.digest: f"{row.name} ({row.email} of {row.company})" for row in connection.execute(statement)}


def _check_recorded(text: str, found: Validation) -> None:
    if (archive := is_archive(text)) is not None:
        for request, key in of_archive(archive):
            found.add(request, key)
    else:
        for line in text.splitlines():
            if (request_of_line := of_line(line)) is not None:
                found.add(request_of_line)
    if not found.requests:
        raise CommandError("The file records no request to /api or /api/v1.")


def _check_mirrored(found: Validation, host: str, port: int, seconds: float | None) -> None:
    with Mirror((host, port), found) as server:
        timer = threading.Timer(seconds, server.shutdown) if seconds else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        say(f"Receiving mirrored requests at http://{host}:{server.server_port}")
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            with suppress(KeyboardInterrupt):
                server.serve_forever(poll_interval=0.2)
        finally:
            signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _report(found: Validation, as_json: bool) -> None:
    ordered = sorted(found.found.items(), key=lambda item: (item[0].caller, item[0].operation, -item[1], item[0].what))
    if as_json:
        show([{**vars(finding), "requests": count} for finding, count in ordered], _COLUMNS, as_json)
    else:
        caller = None
        for finding, count in ordered:
            if finding.caller != caller:
                caller = finding.caller
                typer.echo(plain(f"{caller}, {counted(found.requests[caller], 'request')}"))
            typer.echo(plain(f"    {finding.operation}: {finding.what} ({count})"))
    sys.stdout.flush()
    more = f", and {counted(found.beyond, 'occurrence')} of others that are not shown" if found.beyond else ""
    requests = f"{counted(found.requests.total(), 'request')} of {counted(len(found.requests), 'caller')}"
    say(f"{requests}; {counted(len(found.found), 'finding')}{more}")
