"""`gateway db current|check|vacuum`: the schema and the size of the register."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import typer

from core.database import migrations
from core.database.database import Database
from core.operations.compaction import vacuum as compact
from gateway.cli.confirming import in_bytes
from gateway.cli.session import check_has_register, opened, refusals, register, say, settings

NAME = "GATEWAY_DATABASE_URL"


def current() -> None:
    """Print the schema that the register has, or `none`. Nothing is changed.

    \b
    Example:
      gateway db current
    """
    with unchanged() as database:
        found = database.read_now(migrations.present)
        say(f"This version has schema {migrations.head()}.")
        typer.echo(found or "none")


def check() -> None:
    """End with status 0 if this version may use the register as it is, else with 1 and a sentence. Nothing is changed.

    \b
    Example:
      gateway db check || gateway db upgrade
    """
    with unchanged() as database:
        migrations.check(database)
        found = database.read_now(migrations.present)
        said = "which this version may use too" if migrations.is_later(found) else "as this version needs it"
        say(f"The register has schema {found}, {said}.")


def vacuum() -> None:
    """Give the room of deleted rows back to the disk. It may run while the gateway serves.

    On SQLite writers wait meanwhile, and the disk must have as much room again as the register takes. On PostgreSQL
    nobody waits; this is VACUUM ANALYZE, which frees room inside the database's files for the most part.

    \b
    Example:
      gateway db vacuum
    """
    with register() as database:
        before, after = compact(database)
    say(f"The register took {in_bytes(before)}, and takes {in_bytes(after)} now.")


@contextmanager
def unchanged() -> Iterator[Database]:
    """Yield the register as it is, without checking its schema."""
    with refusals():
        url = settings().database_url
        check_has_register(url, NAME)
        with closing(opened(url, NAME)) as database:
            yield database
