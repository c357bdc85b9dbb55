"""Checks the database: whether it answers, accepts writes and makes them durable, and its clock."""

import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from core.database.addresses import address_of
from core.database.database import Database
from core.database.migrations import head, is_later, present
from core.database.postgresql import is_pooled, is_pooled_by_transaction
from core.database.register_file import sqlite_file
from core.documents import documents
from core.errors import RegisterError
from core.operations import backlogs, diagnosis
from core.operations.backlogs import Backlog
from core.text.clock import SECOND, now
from core.text.plural import counted
from core.text.secrets import random_name
from gateway.doctor.disk import space
from gateway.doctor.finding import Finding, failure, ok, warning

_WRONG_BY = (5 * SECOND, 60 * SECOND)  # the deviation of a clock that is a warning, and a failure


def examine(database: Database, by_hand: bool = False) -> Iterator[Finding]:
    """Yield all findings; `by_hand` says that an operator migrates by hand.

    Raises `RegisterError` if the database stops answering.
    """
    settings = database.read_now(diagnosis.settings)
    yield from _durability(settings) if database.is_sqlite else _durability_of_server(settings)
    if not database.is_sqlite and (mode := _pooling(database)):
        yield ok("pooler", f"A pooler assigns the connections to PostgreSQL by {mode}.")
    if database.is_sqlite:
        yield space("database disk", database.file.parent)
        yield _privacy(database.file)
    schema = database.read_now(present)
    yield _schema(schema, by_hand)
    if schema == head() or is_later(schema):
        yield from (_writes(database), *database.read_now(_clocks), *database.read_now(_backlogs))


def _pooling(database: Database) -> str | None:
    """Return whether a pooler assigns connections by `transaction` or by `session`; None without a pooler."""
    with database.reading() as one, database.reading() as other:
        if not is_pooled(one):
            return None
        return "transaction" if is_pooled_by_transaction(one, other) else "session"


def connections(database: Database) -> int | None:
    """Return how many connections the database allows; None for SQLite."""
    if database.is_sqlite:
        return None
    settings = database.read_now(diagnosis.settings)
    return int(settings["max_connections"]) - int(settings["superuser_reserved_connections"])


def replica(url: str) -> Finding:
    """Return whether a replica answers, and is a replica."""
    try:
        with closing(Database(url, threads=1, takes_writes=False)) as database:
            settings = database.read_now(diagnosis.settings)
    except RegisterError as error:
        return warning("replica", f"{error}; the primary answers instead.", "Check GATEWAY_DATABASE_REPLICA_URL.")
    if settings["transaction_read_only"] == "off":
        return failure("replica", "It accepts writes, so it is not a replica.", "Check GATEWAY_DATABASE_REPLICA_URL.")
    return ok("replica", "It answers.")


def missing_file(url: str) -> Finding | None:
    """Return a finding if the file of an SQLite register does not exist; opening it would create it."""
    address = address_of(url)
    if not address.is_sqlite or sqlite_file(address.url).exists():
        return None
    return warning(
        "database",
        f"There is no file {address.url.database} yet.",
        "`gateway bootstrap` creates it, with a company and a key.",
    )


def _durability(settings: Mapping[str, str]) -> Iterator[Finding]:
    if settings["journal_mode"] != "wal":
        yield failure(
            "database",
            f"SQLite keeps its journal as {settings['journal_mode']}, so readers and writers wait for each other.",
            "Put the file on a local disk: WAL does not work on network file systems.",
        )
    elif settings["synchronous"] != "2":
        yield failure(
            "database", "A power cut can lose commits.", "Make sure that nothing changes PRAGMA synchronous from FULL."
        )
    else:
        yield ok("database", "SQLite answers; journal WAL, synchronous FULL.")


def _privacy(file: Path) -> Finding:
    others_come_in = file.parent.resolve().stat().st_mode & stat.S_IXOTH and file.stat().st_mode & stat.S_IROTH
    if not others_come_in:
        return ok("database file", "Other users of this machine cannot read it.")
    return warning("database file", "Every user of this machine can read it.", f"Run `chmod o= {file}*`.")


def _durability_of_server(settings: Mapping[str, str]) -> Iterator[Finding]:
    off = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if settings[name] == "off"]
    if settings["transaction_read_only"] == "on":
        yield failure("database", "PostgreSQL accepts no writes.", "Name the primary in GATEWAY_DATABASE_URL.")
    elif off:
        yield warning("database", f"A crash can lose commits: {', '.join(off)} is off.", "Turn it on in PostgreSQL.")
    else:
        yield ok("database", f"PostgreSQL {settings['server_version']} answers; commits are on the disk.")


def _schema(found: str | None, by_hand: bool) -> Finding:
    if found == head():
        return ok("schema", f"{found}, as this version has it.")
    if is_later(found):
        return ok("schema", f"{found}, of a later version; this version, with {head()}, can use it.")
    state = "There is no schema yet." if found is None else f"It is {found}, this version has {head()}."
    who = "`gateway db upgrade`" if by_hand else "The next `gateway serve`"
    return warning("schema", state, f"{who} upgrades it; make a backup first.")


def _writes(database: Database) -> Finding:
    key = f"probes/{random_name(40)}"
    try:
        database.write_now(lambda connection: documents.reserve_uploads(connection, [key], lease=0))
        database.write_now(lambda connection: documents.delete_swept(connection, [key]))
    except RegisterError as error:
        return failure("database writes", f"A write fails: {error}.", "Check the disk, its quota and the permissions.")
    return ok("database writes", "A row was written and removed again.")


def _clocks(connection: Connection) -> list[Finding]:
    theirs, ours = diagnosis.clock(connection), now()
    found = [
        _clock("clock of the register", max(0, diagnosis.last_change(connection) - ours), "ahead of this machine's")
    ]
    if theirs is not None:
        found.append(_clock("clock of the database", abs(theirs - ours), "away from this machine's"))
    return found


def _clock(check: str, wrong_by: int, where: str) -> Finding:
    suspicious, wrong = _WRONG_BY
    if wrong_by < suspicious:
        return ok(check, f"Not {suspicious // SECOND} seconds {where}.")
    say = failure if wrong_by >= wrong else warning
    return say(check, f"{wrong_by / SECOND:.0f} seconds {where}.", "Synchronize the clocks of all machines by NTP.")


def _backlogs(connection: Connection) -> list[Finding]:
    measured = backlogs.measure(connection)
    return [
        _backlog("outbox", "mail", measured["mail"], "`gateway outbox list --waiting` shows why."),
        _backlog("webhooks", "message", measured["webhook"], "`gateway webhooks deliveries` shows why."),
    ]


def _backlog(check: str, what: str, backlog: Backlog, advice: str) -> Finding:
    waiting = f"{counted(backlog.waiting, what)} waiting, {backlog.failing} of them after failures"
    found = f"{waiting}; {backlog.dead} given up."
    return warning(check, found, advice) if backlog.failing or backlog.dead else ok(check, found)
