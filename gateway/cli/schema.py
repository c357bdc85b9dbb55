"""`gateway db current|check|vacuum`: the schema and the size of the register."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import typer

from core.database import migrations
from core.database.database import Database
from core.operations.compaction import vacuum as compact
from gateway.cli.confirming import in_bytes
from gateway.cli.errors import say
from gateway.cli.session import check_has_register, opened, refusals, register, settings

NAME = "GATEWAY_DATABASE_URL"


def current() -> None:
    """Print the version of the register's schema, or `none`. Nothing is changed.

    \b
    Example:
      gateway db current
    """
    with unchanged() as database:
        found = database.read_now(migrations.present)
        say(f"This version has schema {migrations.head()}.")
        typer.echo(found or "none")


def check() -> None:
    """Check whether this version can use the register as it is.

    The exit status is 0 if it can, otherwise 1 with a message. Nothing is changed.

    \b
    Example:
      gateway db check || gateway db upgrade
    """
    with unchanged() as database:
        migrations.check(database)
        found = database.read_now(migrations.present)
        compatibility = "which this version can use" if migrations.is_later(found) else "as this version needs it"
        say(f"The register has schema {found}, {compatibility}.")


def vacuum() -> None:
    """Return the space of deleted rows to the disk. It may run while the gateway serves.

    On SQLite, writers wait meanwhile, and the disk needs as much free space as the register takes. On PostgreSQL nobody
    waits; it runs VACUUM ANALYZE, which mostly frees space inside the database's files.

    \b
    Example:
      gateway db vacuum
    """
    with register() as database:
        before, after = compact(database)
    say(f"The register took {in_bytes(before)} and now takes {in_bytes(after)}.")


@contextmanager
def unchanged() -> Iterator[Database]:
    """Yield the register as it is, without checking its schema."""
    with refusals():
        url = settings().database_url
        check_has_register(url, NAME)
        with closing(opened(url, NAME)) as database:
            yield database
