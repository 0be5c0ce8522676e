"""Alembic's entry: run the migrations on the connection that `migrate` hands over."""

from alembic import context

from chargewright.adapters.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
