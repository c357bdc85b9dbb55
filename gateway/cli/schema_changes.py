"""`gateway db upgrade|downgrade`: migrates the register, or prints what a migration would do."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from core.database import migrations
from core.database.database import Database
from gateway.cli.errors import CommandError, say
from gateway.cli.progress_bars import shown_bars
from gateway.cli.schema import NAME, unchanged
from gateway.cli.session import opened, refusals, settings

_STOPPED = 128 + signal.SIGINT  # the status that shells report after Ctrl-C


def upgrade(
    plan: Annotated[
        bool, typer.Option("--plan", help="Only print what would be done, about how long it takes, and who would wait.")
    ] = False,
) -> None:
    """Upgrade the register to this version's schema.

    If there is no register, one is created. It may run while gateways serve; --plan says whether those of the version
    before can continue. If it was stopped, by Ctrl-C or in any other way, run it again to continue. With
    GATEWAY_MIGRATE=never only this command upgrades the schema. Make a backup first.

    \b
    Examples:
      gateway db upgrade --plan
      GATEWAY_MIGRATE=never gateway db upgrade
    """
    if plan:
        _show_plan()
        return
    with refusals(), closing(opened(settings().database_url, NAME)) as database, _stoppable():
        before = database.read_now(migrations.present)
        _upgrade(database)
        say(_upgraded(before, database.read_now(migrations.present)))


def _upgrade(database: Database) -> None:
    with shown_bars() as bars:
        migrations.upgrade(database, progress=bars.step)


def _show_plan() -> None:
    from core.database.migrations.planning import plan  # imported late, because it imports Alembic
    from gateway.cli.schema_plan import in_words

    with unchanged() as database:
        database.read_now(migrations.check_is_own)
        found, migrations_to_come = database.read_now(migrations.present), plan(database)
    for line in in_words(migrations_to_come, found, migrations.head()):
        typer.echo(line)


def downgrade(
    discard: Annotated[
        bool, typer.Option("--discard-data", help="Even if that loses data that only the present schema can hold.")
    ] = False,
) -> None:
    """Return the register to the schema of the version before.

    This is rarely needed: if `gateway db upgrade --plan` says that the version before can continue, just start it
    again. The command goes back by one schema. The data that would be lost is counted; if there is any, nothing is done
    without --discard-data. Stop the gateways of this version first: the next one that starts upgrades the register
    again.

    \b
    Example:
      gateway db downgrade
    """
    from core.database.migrations import running  # imported late, because it imports Alembic

    with unchanged() as database, _stoppable():
        found = database.read_now(running.revision_to_undo)
        if not discard:
            _check_loses_nothing(database.read_now(running.lost))
        with shown_bars() as bars:
            now = running.run_back(database, found, bars.step)
        say(f"The register has schema {now}; it had {found}. Start the previous version now.")


def _check_loses_nothing(lost: Sequence[str]) -> None:
    if lost:
        raise CommandError(f"The downgrade would lose {' and '.join(lost)}; --discard-data downgrades anyway.")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Treat Ctrl-C and SIGTERM as a request to stop and resume later."""
    is_stopped = False

    def stop(*_signal: object) -> None:
        nonlocal is_stopped
        is_stopped = True
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except BaseException:
        if not is_stopped:
            raise
        # Whatever error an interrupted transaction raises, it is rolled back.
        say("Stopped. Gateways serve as before, and the same command continues from here.")
        raise typer.Exit(_STOPPED) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _upgraded(before: str | None, now: str | None) -> str:
    if before is None:
        return f"An empty register was created, with schema {now}. `gateway bootstrap` creates a company."
    return f"The register has schema {now}{' already' if before == now else f'; it had {before}'}."
