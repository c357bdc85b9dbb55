"""The migrations make exactly the tables that the code believes in."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.migrations import upgrade
from core.models import metadata


def test_migrated_schema_is_the_declared_one(server):
    with server.database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(server):
    upgrade(server.database)
