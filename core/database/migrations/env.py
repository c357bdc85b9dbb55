"""Alembic's entry point: it migrates on the connection that the caller gives, inside the caller's transaction."""

from alembic import context
from alembic.operations import Operations

from core.database.migrations import edited, present
from core.models import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_server_default=False,
)
with context.begin_transaction():
    found = present(connection)
    if found is not None and found < edited.LOOKED_FOR_BEFORE:
        with Operations.context(context.get_context()):
            edited.repair(found, context.script.get_revision("0002").module.upgrade)
    context.run_migrations()
