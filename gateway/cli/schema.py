"""`gateway db upgrade|current|check|vacuum`: the schema of the register, and the room that it takes."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import typer

from core.database import migrations
from core.database.database import Database
from core.operations.compaction import vacuum as compact
from gateway.cli.confirming import in_bytes
from gateway.cli.session import check_has_register, opened, refusals, register, say, settings

_NAME = "GATEWAY_DATABASE_URL"


def upgrade() -> None:
    """Bring the register to this version's schema, in one transaction; one that is not there yet is made.

    With GATEWAY_MIGRATE=never this is the only command that does so. Make a backup before.

    \b
    Example:
      GATEWAY_MIGRATE=never gateway db upgrade
    """
    with refusals(), closing(opened(settings().database_url, _NAME)) as database:
        before = database.read_now(migrations.present)
        migrations.upgrade(database)
        say(_upgraded(before, migrations.head()))


def current() -> None:
    """Print the schema that the register has, or `none`. Nothing is changed.

    \b
    Example:
      gateway db current
    """
    with _unchanged() as database:
        found = database.read_now(migrations.present)
        say(f"This version has schema {migrations.head()}.")
        typer.echo(found or "none")


def check() -> None:
    """End with status 0 if the register has this version's schema, else with 1 and a sentence. Nothing is changed.

    \b
    Example:
      gateway db check || gateway db upgrade
    """
    with _unchanged() as database:
        migrations.check(database)
        say(f"The register has schema {migrations.head()}, as this version needs it.")


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
def _unchanged() -> Iterator[Database]:
    """The register as it is, without a look at its schema."""
    with refusals():
        url = settings().database_url
        check_has_register(url, _NAME)
        with closing(opened(url, _NAME)) as database:
            yield database


def _upgraded(before: str | None, now: str) -> str:
    if before is None:
        return f"The register is made, with schema {now}. `gateway bootstrap` makes a company."
    return f"The register has schema {now}{' already' if before == now else f'; it had {before}'}."
