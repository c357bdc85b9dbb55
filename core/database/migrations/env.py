"""Alembic's entry: it always migrates on the connection that the caller gives, inside the caller's transaction."""

from alembic import context

from core.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
